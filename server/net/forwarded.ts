/** Whose request it is when a proxy stands in front: `X-Forwarded-For`, read from the right. */

import type { HeaderFields } from "../../protocol/header_fields.ts";
import { type Address, canonicalAddress, Network, parseAddress } from "./address.ts";

/**
 * Which proxies may say for whom they ask: the number of proxies in front of the server, or the
 * networks in which they are. 0 or an empty list trusts nobody.
 */
export type TrustProxy = number | readonly string[];

/**
 * Finds a client's address. Each proxy appends the address that it saw to `X-Forwarded-For`, so
 * only what trusted proxies have appended can be believed: the list is read from its right end and
 * never beyond the first address that is not a trusted proxy's.
 */
export class ProxyTrust {
  readonly #hops: number;
  readonly #networks: readonly Network[];

  /**
   * @param trust Hops or networks.
   * @throws {RangeError} The number of hops is not a whole number from 0.
   * @throws {TypeError} A network cannot be read.
   */
  constructor(trust: TrustProxy) {
    const hops = typeof trust === "number" ? trust : 0;
    if (!Number.isInteger(hops) || hops < 0) {
      throw new RangeError(
        `Cannot use trustProxy as it must be a whole number >= 0: current value is ${hops}`,
      );
    }
    this.#hops = hops;
    this.#networks = typeof trust === "number" ? [] : trust.map((text) => new Network(text));
  }

  /**
   * Tells whether a peer is a proxy whose connections stand for many clients.
   *
   * @param peer Address of the peer.
   * @param hops Proxies that have reported it, by the PROXY protocol.
   */
  isProxy(peer: string, hops = 0): boolean {
    if (this.#networks.length === 0) return this.#hops > hops;
    return this.#isTrusted(parseAddress(peer), hops);
  }

  /**
   * The client's address.
   *
   * @param peer Address of the peer.
   * @param fields The request's header fields.
   * @param hops Proxies that have reported the peer's address, by the PROXY protocol.
   * @returns The first address from the right that is not a trusted proxy's; the leftmost when all
   * are. What is not an address ends the search at the proxy that sent it.
   */
  clientAddress(peer: string, fields: HeaderFields, hops = 0): string {
    if (!this.isProxy(peer, hops)) return peer;
    let client = peer;
    const list = fields.getAll("x-forwarded-for").join(",").split(",").reverse();
    for (const [index, item] of list.entries()) {
      const text = withoutPort(item.trim());
      const address = parseAddress(text);
      if (address === undefined) return client;
      client = canonicalAddress(text);
      if (!this.#isTrusted(address, hops + index + 1)) return client;
    }
    return client;
  }

  /** `distance` is 0 for the TCP peer, 1 for the address that it reports, and so on. */
  #isTrusted(address: Address | undefined, distance: number): boolean {
    if (distance < this.#hops) return true;
    return address !== undefined && this.#networks.some((network) => network.has(address));
  }
}

/** Some proxies append the port, too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  if (text.startsWith("[")) return text.slice(1).split("]", 1)[0] ?? "";
  return text.split(":").length === 2 ? text.split(":", 1)[0] ?? "" : text;
}
