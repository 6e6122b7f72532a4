/** The statements of proxies about a request, and how much of them can be believed. */

import type { HeaderFields } from "../../../protocol/header_fields.ts";
import { isHost } from "../../../protocol/request_target.ts";
import { type Address, canonicalAddress, Network, parseAddress } from "../../address.ts";
import { lastElements } from "./forwarded_field.ts";
import { unixAddress } from "./socket.ts";

/**
 * The proxies that may name the client: the number of proxies in front of the server, or the
 * networks in which they are. 0 or an empty list trusts no proxy.
 */
export type TrustProxy = number | readonly string[];

/** The fields in which they say it: `X-Forwarded-*`, or `Forwarded` of RFC 7239. */
export type ProxyFields = "x-forwarded" | "forwarded";

/** The believed facts of a request. */
export interface Report {
  /** Address of the client, or of the last proxy that can be believed. */
  readonly address: string;
  /** Scheme of the client's request; `undefined` where no proxy reports it. */
  readonly scheme: "http" | "https" | undefined;
  /** Host of the client's request; `undefined` where no proxy reports it. */
  readonly host: string | undefined;
}

/** The statement of one proxy. */
interface Statement {
  readonly client: string | undefined;
  readonly scheme: string | undefined;
  readonly host: string | undefined;
}

/**
 * Finds out about a client. Each proxy appends the address that it saw, so only what trusted
 * proxies have appended can be believed: lists are read from their right end and never beyond the
 * first address that is not a trusted proxy's.
 */
export class ProxyTrust {
  readonly #hops: number;
  readonly #networks: readonly Network[];
  readonly #trustsUnix: boolean;
  readonly #statements: (fields: HeaderFields) => Iterable<Statement>;

  /**
   * @param trust Hops or networks.
   * @param proxyFields Fields that the proxies set; others may be the client's.
   * @throws {RangeError} The number of hops is not a whole number from 0.
   * @throws {TypeError} A network cannot be read.
   */
  constructor(trust: TrustProxy, proxyFields: ProxyFields = "x-forwarded") {
    const hops = typeof trust === "number" ? trust : 0;
    if (!Number.isInteger(hops) || hops < 0) {
      throw new RangeError(
        `Cannot use trustProxy as it must be a whole number >= 0: current value is ${hops}`,
      );
    }
    this.#hops = hops;
    const list = typeof trust === "number" ? [] : trust;
    this.#trustsUnix = list.includes(unixAddress);
    this.#networks = list.filter((text) => text !== unixAddress).map(networkOf);
    this.#statements = proxyFields === "forwarded" ? statementsOfForwarded : statementsOfLists;
  }

  /**
   * Tells whether a peer is a proxy whose connections stand for many clients.
   *
   * @param peer Address of the peer.
   * @param hops Proxies that have reported it, by the PROXY protocol.
   */
  isProxy(peer: string, hops = 0): boolean {
    if (peer === unixAddress) return this.#trustsUnix || this.#hops > hops;
    if (this.#networks.length === 0) return this.#hops > hops;
    return this.#isTrusted(parseAddress(peer), hops);
  }

  /**
   * Reads what can be believed.
   *
   * @param peer Address of the peer.
   * @param fields The request's header fields.
   * @param hops Proxies that have reported the peer's address, by the PROXY protocol.
   * @returns The first address from the right that is not a trusted proxy's; the leftmost when all
   * are. An element that is no address ends the search at the proxy that sent it.
   */
  report(peer: string, fields: HeaderFields, hops = 0): Report {
    let address = peer;
    let scheme: Report["scheme"];
    let host: string | undefined;
    if (!this.isProxy(peer, hops)) return { address, scheme, host };
    let distance = hops;
    for (const statement of this.#statements(fields)) {
      scheme = schemeOf(statement.scheme) ?? scheme;
      if (statement.host !== undefined && isHost(statement.host)) host = statement.host;
      const text = withoutPort(statement.client ?? "");
      const client = parseAddress(text);
      if (client === undefined) break;
      address = canonicalAddress(text);
      if (!this.#isTrusted(client, ++distance)) break;
    }
    return { address, scheme, host };
  }

  /** `distance` is 0 for the TCP peer, 1 for the address that it reports, and so on. */
  #isTrusted(address: Address | undefined, distance: number): boolean {
    if (distance < this.#hops) return true;
    return address !== undefined && this.#networks.some((network) => network.has(address));
  }
}

/**
 * The three lists grow side by side, as far as proxies append to them. Most set scheme and host
 * anew instead: then their one value holds for the whole way.
 */
function* statementsOfLists(fields: HeaderFields): Generator<Statement> {
  const [clients, schemes, hosts] = ["for", "proto", "host"].map((name) =>
    fields.getAll(`x-forwarded-${name}`).flatMap((value) => value.split(","))
      .map((item) => item.trim()).reverse()
  );
  const last = (list: readonly string[] = [], at: number) => list[Math.min(at, list.length - 1)];
  for (let at = 0; at === 0 || at < clients!.length; at++) {
    yield { client: clients![at], scheme: last(schemes, at), host: last(hosts, at) };
  }
}

function* statementsOfForwarded(fields: HeaderFields): Generator<Statement> {
  for (const element of lastElements(fields.getAll("forwarded"))) {
    yield { client: element.get("for"), scheme: element.get("proto"), host: element.get("host") };
  }
}

/** Some proxies name the scheme of WebSocket. */
function schemeOf(text = ""): Report["scheme"] {
  if (/^(https|wss)$/i.test(text)) return "https";
  return /^(http|ws)$/i.test(text) ? "http" : undefined;
}

/** Some proxies append the port, too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  if (text.startsWith("[")) return text.slice(1).split("]", 1)[0] ?? "";
  return text.split(":").length === 2 ? text.split(":", 1)[0] ?? "" : text;
}

/** @throws {TypeError} It names the option. */
function networkOf(text: string): Network {
  try {
    return new Network(text);
  } catch (cause) {
    throw new TypeError(
      `Cannot use trustProxy as it must list networks like "10.0.0.0/8": current value is "${text}"`,
      { cause },
    );
  }
}
