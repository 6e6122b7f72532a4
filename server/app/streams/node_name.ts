/** Names of nodes. */

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";

/** Characters of a name: 2.8 * 10^12 names. */
const length = 8;

/** Makes the name of a node: eight letters and digits, drawn from the runtime's strong generator. */
export function newNodeName(): string {
  const bytes = crypto.getRandomValues(new Uint32Array(length));
  return Array.from(bytes, (value) => alphabet[value % alphabet.length]).join("");
}
