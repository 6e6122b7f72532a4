/** Epochs that need not be stored: one draw serves all rooms, and each has its own. */

/** Odd numbers, which spread what they multiply over 32 bits: those of FNV-1a and xxHash. */
const [fnvPrime, xxPrime] = [0x01000193, 0x85ebca77];

/** Makes a generation that was never there before. */
export function newGeneration(): string {
  return crypto.randomUUID();
}

/**
 * Gives the epoch that a room has in a generation. It is no secret, only different: a position
 * opens nothing.
 *
 * @param generation To be replaced whenever a stream was lost.
 * @param room Room name.
 * @returns At most 14 letters and digits.
 */
export function epochOf(generation: string, room: string): string {
  const text = `${generation}\n${room}`;
  let [high, low] = [0x811c9dc5, 0x9e3779b1];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, fnvPrime);
    low = Math.imul(low ^ unit ^ (high >>> 15), xxPrime);
  }
  const parts = [(high >>> 0).toString(36), (low >>> 0).toString(36).padStart(7, "0")];
  // Not by `+`, which keeps both parts beside the whole, for as long as a room is remembered.
  return parts.join("");
}
