/** What happens to every client from its welcome to its end. */

import { contain } from "../contain.ts";
import type { CloseInfo } from "../types.ts";
import { AckError } from "./clients/acks.ts";
import { adviceOn } from "./limits/advice.ts";
import type { AnyData, Client } from "./clients/client.ts";
import type { Dispatcher } from "./events/dispatcher.ts";
import { EventError } from "./events/errors.ts";
import type { Hub, HubObserver } from "./clients/hub.ts";
import type { RoomLimits } from "./clients/room_limits.ts";
import { Meter } from "./stats/meter.ts";
import type { ResolvedAppOptions } from "./options.ts";
import type { WelcomeFields } from "./peer.ts";
import { checkFields, type RoomHandler } from "./room_options.ts";
import type { JoinFrom } from "./streams/position.ts";
import type { JoinFields } from "./clients/room_entry.ts";
import type { SessionHandler } from "./clients/session.ts";

/**
 * Called when a client has connected and was welcomed; the client's events wait for its promise.
 * Where it fails, the client is closed with 1011.
 *
 * @typeParam ServerEvents What the server sends.
 * @typeParam User What `client.user` is.
 * @param client The client.
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
 */
export type DisconnectHandler<ServerEvents extends object, User, Data extends object = AnyData> = (
  client: Client<ServerEvents, User, Data>,
  close: CloseInfo,
) => Promise<void> | void;

