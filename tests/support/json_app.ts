/** An application at `/ws` on a real port, and sockets that speak JSON with it. */

import { serve } from "@hawser/ws";
import type { Servable } from "@hawser/ws/wire";
import { JsonSocket } from "./json_socket.ts";

/** A served application. */
export interface ServedApp extends AsyncDisposable {
  /** Connects, and takes the welcome. */
  connect(query?: string): Promise<{ socket: JsonSocket; id: string }>;
}

/** Serves an application until it is disposed of. */
export function serveApp(app: Servable): ServedApp {
  const server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
  return {
    async connect(query = "") {
      const socket = await JsonSocket.open(`ws://127.0.0.1:${server.addr.port}/ws${query}`);
      const { id } = await socket.next();
      return { socket, id };
    },
    [Symbol.asyncDispose]: () => server.shutdown({ deadline: 1_000 }),
  };
}
