/** Socket.IO as a wire: an unmodified `socket.io-client` meets the same application. */

import type { Wire, WireContext, WireHandler, WireRequest } from "../wires/wire.ts";
import { ClientFiles } from "./client_files.ts";
import { errorResponse } from "./engine_answer.ts";
import { EngineServer } from "./engine_server.ts";
import { SessionNamespaces } from "./namespaces.ts";
import { resolveSocketIoOptions, type SocketIoOptions } from "./options.ts";
import type { SocketIoPeer } from "./peer.ts";
import { Recovery } from "./recovery.ts";
import { makeCodec, makeForeignCodec } from "./parser.ts";

/**
 * Serves Socket.IO: Engine.IO protocol 4 and Socket.IO protocol 5, as clients from version 3 on speak
 * them.
 *
 * @param options Where, how, and the limits; see {@linkcode SocketIoOptions}.
 * @returns A wire, for the option `wires` of `serve`.
 * @throws {TypeError} An option is not known or has a wrong type.
 * @throws {RangeError} A number is out of range.
 *
 * @example An unmodified client of Socket.IO
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { socketio } from "@hawser/ws/socketio";
 * import { assertEquals } from "@std/assert";
 * import { io } from "socket.io-client";
 *
 * const app = new App();
 * app.on("greet", (_client, name) => `Ahoy, ${name}!`);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app, wires: [socketio()] });
 *
 * const socket = io(`http://127.0.0.1:${server.addr.port}`);
 * assertEquals(await socket.emitWithAck("greet", "Ada"), "Ahoy, Ada!");
 * socket.disconnect();
 * ```
 */
export function socketio(options: SocketIoOptions = {}): Wire {
  const resolved = resolveSocketIoOptions(options);
  const { parser, connectTimeout, path, serveClient } = resolved;
  return ({ app, ...context }: WireContext): WireHandler => {
    if (app === undefined) throw new TypeError("Cannot serve Socket.IO: there is no app");
    const codec = parser === undefined ? makeCodec(resolved) : makeForeignCodec(parser);
    const { notify, failed, memory } = context;
    const keys = { key: Symbol("socketio"), placedKey: Symbol("socketio, placed") };
    const server = new EngineServer(resolved, { app, ...context }, (session) => {
      session.handlers = new SessionNamespaces(session, namespaceContext);
    });
    const { deadlines } = server;
    const recovery = resolved.recovery && new Recovery<SocketIoPeer>(resolved.recovery, deadlines);
    const namespaceContext = {
      app,
      codec,
      ...keys,
      notify,
      failed,
      memory,
      recovery,
      deadlines,
      connectTimeout,
    };
    const files = serveClient ? new ClientFiles(path, { notify }) : undefined;
    const isFile = ({ url }: WireRequest) => files?.owns(new URL(url).pathname) ?? false;
    return {
      sessionOf: (url) => server.sessionOf(url),
      owns: (pathname) => server.owns(pathname) || (files?.owns(pathname) ?? false),
      fetch: (asked) => isFile(asked) ? files!.fetch(asked) : server.fetch(asked),
      upgrade: async (asked) =>
        isFile(asked) ? errorResponse("badRequest") : await server.upgrade(asked),
      httpClients: () => server.httpClients(),
      shutdown(close) {
        server.shutdown();
        recovery?.end({ ...close, wasClean: false });
      },
    };
  };
}
