/** The handshake of a socket as Socket.IO has it, for programs that read it. */

/** The handshake of a client, in the form that Socket.IO has for it. */
export interface SocketIoHandshake {
  /** Header fields of the request that opened the session, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the handshake was first asked for, such as by a guard, as text. */
  readonly time: string;
  /** Address of the client. */
  readonly address: string;
  /** Whether a page of another origin has opened it. */
  readonly xdomain: boolean;
  /** Whether the request came by TLS. */
  readonly secure: boolean;
  /** The same, in milliseconds since 1970. */
  readonly issued: number;
  /** Path and query of the request. */
  readonly url: string;
  /** The query. */
  readonly query: Readonly<Record<string, string>>;
  /** The credentials of the client for this namespace. */
  readonly auth: unknown;
}

/** When each handshake was first asked for. */
const times = new WeakMap<Request, number>();

/**
 * Makes the handshake of a client.
 *
 * @param client The client, or one that asks to connect.
 * @returns The handshake.
 *
 * @example The query of a client
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { handshakeOf, socketio } from "@hawser/ws/socketio";
 * import { assertEquals } from "@std/assert";
 * import { io } from "socket.io-client";
 *
 * const app = new App();
 * app.on("deck", (client) => handshakeOf(client).query.deck);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app, wires: [socketio()] });
 *
 * const socket = io(`http://127.0.0.1:${server.addr.port}`, { query: { deck: "upper" } });
 * assertEquals(await socket.emitWithAck("deck"), "upper");
 * socket.disconnect();
 * ```
 */
export function handshakeOf(
  client: { readonly request: Request; readonly remoteAddress: string; readonly auth?: unknown },
): SocketIoHandshake {
  const { request, remoteAddress: address, auth = {} } = client;
  const url = new URL(request.url);
  const issued = times.get(request) ?? Date.now();
  times.set(request, issued);
  const origin = request.headers.get("origin");
  return {
    headers: Object.fromEntries(request.headers),
    time: new Date(issued).toString(),
    address,
    xdomain: origin !== null,
    secure: url.protocol === "https:" || url.protocol === "wss:",
    issued,
    url: url.pathname + url.search,
    query: Object.fromEntries(url.searchParams),
    auth,
  };
}
