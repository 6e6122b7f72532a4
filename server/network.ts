/** Addresses, as far as they tell one peer from another. */

/**
 * What one attacker has at the least: an IPv4 address, or an IPv6 network of 64 bits, within which
 * addresses cost nothing. RFC 4291 §2.5.4.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const first = groupsOf(head);
  const last = groupsOf(tail ?? "");
  const zeros = new Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0");
  return [...first, ...zeros, ...last].slice(0, 4).join(":");
}

/** Whether an address is one of this machine's own. RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Groups without leading zeros, so that an address has one form. */
function groupsOf(text: string): string[] {
  if (text === "") return [];
  return text.toLowerCase().split(":").map((group) => group.replace(/^0+(?=.)/, ""));
}