/** Joins sessions to the handlers of an application, and contains what goes wrong in them. */
export class Lifecycle<ServerEvents extends object, User, Data extends object = AnyData>
  implements
    SessionHandler<Client<ServerEvents, User, Data>>,
    HubObserver<Client<ServerEvents, User, Data>> {
  readonly #options: ResolvedAppOptions<ServerEvents, User, Data>;
  readonly #hub: Hub<Client<ServerEvents, User, Data>>;
  readonly #limits: RoomLimits<Client<ServerEvents, User, Data>>;
  readonly #dispatcher: Dispatcher<Client<ServerEvents, User, Data>>;
  /** Replaced as a whole, so that handlers may come and go while they run. */
  #connectHandlers: readonly ConnectHandler<ServerEvents, User, Data>[] = [];
  #disconnectHandlers: readonly DisconnectHandler<ServerEvents, User, Data>[] = [];
  #joinHandlers: readonly RoomHandler<Client<ServerEvents, User, Data>>[] = [];
  #leaveHandlers: readonly RoomHandler<Client<ServerEvents, User, Data>>[] = [];
  /** What it counts. */
  readonly meter: Meter;

  constructor(
    options: ResolvedAppOptions<ServerEvents, User, Data>,
    hub: Hub<Client<ServerEvents, User, Data>>,
    limits: RoomLimits<Client<ServerEvents, User, Data>>,
    dispatcher: Dispatcher<Client<ServerEvents, User, Data>>,
    meter: Meter = new Meter(options.clock.now, options.measure),
  ) {
    this.#options = options;
    this.#hub = hub;
    this.#limits = limits;
    this.#dispatcher = dispatcher;
    this.meter = meter;
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

  /** Adds a handler for clients that have joined a room. */
  onJoin(handler: RoomHandler<Client<ServerEvents, User, Data>>): void {
    this.#joinHandlers = [...this.#joinHandlers, handler];
  }

  /** Adds a handler for clients that leave a room. */
  onLeave(handler: RoomHandler<Client<ServerEvents, User, Data>>): void {
    this.#leaveHandlers = [...this.#leaveHandlers, handler];
  }

  /** Removes a handler for clients that have joined a room. */
  offJoin(handler: RoomHandler<Client<ServerEvents, User, Data>>): void {
    this.#joinHandlers = this.#joinHandlers.filter((each) => each !== handler);
  }

  /** Removes a handler for clients that leave a room. */
  offLeave(handler: RoomHandler<Client<ServerEvents, User, Data>>): void {
    this.#leaveHandlers = this.#leaveHandlers.filter((each) => each !== handler);
  }

  welcome(client: Client<ServerEvents, User, Data>): WelcomeFields {
    return { ...this.#options.welcome(client), id: client.id };
  }

  connected(client: Client<ServerEvents, User, Data>): Promise<void> | void {
    this.#hub.add(client, this.#options.userId(client.user));
    if (this.#connectHandlers.length > 0) return this.#runConnectHandlers(client);
  }

  async #runConnectHandlers(client: Client<ServerEvents, User, Data>): Promise<void> {
    for (const handler of this.#connectHandlers) {
      if (this.#hub.get(client.id) === client) await handler(client);
    }
  }

  event(client: Client<ServerEvents, User, Data>, event: string, data: unknown): unknown {
    this.meter.handled();
    if (!this.meter.measures) return this.#dispatcher.run(client, event, data);
    return this.meter.measure(() => this.#dispatcher.run(client, event, data));
  }

  // ----- Rooms -----

  /**
   * See {@linkcode SessionHandler}.
   *
   * @throws {unknown} What the option `rooms` throws.
   */
  mayJoin(client: Client<ServerEvents, User, Data>, room: string): JoinFields {
    const { mayJoin } = this.#options;
    this.#limits.checkName(room);
    if (mayJoin === undefined) {
      throw new EventError(
        "FORBIDDEN",
        "Clients cannot join rooms by themselves here: the App has no option rooms",
      );
    }
    return mayJoin(client, room);
  }

  async enter(
    client: Client<ServerEvents, User, Data>,
    room: string,
    from: JoinFrom | undefined,
    fields: Awaited<JoinFields>,
  ): Promise<void> {
    const isNew = !client.rooms.has(room);
    let isTold = false;
    try {
      checkFields(fields);
      await client.join(room, from, (joined) => {
        client.joined(room, fields === undefined ? joined : { ...joined, fields });
        isTold = true;
      });
      // Each join has an answer.
      if (!isTold) throw new EventError("FORBIDDEN", "Taken out of the room");
    } catch (error) {
      // A client that was not told that it is in the room must not stay there.
      if (isNew) client.leave(room);
      throw error;
    }
  }

  leave(client: Client<ServerEvents, User, Data>, room: string): void {
    client.leave(room);
  }

  entered(room: string, client: Client<ServerEvents, User, Data>): void {
    if (room === "") return;
    for (const handler of this.#joinHandlers) {
      contain(() => handler(client, room), (error) => this.failed(error, client, "join"));
    }
  }

  leaving(room: string, client: Client<ServerEvents, User, Data>, hasEnded: boolean): void {
    if (room === "") return;
    if (!hasEnded) client.left(room);
    for (const handler of this.#leaveHandlers) {
      contain(() => handler(client, room), (error) => this.failed(error, client, "leave"));
    }
  }

  isConcurrent(event: string): boolean {
    return this.#dispatcher.isConcurrent(event);
  }

  refused(error: EventError): void {
    this.meter.refused(error.code);
  }

  advise(error: EventError, event: string | undefined): string | undefined {
    const { rateLimit, mayJoin } = this.#options;
    const { events } = this.#dispatcher;
    return adviceOn(error, event, { rateLimit, events, clientsJoin: mayJoin !== undefined });
  }

  disconnected(client: Client<ServerEvents, User, Data>, close: CloseInfo): void {
    if (this.#hub.get(client.id) !== client) return; // it was never welcomed
    this.#hub.remove(client);
    for (const handler of this.#disconnectHandlers) {
      contain(() => handler(client, close), (error) => this.failed(error, client, "disconnect"));
    }
  }

  failed(
    error: unknown,
    client: Client<ServerEvents, User, Data> | undefined,
    event: string,
  ): void {
    // What clients do not answer is their doing, and they could fill a log with it.
    if (error instanceof AckError) return;
    this.#options.onError(error, { client, event });
  }
}
