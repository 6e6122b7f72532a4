/** The life of every client, from its welcome to its end. */

import { contain } from "../contain.ts";
import type { CloseInfo } from "../types.ts";
import { adviceOn } from "./limits/advice.ts";
import type { AnyData, Client } from "./clients/client.ts";
import type { Dispatcher } from "./events/dispatcher.ts";
import type { LoggedPlace } from "./events/error_log.ts";
import type { ErrorReporter } from "./events/error_reporter.ts";
import { EventError } from "./events/errors.ts";
import { HandlerList } from "./events/handler_list.ts";
import type { Hub, HubObserver, Member } from "./clients/hub.ts";
import type { RoomLimits } from "./clients/room_limits.ts";
import type { Meter } from "./stats/meter.ts";
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

/** The parts that a {@linkcode Lifecycle} works with. */
export interface LifecycleContext<C extends Member> {
  readonly hub: Hub<C>;
  readonly limits: RoomLimits<C>;
  readonly dispatcher: Dispatcher<C>;
  readonly errors: ErrorReporter<C & NonNullable<LoggedPlace["client"]>>;
  readonly meter: Meter;
}

/** Joins sessions to the handlers of an application, and contains what goes wrong in them. */
export class Lifecycle<ServerEvents extends object, User, Data extends object = AnyData>
  implements
    SessionHandler<Client<ServerEvents, User, Data>>,
    HubObserver<Client<ServerEvents, User, Data>> {
  readonly #options: ResolvedAppOptions<ServerEvents, User, Data>;
  readonly #hub: Hub<Client<ServerEvents, User, Data>>;
  readonly #limits: RoomLimits<Client<ServerEvents, User, Data>>;
  readonly #dispatcher: Dispatcher<Client<ServerEvents, User, Data>>;
  readonly #errors: ErrorReporter<Client<ServerEvents, User, Data>>;
  readonly #meter: Meter;
  /** Handlers for new clients. */
  readonly connects = new HandlerList<ConnectHandler<ServerEvents, User, Data>>();
  /** Handlers for clients that have gone. */
  readonly disconnects = new HandlerList<DisconnectHandler<ServerEvents, User, Data>>();
  /** Handlers for clients that have joined a room. */
  readonly joins = new HandlerList<RoomHandler<Client<ServerEvents, User, Data>>>();
  /** Handlers for clients that leave a room. */
  readonly leaves = new HandlerList<RoomHandler<Client<ServerEvents, User, Data>>>();

  constructor(
    options: ResolvedAppOptions<ServerEvents, User, Data>,
    { hub, limits, dispatcher, errors, meter }: LifecycleContext<
      Client<ServerEvents, User, Data>
    >,
  ) {
    this.#options = options;
    this.#hub = hub;
    this.#limits = limits;
    this.#dispatcher = dispatcher;
    this.#errors = errors;
    this.#meter = meter;
  }

  welcome(client: Client<ServerEvents, User, Data>): WelcomeFields {
    return { ...this.#options.welcome(client), id: client.id };
  }

  connected(client: Client<ServerEvents, User, Data>): Promise<void> | void {
    this.#hub.add(client, this.#options.userId(client.user));
    if (this.connects.size > 0) return this.#runConnectHandlers(client);
  }

  async #runConnectHandlers(client: Client<ServerEvents, User, Data>): Promise<void> {
    for (const handler of this.connects) {
      if (this.#hub.get(client.id) === client) await handler(client);
    }
  }

  event(client: Client<ServerEvents, User, Data>, event: string, data: unknown): unknown {
    this.#meter.handled();
    if (!this.#meter.measures) return this.#dispatcher.run(client, event, data);
    return this.#meter.measure(() => this.#dispatcher.run(client, event, data));
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
      const added = this.#fieldsAdded(client, room);
      await client.join(room, from, (joined) => {
        const all = added === undefined ? fields : { ...fields, ...added.fields() };
        client.joined(room, all === undefined ? joined : { ...joined, fields: all });
        isTold = true;
      }, added?.ask);
      // Each join has an answer.
      if (!isTold) throw new EventError("FORBIDDEN", "Taken out of the room");
    } catch (error) {
      // A client that was not told that it is in the room must not stay there.
      if (isNew) client.leave(room);
      throw error;
    }
  }

  /** Fields of the option `rooms.joined`: asked first, then taken; its error is thrown there. */
  #fieldsAdded(
    client: Client<ServerEvents, User, Data>,
    room: string,
  ): { ask(): Promise<void>; fields(): Awaited<JoinFields> } | undefined {
    const { joinedFields } = this.#options;
    if (joinedFields === undefined) return undefined;
    let fields: () => Awaited<JoinFields> = () => undefined;
    return {
      async ask() {
        try {
          const answer = await joinedFields(client, room);
          checkFields(answer);
          fields = () => answer;
        } catch (error) {
          fields = () => {
            throw error;
          };
        }
      },
      fields: () => fields(),
    };
  }

  leave(client: Client<ServerEvents, User, Data>, room: string): void {
    client.leave(room);
  }

  entered(room: string, client: Client<ServerEvents, User, Data>): void {
    if (room === "") return;
    for (const handler of this.joins) {
      contain(() => handler(client, room), (error) => this.failed(error, client, "join"));
    }
  }

  leaving(room: string, client: Client<ServerEvents, User, Data>, hasEnded: boolean): void {
    if (room === "") return;
    if (!hasEnded) client.left(room);
    for (const handler of this.leaves) {
      contain(() => handler(client, room), (error) => this.failed(error, client, "leave"));
    }
  }

  isConcurrent(event: string): boolean {
    return this.#dispatcher.isConcurrent(event);
  }

  refused(error: EventError): void {
    this.#meter.refused(error.code);
  }

  advise(error: EventError, event: string | undefined): string | undefined {
    const { rateLimit, mayJoin } = this.#options;
    const { events } = this.#dispatcher;
    return adviceOn(error, event, { rateLimit, events, clientsJoin: mayJoin !== undefined });
  }

  disconnected(client: Client<ServerEvents, User, Data>, close: CloseInfo): void {
    if (this.#hub.get(client.id) !== client) return; // it was never welcomed
    this.#hub.remove(client);
    for (const handler of this.disconnects) {
      contain(() => handler(client, close), (error) => this.failed(error, client, "disconnect"));
    }
  }

  failed(error: unknown, client: Client<ServerEvents, User, Data>, event: string): void {
    this.#errors.report(error, client, event);
  }
}
