/**
 * A WebSocket server for Deno, from the wire up: strict RFC 6455 and RFC 7692, backpressure, limits
 * with an answer each, plain HTTP on the same port, and an application layer with rooms.
 *
 * @example An echo server
 * ```ts
 * import { serve } from "@hawser/ws";
 *
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
 *   connection.on("message", (data) => {
 *     connection.send(data);
 *   });
 * });
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
 * socket.onopen = () => socket.send("hello");
 * await new Promise<void>((resolve) => {
 *   socket.onmessage = () => socket.close();
 *   socket.onclose = () => resolve();
 * });
 * ```
 *
 * @module
 */

export * from "./server/serve.ts";
export type {
  CompressOptions,
  FetchHandler,
  LimitOptions,
  ServeOptions,
  UpgradeHandler,
} from "./server/options.ts";
export type * from "./server/types.ts";
