/** What happens to connections, as records for a log: never with a query, a cookie or a token. */

import type { RequestHead } from "../../protocol/http1.ts";
import type { CloseInfo, Connection, Traffic, Transport } from "../types.ts";

/** What every record tells. */
export interface LogRecordBase {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly address: string;
  /** `Origin` of the request, as the peer has sent it. */
  readonly origin?: string | undefined;
  /** Path of the request, without its query; missing where there was no whole request. */
  readonly path?: string | undefined;
}

/** A connection has opened, or a client has begun to read an event stream or to poll. */
export interface OpenRecord extends LogRecordBase {
  /** What has happened. */
  readonly event: "open";
  /** The connection's id, which is its client's too. */
  readonly id: string;
  /** How the client is connected. */
  readonly transport: Transport;
  /** The subprotocol that was agreed on, or the empty string. */
  readonly protocol: string;
}

/** A connection has closed, and its socket too; or a client has gone that had none to itself. */
export interface CloseRecord extends LogRecordBase, Traffic {
  /** What has happened. */
  readonly event: "close";
  /** The connection's id, which is its client's too. */
  readonly id: string;
  /** How the client was connected. */
  readonly transport: Transport;
  /** The subprotocol that was agreed on, or the empty string. */
  readonly protocol: string;
  /** Close code. */
  readonly code: number;
  /** Close reason, which may be the peer's words. */
  readonly reason: string;
  /** `true` when a Close frame was seen in each direction. */
  readonly wasClean: boolean;
  /** Milliseconds from open to close. */
  readonly duration: number;
}

/** A request was refused. */
export interface RejectRecord extends LogRecordBase {
  /** What has happened. */
  readonly event: "reject";
  /** Status of the answer. */
  readonly status: number;
  /** Why, in our words. */
  readonly reason: string;
}

/** What a log is told. Texts are as they came: a sink escapes them as its format demands. */
export type LogRecord = OpenRecord | CloseRecord | RejectRecord;

/** Takes records one by one, and must not wait. */
export type LogSink = (record: LogRecord) => void;

/** What a request was for. */
export interface Requested {
  readonly origin: string | undefined;
  readonly path: string;
}

/** A request that was refused. */
export interface Rejection {
  readonly status: number;
  readonly reason: string;
  readonly remoteAddress: string;
  /** Its head, if it was complete. */
  readonly head: RequestHead | undefined;
  /** The URL of a head. */
  url(head: RequestHead): string;
}

/** Whose record it is: a connection, or the session of a client without one. */
export type Logged = Pick<Connection, "id" | "remoteAddress" | "protocol">;

/** What is remembered of a connection until its socket is closed. */
interface Entry {
  readonly requested: Requested;
  readonly transport: Transport;
  readonly openedAt: number;
  close?: CloseInfo;
  duration?: number;
}

/** Tells of origin and path, and nothing else that a head holds. */
export function requestedBy(head: RequestHead, url: string): Requested {
  return { origin: head.fields.get("origin"), path: new URL(url).pathname };
}

/** Writes one record for each open, close and refusal. */
export class ConnectionLog {
  readonly #sink: LogSink;
  readonly #now: () => number;
  readonly #failed: (error: unknown) => void;
  readonly #entries = new Map<Logged, Entry>();

  /**
   * @param sink Takes the records.
   * @param now A clock in milliseconds that never jumps.
   * @param failed Told what the sink throws.
   */
  constructor(sink: LogSink, now: () => number, failed: (error: unknown) => void) {
    this.#sink = sink;
    this.#now = now;
    this.#failed = failed;
  }

  /** A connection has opened. */
  opened(connection: Logged, requested: Requested, transport: Transport = "websocket"): void {
    const { id, remoteAddress: address, protocol } = connection;
    this.#entries.set(connection, { requested, transport, openedAt: this.#now() });
    const time = Date.now();
    this.#write({ time, event: "open", id, address, ...requested, transport, protocol });
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
    this.#write({ ...whose, ...close, duration, ...traffic });
  }

  /** A request was refused. */
  rejected({ status, reason, remoteAddress: address, head, url }: Rejection): void {
    const requested = head && requestedBy(head, url(head));
    this.#write({ time: Date.now(), event: "reject", address, ...requested, status, reason });
  }

  #write(record: LogRecord): void {
    try {
      this.#sink(record);
    } catch (error) {
      this.#failed(error);
    }
  }
}
