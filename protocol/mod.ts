/**
 * RFC 6455 and RFC 7692 as pure, synchronous code for both ends of a connection: bytes in, handler
 * calls and bytes out. No sockets, timers or promises, so it runs in Deno, Node, Bun, browsers and
 * fuzzers alike.
 *
 * - {@linkcode RequestParser}, {@linkcode checkUpgradeRequest} and
 *   {@linkcode encodeUpgradeResponse} are a server's opening handshake, {@linkcode ResponseParser},
 *   {@linkcode encodeUpgradeRequest} and {@linkcode checkUpgradeResponse} a client's.
 * - {@linkcode Protocol} is the connection after it.
 *
 * @example Two ends in one process
 * ```ts
 * import { Protocol } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const received: (string | Uint8Array)[] = [];
 * const server = new Protocol("server", {}, {
 *   message: (data) => received.push(data),
 *   closed() {},
 * });
 * const client = new Protocol("client", {}, { message() {}, closed() {} });
 *
 * client.send("hello");
 * server.receive(client.takeOutput());
 * assertEquals(received, ["hello"]);
 * ```
 *
 * @module
 */

export * from "./byte_queue.ts";
export * from "./client_handshake.ts";
export * from "./close_code.ts";
export * from "./connection.ts";
export type {
  AgreedDeflate,
  Closed,
  ProtocolHandler,
  ProtocolOptions,
  ProtocolState,
} from "./connection_options.ts";
export { Deflater, type InflatedPast, Inflater } from "./deflate.ts";
export * from "./deflate_negotiation.ts";
export type {
  DeflaterOptions,
  DeflateStreams,
  InflaterOptions,
  MessageDeflater,
  MessageInflater,
} from "./deflate_streams.ts";
export { type DeflateOptions, resolveDeflateOptions } from "./deflate_options.ts";
export * from "./errors.ts";
export * from "./extension_list.ts";
export * from "./frame.ts";
export * from "./handshake.ts";
export * from "./header_fields.ts";
export * from "./http1.ts";
export { applyMask } from "./mask.ts";
export type { BinaryMode } from "./lending.ts";
export type { MessageLimits } from "./message.ts";
export * from "./opcode.ts";
export * from "./prepared.ts";
export * from "./utf8.ts";
