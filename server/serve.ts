/** Starts a server: checks what it is to serve, and says where it listens. */

import { announce, announcePath } from "./announce.ts";
import type { ServeOptions } from "./options.ts";
import { resolveOptions } from "./resolved_options.ts";
import { type ConnectionHandler, Server } from "./server.ts";

/**
 * Serves WebSocket connections, and plain HTTP on the same port.
 *
 * @typeParam Data What the `upgrade` hook attaches to a connection.
 * @param options Where to listen, what to serve, and the limits; see {@linkcode ServeOptions}.
 * @param onConnection Takes each connection that is for none of the `wires`; not with an `app`.
 * @returns The running server.
 * @throws {TypeError} An option is not known or has a wrong type, or there is nothing to serve, or a
 * handler beside an app, which would get no connection.
 * @throws {RangeError} A number is out of range.
 * @throws {Deno.errors.AddrInUse} The port is taken.
 *
 * @example An echo server that obeys backpressure
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
 *   connection.on("message", (data) => {
 *     if (connection.send(data) === "queued") return connection.drained();
 *   });
 * });
 *
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
 * socket.onopen = () => socket.send("Ahoy");
 * const { data } = await new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
 * assertEquals(data, "Ahoy");
 * ```
 */
export function serve<Data = unknown>(
  options: ServeOptions<Data>,
  onConnection?: ConnectionHandler<Data>,
): Server {
  const resolved = resolveOptions(options);
  if (onConnection === undefined && resolved.app === undefined && resolved.wires.length === 0) {
    throw new TypeError("Cannot serve: neither a connection handler nor an app or wires are given");
  }
  if (onConnection !== undefined && resolved.app !== undefined) {
    throw new TypeError("Cannot serve: an app takes all connections, so a handler would get none");
  }
  if (onConnection !== undefined && typeof onConnection !== "function") {
    throw new TypeError("Cannot serve: the connection handler is not a function");
  }
  // The cast: the hook that attaches the data and this handler have the same `Data`.
  const server = new Server(resolved, onConnection as ConnectionHandler | undefined);
  if (resolved.socketPath !== undefined) announcePath(resolved.socketPath);
  else if (resolved.onListen === undefined) announce(server.addr, resolved.cert !== undefined);
  else resolved.onListen(server.addr);
  if (resolved.signal !== undefined) shutDownOn(resolved.signal, server);
  return server;
}

/** The signal may live longer than the server, and must not hold it. */
function shutDownOn(signal: AbortSignal, server: Server): void {
  const shutDown = () => void server.shutdown();
  if (signal.aborted) return shutDown();
  signal.addEventListener("abort", shutDown);
  void server.finished.then(() => signal.removeEventListener("abort", shutDown));
}
