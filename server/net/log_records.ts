/** Records for a log: plain values, never with a query, a cookie or a token. */

import type { Traffic, Transport } from "../types.ts";

/** The fields of every record about a peer. */
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

/**
 * A connection has opened, or a client has begun to read an event stream or to poll. Written before
 * its handler is called.
 */
export interface OpenRecord extends LogRecordBase {
  /** The kind of event. */
  readonly event: "open";
  /** The connection's id, which is its client's too. */
  readonly id: string;
  /** How the client is connected. */
  readonly transport: Transport;
  /** The subprotocol that was agreed on, or the empty string. */
  readonly protocol: string;
}

/**
 * A connection has closed, and its socket too: what it counts is complete. Or a client has gone that
 * had no connection to itself.
 */
export interface CloseRecord extends LogRecordBase, Traffic {
  /** The kind of event. */
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

/**
 * A request was refused: because of what HTTP or the opening handshake demand, or, to be upgraded,
 * by the application. Answers of a `fetch` handler are not recorded.
 */
export interface RejectRecord extends LogRecordBase {
  /** The kind of event. */
  readonly event: "reject";
  /** Status of the answer. */
  readonly status: number;
  /** Why, in the server's words. */
  readonly reason: string;
}

/**
 * A client's messages are refused, maybe because an option or a handler is not as was meant: said
 * once for each client and code, and ten times a minute at the most. Without a `log` it is a line on
 * stderr, as are the origins, hosts and addresses that were refused.
 */
export interface NoticeRecord extends LogRecordBase {
  /** The kind of event. */
  readonly event: "notice";
  /** The client's id; missing where it is about none. */
  readonly id?: string | undefined;
  /** The code that the client was told. */
  readonly code: string;
  /** The event, and the option to set. */
  readonly message: string;
  /** How many others were not reported since the last one, as there were too many in a minute. */
  readonly suppressed?: number | undefined;
}

/** The broker of the application has become reachable, or unreachable. */
export interface BrokerRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The kind of event. */
  readonly event: "broker";
  /** `"down"`: clients are served, but other nodes cannot be reached, and nothing is published. */
  readonly state: "up" | "down";
}

/** Another node has died or left. */
export interface NodeRecord {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The kind of event. */
  readonly event: "node";
  /** `"left"`: it was shut down. `"lost"`: it has died, and said nothing. */
  readonly state: "lost" | "left";
  /** Its name. */
  readonly node: string;
}

/**
 * A record of a log; `event` tells its kind. Texts are as they came: a sink escapes them as its
 * format demands, as {@linkcode textLog} and {@linkcode jsonLog} do.
 */
export type LogRecord =
  | OpenRecord
  | CloseRecord
  | RejectRecord
  | NoticeRecord
  | BrokerRecord
  | NodeRecord;

/**
 * Takes records one by one, as {@linkcode ServeOptions.log}. The connection waits until it returns,
 * but not for a promise. Its errors and rejections go to `onError` and harms no connection.
 */
export type LogSink = (record: LogRecord) => void;
