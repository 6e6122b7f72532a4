/** What happens to every client from its welcome to its end. */

import { contain } from "../contain.ts";
import type { CloseInfo } from "../types.ts";
import { AckError } from "./clients/acks.ts";
import { adviceOn } from "./limits/advice.ts";
import type { AnyData, Client } from "./clients/client.ts";
import type { Dispatcher } from "./events/dispatcher.ts";
import type { EventError } from "./events/errors.ts";
import type { Hub } from "./clients/hub.ts";
import { Meter } from "./stats/meter.ts";
import type { ResolvedAppOptions } from "./options.ts";
import type { WelcomeFields } from "./peer.ts";
import type { SessionHandler } from "./clients/session.ts";

/**
 * Called when a client has connected and was welcomed; the client's events wait for its promise.
 * Where it fails, the client is closed with 1011.
 *
 * @typeParam ServerEvents What the server sends.
 * @typeParam User What `client.user` is.
 * @param client The client.
 *
 * @example Everybody is in the lobby
 * ```ts
 * import { App, type ConnectHandler, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const enterLobby: ConnectHandler<object, unknown> = async (client) => {
 *   await client.join("lobby");
 * };
 * const app = new App<{ rooms: null }, object>().onConnect(enterLobby);
 * app.on("rooms", (client) => [...client.rooms]);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await client.emitWithAck("rooms"), ["lobby"]);
 * ```
 */
export type ConnectHandler<ServerEvents extends object, User, Data extends object = AnyData> = (
  client: Client<ServerEvents, User, Data>,
) => Promise<void> | void;

/**
 * Called when a client has gone: it is in no room and found by nobody any more, and `client.rooms`
 * and `client.userId` are what they were at its end. For a promise nobody waits. Errors go to
 * `onError`.
 *
 * @typeParam ServerEvents What the server sends.
 * @typeParam User What `client.user` is.
 * @param client The client.
 * @param close How its connection ended.
 *
 * @example Which rooms it was in
 * ```ts
 * import { App, type DisconnectHandler, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const gone = Promise.withResolvers<string>();
 * const report: DisconnectHandler<object, unknown> = (client, { code, reason }) => {
 *   gone.resolve(`${[...client.rooms]}: ${code} ${reason}`);
 * };
 * const app = new App<object, object>().onConnect((client) => void client.join("deck"));
 * app.onDisconnect(report);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * await client.ready();
 * await client.close(4000, "ashore");
 * assertEquals(await gone.promise, "deck: 4000 ashore");
 * ```
 */
export type DisconnectHandler<ServerEvents extends object, User, Data extends object = AnyData> = (
  client: Client<ServerEvents, User, Data>,
  close: CloseInfo,
) => Promise<void> | void;

/** Joins sessions to the handlers of an application, and contains what goes wrong in them. */
export class Lifecycle<ServerEvents extends object, User, Data extends object = AnyData>
  implements SessionHandler<Client<ServerEvents, User, Data>> {
  readonly #options: ResolvedAppOptions<ServerEvents, User, Data>;
  readonly #hub: Hub<Client<ServerEvents, User, Data>>;
  readonly #dispatcher: Dispatcher<Client<ServerEvents, User, Data>>;
  /** Replaced as a whole, so that handlers may come and go while they run. */
  #connectHandlers: readonly ConnectHandler<ServerEvents, User, Data>[] = [];
  #disconnectHandlers: readonly DisconnectHandler<ServerEvents, User, Data>[] = [];
  /** What it counts. */
  readonly meter: Meter;

  constructor(
    options: ResolvedAppOptions<ServerEvents, User, Data>,
    hub: Hub<Client<ServerEvents, User, Data>>,
    dispatcher: Dispatcher<Client<ServerEvents, User, Data>>,
  ) {
    this.#options = options;
    this.#hub = hub;
    this.#dispatcher = dispatcher;
    this.meter = new Meter(options.clock.now, options.measure);
  }

  /** Adds a handler for new clients. */
  onConnect(handler: ConnectHandler<ServerEvents, User, Data>): void {
    this.#connectHandlers = [...this.#connectHandlers, handler];
  }

  /** Adds a handler for clients that have gone. */
  onDisconnect(handler: DisconnectHandler<ServerEvents, User, Data>): void {
    this.#disconnectHandlers = [...this.#disconnectHandlers, handler];
  }

  /** Removes a handler for new clients. */
  offConnect(handler: ConnectHandler<ServerEvents, User, Data>): void {
    this.#connectHandlers = this.#connectHandlers.filter((each) => each !== handler);
  }

  /** Removes a handler for clients that have gone. */
  offDisconnect(handler: DisconnectHandler<ServerEvents, User, Data>): void {
    this.#disconnectHandlers = this.#disconnectHandlers.filter((each) => each !== handler);
  }

  /** See {@linkcode SessionHandler}. */
  welcome(client: Client<ServerEvents, User, Data>): WelcomeFields {
    return { ...this.#options.welcome(client), id: client.id };
  }

  /** See {@linkcode SessionHandler}. */
  connected(client: Client<ServerEvents, User, Data>): Promise<void> | void {
    this.#hub.add(client, this.#options.userId(client.user));
    if (this.#connectHandlers.length > 0) return this.#runConnectHandlers(client);
  }

  async #runConnectHandlers(client: Client<ServerEvents, User, Data>): Promise<void> {
    for (const handler of this.#connectHandlers) {
      if (this.#hub.get(client.id) === client) await handler(client);
    }
  }

  /** See {@linkcode SessionHandler}. */
  event(client: Client<ServerEvents, User, Data>, event: string, data: unknown): unknown {
    this.meter.handled();
    if (!this.meter.measures) return this.#dispatcher.run(client, event, data);
    return this.meter.measure(() => this.#dispatcher.run(client, event, data));
  }

  /** See {@linkcode SessionHandler}. */
  refused(error: EventError): void {
    this.meter.refused(error.code);
  }

  /** See {@linkcode SessionHandler}. */
  advise(error: EventError, event: string | undefined): string | undefined {
    const { rateLimit } = this.#options;
    return adviceOn(error, event, { rateLimit, events: this.#dispatcher.events });
  }

  /** See {@linkcode SessionHandler}. */
  disconnected(client: Client<ServerEvents, User, Data>, close: CloseInfo): void {
    if (this.#hub.get(client.id) !== client) return; // it was never welcomed
    this.#hub.remove(client);
    for (const handler of this.#disconnectHandlers) {
      contain(() => handler(client, close), (error) => this.failed(error, client, "disconnect"));
    }
  }

  /** See {@linkcode SessionHandler}. */
  failed(error: unknown, client: Client<ServerEvents, User, Data>, event: string): void {
    // What clients do not answer is their doing, and they could fill a log with it.
    if (error instanceof AckError) return;
    this.#options.onError(error, { client, event });
  }
}
