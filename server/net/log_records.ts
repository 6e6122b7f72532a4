/** What a log is told: plain values, never with a query, a cookie or a token. */

import type { Traffic, Transport } from "../types.ts";

/**
 * What every record tells.
 *
 * @example Addresses without their last part
 * ```ts
 * import { jsonLog, type LogRecordBase, serve } from "@hawser/ws";
 * import { assertStringIncludes } from "@std/assert";
 *
 * function blurred<Each extends LogRecordBase>(record: Each): Each {
 *   return { ...record, address: record.address.replace(/[^.:]*$/, "0") };
 * }
 * const lines: string[] = [];
 * const write = jsonLog((line) => lines.push(line));
 * await using server = serve(
 *   { port: 0, hostname: "127.0.0.1", log: (record) => write(blurred(record)) },
 *   (connection) => connection.close(),
 * );
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
 * await new Promise((resolve) => socket.onclose = resolve);
 * assertStringIncludes(lines[0]!, '"address":"127.0.0.0"');
 * ```
 */
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
 *
 * @example Where clients come in
 * ```ts
 * import { type OpenRecord, serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const opened: OpenRecord[] = [];
 * await using server = serve({
 *   port: 0,
 *   hostname: "127.0.0.1",
 *   log: (record) => void (record.event === "open" && opened.push(record)),
 * }, () => {});
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/ws?token=s3cr3t`);
 * await new Promise((resolve) => socket.onopen = resolve);
 * assertEquals(opened.map(({ path }) => path), ["/ws"]);
 * ```
 */
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

/**
 * A connection has closed, and its socket too: what it counts is complete. Or a client has gone that
 * had no connection to itself.
 *
 * @example How a client has gone
 * ```ts
 * import { type CloseRecord, serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const closed = Promise.withResolvers<CloseRecord>();
 * await using server = serve({
 *   port: 0,
 *   hostname: "127.0.0.1",
 *   log: (record) => record.event === "close" && closed.resolve(record),
 * }, (connection) => connection.send("Ahoy"));
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
 * socket.onmessage = () => socket.close(4000);
 * const { code, messagesOut } = await closed.promise;
 * assertEquals({ code, messagesOut }, { code: 4000, messagesOut: 1 });
 * ```
 */
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

/**
 * A request was refused: because of what HTTP or the opening handshake demand, or, to be upgraded,
 * by the application. What a `fetch` handler answers is not recorded.
 *
 * @example A page of a foreign origin
 * ```ts
 * import { type RejectRecord, serve } from "@hawser/ws";
 * import { encodeUpgradeRequest } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const rejected = Promise.withResolvers<RejectRecord>();
 * await using server = serve({
 *   port: 0,
 *   hostname: "127.0.0.1",
 *   log: (record) => record.event === "reject" && rejected.resolve(record),
 * }, () => {});
 *
 * using conn = await Deno.connect({ ...server.addr, transport: "tcp" });
 * const key = "dGhlIHNhbXBsZSBub25jZQ==";
 * const headers = [["origin", "https://example.net"]] as const;
 * await conn.write(encodeUpgradeRequest({ host: "127.0.0.1", target: "/", key, headers }));
 * const { status, origin } = await rejected.promise;
 * assertEquals({ status, origin }, { status: 403, origin: "https://example.net" });
 * ```
 */
export interface RejectRecord extends LogRecordBase {
  /** What has happened. */
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
 *
 * @example A mistyped event
 * ```ts
 * import { App, type NoticeRecord, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const noticed = Promise.withResolvers<NoticeRecord>();
 * await using server = serve({
 *   port: 0,
 *   hostname: "127.0.0.1",
 *   app: new App<{ greet: null }>().on("greet", () => "Hello"),
 *   log: (record) => record.event === "notice" && noticed.resolve(record),
 * });
 *
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * client.emit("gret");
 * const { code, message } = await noticed.promise;
 * assertEquals(code, "UNKNOWN_EVENT");
 * assertEquals(message, 'Event "gret" has no handler: did you mean "greet"');
 * ```
 */
export interface NoticeRecord extends LogRecordBase {
  /** What has happened. */
  readonly event: "notice";
  /** The client's id; missing where it is about none. */
  readonly id?: string | undefined;
  /** The code that the client was told. */
  readonly code: string;
  /** What has happened, and what to set. */
  readonly message: string;
  /** How many others were not said since the last one, as there were too many in a minute. */
  readonly unsaid?: number | undefined;
}

/**
 * What a log is told; `event` says which it is. Texts are as they came: a sink escapes them as its
 * format demands, as {@linkcode textLog} and {@linkcode jsonLog} do.
 *
 * @example In one's own words
 * ```ts
 * import { type LogRecord, serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * function describe(record: LogRecord): string {
 *   if (record.event === "open") return "came in";
 *   if (record.event === "notice") return record.message;
 *   return record.event === "close" ? `left with ${record.code}` : `refused, ${record.status}`;
 * }
 * const lines: string[] = [];
 * await using server = serve(
 *   { port: 0, hostname: "127.0.0.1", log: (record) => void lines.push(describe(record)) },
 *   (connection) => connection.close(4000),
 * );
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
 * await new Promise((resolve) => socket.onclose = resolve);
 * await server.shutdown();
 * assertEquals(lines, ["came in", "left with 4000"]);
 * ```
 */
export type LogRecord = OpenRecord | CloseRecord | RejectRecord | NoticeRecord;

/**
 * Takes records one by one, as {@linkcode ServeOptions.log}. The connection waits until it returns,
 * but not for a promise. What it throws or rejects with goes to `onError` and harms no connection.
 *
 * @example Nothing but refusals
 * ```ts
 * import { type LogSink, serve, textLog } from "@hawser/ws";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const lines: string[] = [];
 * const write = textLog((line) => lines.push(line));
 * const log: LogSink = (record) => {
 *   if (record.event === "reject") write(record);
 * };
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", log }, () => {});
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/wss`);
 * await new Promise((resolve) => socket.onerror = resolve);
 * assertStringIncludes(lines.join("\n"), "path=/wss status=404");
 * ```
 */
export type LogSink = (record: LogRecord) => void;
