/** IP addresses, the networks that they belong to, and which of them count as one peer. */

/** An address as a number. */
export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

const mappedPrefix = 0xffffn;

/**
 * Reads an IPv4 or IPv6 address. An IPv4 address mapped into IPv6 is the IPv4 address; a zone is
 * not part of it. RFC 4291 §2.2, §2.5.5.2.
 *
 * @param text The address without port and brackets.
 * @returns `undefined` for anything that is not an address.
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const groups = parseIpv6(text);
  if (groups === undefined) return undefined;
  const value = groups.reduce((sum, group) => sum << 16n | BigInt(group), 0n);
  return value >> 32n === mappedPrefix
    ? { bits: 32, value: value & 0xffff_ffffn }
    : { bits: 128, value };
}

/** Writes an IPv4 address that came in over an IPv6 listener as IPv4; others are left alone. */
export function canonicalAddress(text: string): string {
  if (!text.startsWith("::ffff:")) return text;
  const ipv4 = text.slice(7);
  return parseIpv4(ipv4) === undefined ? text : ipv4;
}

/**
 * The least that one attacker has: an IPv4 address, or an IPv6 network of 64 bits, within which
 * addresses cost nothing. RFC 4291 §2.5.4.
 *
 * @param address An address; other text is returned as it is.
 * @returns The same text for all addresses that count as one.
 */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const groups = parseIpv6(address);
  if (groups === undefined) return address;
  return groups.slice(0, 4).map((group) => group.toString(16)).join(":");
}

/** Whether an address is one of this machine's own. RFC 1122 §3.2.1.3, RFC 4291 §2.5.3. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    // No leading zeros: some readers take them for octal numbers.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value << 8n | BigInt(part);
  }
  return { bits: 32, value };
}

/** The eight 16-bit groups of an IPv6 address. */
function parseIpv6(text: string): number[] | undefined {
  const zone = text.indexOf("%");
  const halves = (zone === -1 ? text : text.slice(0, zone)).split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  const [head, tail = []] = groups;
  if (head === undefined || groups.includes(undefined)) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/** The 16-bit groups of one side of "::"; the last side may end in an IPv4 address. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const ipv4 = isLast && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(Number(ipv4.value >> 16n), Number(ipv4.value & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** A network in CIDR notation, such as `10.0.0.0/8` or `fd00::/8`; without a length, one address. */
export class Network {
  readonly #address: Address;
  readonly #hostBits: bigint;

  /**
   * @param text The network.
   * @throws {TypeError} It is not one.
   */
  constructor(text: string) {
    const [base = "", length, ...rest] = text.split("/");
    const address = parseAddress(base);
    // The length of ::ffff:10.0.0.0/104 counts the 96 bits in front of the IPv4 address.
    const skipped = address?.bits === 32 && base.includes(":") ? 96 : 0;
    const bits = length === undefined ? address?.bits : Number(length) - skipped;
    const isValid = length === undefined || /^\d{1,3}$/.test(length);
    if (address === undefined || bits === undefined || !isValid || rest.length > 0) {
      throw new TypeError(
        `Cannot read network as it must be like "10.0.0.0/8": current value is "${text}"`,
      );
    }
    if (bits < 0 || bits > address.bits) {
      throw new TypeError(`Cannot read network as its prefix is out of range: "${text}"`);
    }
    this.#address = address;
    this.#hostBits = BigInt(address.bits - bits);
  }

  /** Tells whether an address belongs to the network. */
  has(address: Address): boolean {
    return address.bits === this.#address.bits &&
      address.value >> this.#hostBits === this.#address.value >> this.#hostBits;
  }
}
