/**
 * The client: events, acknowledgements and rooms over a connection that comes back. It runs in
 * browsers, Deno, Node and Bun, and depends on nothing.
 *
 * Without a package manager, `deno task client:bundle` writes all of it as one file,
 * `dist/hawser_client.js`, to be copied beside a page:
 *
 * ```html
 * <script type="module">
 *   import { connect } from "./hawser_client.js";
 *
 *   const client = connect("/ws");
 *   client.on("said", ({ text }) => document.body.append(text));
 * </script>
 * ```
 *
 * Node before 22 has no WebSocket: there, give the class of the package `ws` as the option
 * `WebSocket`.
 *
 * @example A room
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * interface ClientEvents {
 *   say: { roomId: string; text: string };
 * }
 * interface ServerEvents {
 *   said: { roomId: string; text: string };
 * }
 *
 * const app = new App<ClientEvents, ServerEvents>({ rooms: true });
 * app.on("say", (_client, data) => app.publish(data.roomId, "said", data));
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 *
 * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
 * await using client = connect<ServerEvents, ClientEvents>(url);
 * const said: string[] = [];
 * client.on("said", ({ text }) => said.push(text));
 * await client.join("harbour");
 * await client.emitWithAck("say", { roomId: "harbour", text: "Ahoy" });
 * assertEquals(said, ["Ahoy"]);
 * assertEquals(client.position("harbour")?.seq, 1);
 * ```
 *
 * @module
 */

export type { AckOptions } from "./line/acks.ts";
export { backoffDelay, type BackoffOptions } from "./line/backoff.ts";
export { HawserClient } from "./client.ts";
export { connect } from "./connect.ts";
export type { Clock } from "../wire/clock.ts";
export { type CloseInfo, mayReconnect } from "./close_code.ts";
export type { Token, TokenMethod } from "./credentials.ts";
export { ClientError, type ClientErrorCode, ServerError } from "./errors.ts";
export type { Handler, HandlerOf, ReceivedEvents, WireEvents } from "./events.ts";
export type {
  AnyEvents,
  AppEvents,
  ClientEventsOf,
  EventAnswers,
  EventArguments,
  EventData,
  EventName,
  EventResults,
  ServerEventsOf,
} from "../wire/event_types.ts";
export type { FallbackPaths, Fetch } from "./transports/http.ts";
export type { Network, NetworkChange } from "./line/network.ts";
export type { Address } from "./address.ts";
export type { ClientOptions } from "./options.ts";
export type { QueueOptions, SendResult } from "./line/outbox.ts";
export { ReconnectingWebSocket } from "./reconnecting_websocket/reconnecting_websocket.ts";
export type { Gap, Joined, JoinOptions } from "./rooms/rooms.ts";
export type { ReconnectingWebSocketOptions } from "./reconnecting_websocket/socket_options.ts";
export type { ClientState, StateChange } from "./state.ts";
export type { Data, TransportName } from "./transports/transport.ts";
export type { VolatileSender } from "./volatile_sender.ts";
export type { SocketEvent, WebSocketConstructor, WebSocketLike } from "./transports/websocket.ts";
export { Args, args, type ArgsOf } from "../wire/args.ts";
export type { Position } from "../wire/position.ts";
