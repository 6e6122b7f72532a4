/** Writes the life of connections to a log: never a query, a cookie or a token. */

import type { RequestHead } from "../../protocol/http1.ts";
import { hostNotice, originNotice } from "../origin_notice.ts";
import type { CloseInfo, Connection, SubjectNotice, Traffic, Transport } from "../types.ts";
import type { LogSink } from "./log_records.ts";
import { foreignOrigin, unknownHost } from "./origin.ts";

/** The purpose of a request. */
export interface Requested {
  readonly origin: string | undefined;
  readonly path: string;
}

/** A request that was refused. */
export interface Rejection {
  readonly status: number;
  readonly reason: string;
  readonly remoteAddress: string;
  /** The request, if its head was complete. */
  readonly request: { readonly head: RequestHead; readonly url: string } | undefined;
}

/** The subject of a record: a connection, or the session of a client without one. */
export type Logged = Pick<Connection, "id" | "remoteAddress" | "protocol">;

/** The facts of a connection that are kept until its socket is closed. */
interface Entry {
  readonly requested: Requested;
  readonly transport: Transport;
  readonly openedAt: number;
  close?: CloseInfo;
  duration?: number;
}

/** Returns origin and path, and nothing else that a head holds. */
export function requestedBy(head: RequestHead, url: string): Requested {
  return { origin: head.fields.get("origin"), path: new URL(url).pathname };
}

/** The notice about a request that was refused: which option would allow it. */
export function noticeOf(
  { reason, remoteAddress: address, request }: Rejection,
): SubjectNotice | undefined {
  if (request === undefined) return undefined;
  const { head, url } = request;
  const { host, pathname: path } = new URL(url);
  if (reason === unknownHost) return hostNotice({ address, path, name: host });
  if (reason !== foreignOrigin) return undefined;
  return originNotice({ address, path, name: head.fields.get("origin") ?? "" });
}

/** Writes one record for each open, close and refusal. */
export class ConnectionLog {
  readonly #sink: LogSink;
  readonly #now: () => number;
  readonly #entries = new Map<Logged, Entry>();

  /**
   * @param sink Takes the records. Does not throw.
   * @param now A clock in milliseconds that never jumps.
   */
  constructor(sink: LogSink, now: () => number) {
    this.#sink = sink;
    this.#now = now;
  }

  /** A connection has opened. */
  opened(connection: Logged, requested: Requested, transport: Transport = "websocket"): void {
    const { id, remoteAddress: address, protocol } = connection;
    this.#entries.set(connection, { requested, transport, openedAt: this.#now() });
    const time = Date.now();
    this.#sink({ time, event: "open", id, address, ...requested, transport, protocol });
  }

  /** A connection has closed. Its record waits for the last bytes. */
  closed(connection: Logged, close: CloseInfo): void {
    const entry = this.#entries.get(connection);
    if (entry === undefined) return;
    entry.close = close;
    entry.duration = Math.round(this.#now() - entry.openedAt);
  }

  /** A connection's socket is closed. */
  ended(connection: Logged, traffic: Traffic): void {
    const entry = this.#entries.get(connection);
    if (entry?.close === undefined) return;
    this.#entries.delete(connection);
    const { id, remoteAddress: address, protocol } = connection;
    const { requested, transport, close, duration = 0 } = entry;
    const time = Date.now();
    const whose = { time, event: "close", id, address, ...requested, transport, protocol } as const;
    this.#sink({ ...whose, ...close, duration, ...traffic });
  }

  /** A request was refused. */
  rejected({ status, reason, remoteAddress: address, request }: Rejection): void {
    const requested = request && requestedBy(request.head, request.url);
    this.#sink({ time: Date.now(), event: "reject", address, ...requested, status, reason });
  }
}
