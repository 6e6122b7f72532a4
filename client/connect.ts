/** Connects to a server: where most programs begin. */

import type { AnyEvents, ClientEventsOf, ServerEventsOf } from "../wire/event_types.ts";
import { HawserClient } from "./client.ts";
import type { Address } from "./address.ts";
import type { ClientOptions } from "./options.ts";

/**
 * Connects to a server.
 *
 * @typeParam Source The type of the server's application, such as `typeof app`, which has the
 * events of both directions; or what the server sends: a type that maps event names to events.
 * @typeParam ClientEvents What the client sends, where the first is none of an application.
 *
 * @param url Address of the server, or a function that gets it before each attempt: of any of ws,
 * wss, http and https. In a browser it may be relative, such as `/ws`.
 * @param options Settings of the client.
 * @returns A client, which connects at once; {@linkcode HawserClient.ready} waits for that.
 * @throws {TypeError} The address or an option is wrong, or the runtime has no WebSocket.
 * @throws {RangeError} A number is out of range.
 *
 * @example Types from the server
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * // server.ts
 * interface ClientEvents {
 *   shout: (data: { text: string }) => string;
 * }
 * export const app = new App<ClientEvents, { heard: { by: string } }>();
 * app.on("shout", (client, { text }) => {
 *   client.emit("heard", { by: client.id });
 *   return text.toUpperCase();
 * });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 *
 * // client.ts, which has: import type { app } from "./server.ts";
 * await using client = connect<typeof app>(`ws://127.0.0.1:${server.addr.port}/ws`);
 * const heard = new Promise<string>((resolve) => client.on("heard", ({ by }) => resolve(by)));
 * const answer: string = await client.emitWithAck("shout", { text: "ahoy" });
 * assertEquals([answer, await heard], ["AHOY", client.id]);
 * ```
 *
 * @example A server that echoes
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
 *   connection.on("message", (data) => void connection.send(data));
 * });
 *
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`, { idleTimeout: 0 });
 * const echoed = new Promise((resolve) => client.onMessage(resolve));
 * client.send("Ahoy"); // waits for the connection
 * assertEquals(await echoed, "Ahoy");
 * ```
 */
export function connect<
  Source extends object = AnyEvents,
  ClientEvents extends object = ClientEventsOf<Source>,
>(
  url: Address,
  options: ClientOptions = {},
): HawserClient<ServerEventsOf<Source>, ClientEvents> {
  return new HawserClient(url, options);
}
