/** The application: events with handlers, rooms, and who is connected. */

import type { Admission, RequestInfo } from "../types.ts";
import type { AckOptions } from "./acks.ts";
import { AuthGate } from "./auth_gate.ts";
import { AuthSession } from "./auth_session.ts";
import { Client } from "./client.ts";
import type { Middleware } from "./compose.ts";
import { Dispatcher, type EventHandler, validated } from "./dispatcher.ts";
import type { AnyEvents, EventName } from "./events.ts";
import { Hub } from "./hub.ts";
import { type ConnectHandler, type DisconnectHandler, Lifecycle } from "./lifecycle.ts";
import { type AppOptions, resolveAppOptions, type ResolvedAppOptions } from "./options.ts";
import { Outgoing } from "./outgoing.ts";
import type { Peer, PeerAcceptor, Session } from "./peer.ts";
import type { Position } from "./position.ts";
import { RateLimits } from "./rate_limit.ts";
import type { StandardSchema } from "./schema.ts";
import { PeerSession } from "./session.ts";
import { everybody } from "./selection.ts";
import { Target } from "./target.ts";

/**
 * An application: what to do with the events of clients. `serve({ app })` runs it.
 *
 * @typeParam ClientEvents What clients send: a type that maps event names to data.
 * @typeParam ServerEvents What the server sends.
 * @typeParam User What `client.user` is.
 *
 * @example A room with an acknowledgement
 * ```ts
 * import { App } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * interface ClientEvents {
 *   "note:add": { text: string };
 * }
 * interface ServerEvents {
 *   note: { from: string; text: string };
 * }
 *
 * const app = new App<ClientEvents, ServerEvents>();
 * app.onConnect((client) => {
 *   client.join("notes");
 * });
 * app.on("note:add", (client, { text }) => {
 *   app.to("notes").emit("note", { from: client.id, text });
 *   return { status: "ok" };
 * });
 * // serve({ port: 8080, app });
 * assertEquals(app.to("notes").count, 0);
 * ```
 */
export class App<
  ClientEvents extends object = AnyEvents,
  ServerEvents extends object = AnyEvents,
  User = unknown,
> implements PeerAcceptor {
  readonly #options: ResolvedAppOptions<ServerEvents, User>;
  readonly #hub: Hub<Client<ServerEvents, User>>;
  readonly #dispatcher = new Dispatcher<Client<ServerEvents, User>>();
  readonly #lifecycle: Lifecycle<ServerEvents, User>;
  readonly #gate: AuthGate<User> | undefined;
  readonly #rates: RateLimits | undefined;

  /**
   * Makes an application without events.
   *
   * @param options Who clients are, limits, and where errors go.
   * @throws {RangeError} A limit is out of range.
   */
  constructor(options: AppOptions<ServerEvents, User> = {}) {
    this.#options = resolveAppOptions(options);
    const { auth, clock, rateLimit } = this.#options;
    this.#hub = new Hub(this.#options, clock);
    this.#rates = rateLimit && new RateLimits(rateLimit);
    this.#lifecycle = new Lifecycle(this.#options, this.#hub, this.#dispatcher);
    this.#gate = auth && new AuthGate(auth, { clock });
  }

  // ----- Handlers -----

  /**
   * Sets the handler of an event. What it returns, or its promise resolves to, acknowledges the
   * event where the client asked for that; an {@linkcode EventError} that it throws is told to
   * the client, any other error is answered `INTERNAL` and goes to `onError`.
   *
   * Without a schema the data is whatever the client has sent: its type is a wish.
   *
   * @param event Event name.
   * @param handler Handles one event; while its promise is pending, the client's next ones wait.
   * @returns The application.
   * @throws {TypeError} The event is reserved or has a handler already.
   */
  on<Name extends EventName<ClientEvents>>(
    event: Name,
    handler: EventHandler<Client<ServerEvents, User>, ClientEvents[Name]>,
  ): this;
  /**
   * Sets the handler of an event behind a schema. Data that does not fit is answered
   * `INVALID_MESSAGE`.
   *
   * @param event Event name.
   * @param schema What the data must be: a Standard Schema, as valibot, zod or arktype make it.
   * @param handler Handles one event with data that fits.
   * @returns The application.
   * @throws {TypeError} The event is reserved or has a handler already.
   */
  on<Name extends EventName<ClientEvents>, Data extends ClientEvents[Name]>(
    event: Name,
    schema: StandardSchema<Data>,
    handler: EventHandler<Client<ServerEvents, User>, Data>,
  ): this;
  on<Data>(
    event: string,
    ...rest:
      | [handler: EventHandler<Client<ServerEvents, User>, never>]
      | [schema: StandardSchema<Data>, handler: EventHandler<Client<ServerEvents, User>, Data>]
  ): this {
    // The cast: without a schema, the data's type is the application's word.
    const handler = rest.length === 2
      ? validated(...rest)
      : rest[0] as EventHandler<Client<ServerEvents, User>, unknown>;
    this.#dispatcher.on(event, handler);
    return this;
  }

  /**
   * Puts a middleware around every event, inside those that are there.
   *
   * @param middleware Calls `next` to go on.
   * @returns The application.
   */
  use(middleware: Middleware<Client<ServerEvents, User>>): this {
    this.#dispatcher.use(middleware);
    return this;
  }

  /**
   * Adds a handler for new clients. Should it fail, the client is closed with 1011.
   *
   * @param handler Called after the client was welcomed and before its first event.
   * @returns The application.
   */
  onConnect(handler: ConnectHandler<ServerEvents, User>): this {
    this.#lifecycle.onConnect(handler);
    return this;
  }

  /**
   * Adds a handler for clients that have gone.
   *
   * @param handler Called once for each client that was welcomed.
   * @returns The application.
   */
  onDisconnect(handler: DisconnectHandler<ServerEvents, User>): this {
    this.#lifecycle.onDisconnect(handler);
    return this;
  }

  // ----- Sending -----

  /**
   * Means the members of a room.
   *
   * @param room Room name, or the id of one client.
   * @returns The target.
   */
  to(room: string): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.broadcast.to(room);
  }

  /**
   * The same as {@linkcode App.to}, for where it reads better.
   *
   * @param room Room name.
   * @returns The target.
   */
  in(room: string): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.to(room);
  }

  /**
   * Means the connections of a user.
   *
   * @param userId The user's id, as the option `userId` tells it.
   * @returns The target.
   */
  toUser(userId: string): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.broadcast.toUser(userId);
  }

  /**
   * Means everybody but one client, or but the members of a room.
   *
   * @param name The client's id, or the room's name.
   * @returns The target.
   */
  except(name: string): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.broadcast.except(name);
  }

  /** Everybody. */
  get broadcast(): Target<ServerEvents, Client<ServerEvents, User>> {
    return new Target(this.#hub, everybody);
  }

  /** Everybody but those who read too slowly; see {@linkcode Target.volatile}. */
  get volatile(): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.broadcast.volatile;
  }

  /** Everybody on this node. */
  get local(): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.broadcast.local;
  }

  /**
   * Sends an event to everybody.
   *
   * @param event Event name.
   * @param data What the event carries.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   */
  emit<Name extends EventName<ServerEvents>>(event: Name, data: ServerEvents[Name]): void {
    this.broadcast.emit(event, data);
  }

  /**
   * Sends an event to everybody and collects the acknowledgements, as
   * {@linkcode Target.emitWithAck} does.
   *
   * @param event Event name.
   * @param data What the event carries.
   * @param options How long to wait.
   * @returns The answers, unchecked, in the order in which they came.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   * @throws {RangeError} The timeout is out of range.
   */
  emitWithAck<Name extends EventName<ServerEvents>>(
    event: Name,
    data: ServerEvents[Name],
    options?: AckOptions,
  ): Promise<unknown[]> {
    return this.broadcast.emitWithAck(event, data, options);
  }

  /**
   * Sends an event to a room as the next message of its stream: the data gets a `seq`.
   *
   * @param room Room name.
   * @param event Event name.
   * @param data What the event carries, but for `seq`.
   * @returns The message's position. The event has been sent when the promise is returned.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   */
  publish<Name extends EventName<ServerEvents>>(
    room: string,
    event: Name,
    data: Omit<ServerEvents[Name], "seq">,
  ): Promise<Position> {
    const position = this.#hub.positions.next(room);
    const message = { ...data, seq: position.seq };
    const outgoing = new Outgoing(event, message, undefined, { room, ...position });
    for (const client of this.to(room).clients()) client.send(outgoing);
    return Promise.resolve(position);
  }

  // ----- Clients -----

  /**
   * Finds a client.
   *
   * @param id Its id.
   * @returns The client, or `undefined` when it is not connected to this server.
   */
  client(id: string): Client<ServerEvents, User> | undefined {
    return this.#hub.get(id);
  }

  /** How many clients are connected to this server. */
  get size(): number {
    return this.#hub.size;
  }

  /**
   * Decides about an upgrade request, by its token; called by wires.
   *
   * @param request The request.
   * @param info Who asks.
   * @returns The response that refuses it, or what to hand over to {@linkcode App.accept}.
   * @throws {unknown} What the authenticator rejects with.
   */
  admit(request: Request, info: RequestInfo): Promise<Response | Admission> {
    return this.#gate?.admit(request, info) ?? Promise.resolve({});
  }

  /**
   * Takes in a peer; called by wires.
   *
   * @param peer The client's endpoint.
   * @returns Where the wire reports what the client does.
   * @throws {unknown} Whatever `identify` has thrown.
   */
  accept(peer: Peer): Session {
    const { identify } = this.#options;
    const gate = this.#gate;
    // The cast: nobody sees a client before it is authenticated.
    const identity = { user: gate === undefined ? identify(peer) : undefined as User };
    const client = new Client<ServerEvents, User>(peer, identity, this.#hub);
    const rate = this.#rates?.limiter(client);
    const session = new PeerSession(peer, client, this.#lifecycle, rate);
    if (gate === undefined) return session;
    const failed = (error: unknown) => this.#lifecycle.failed(error, client, "auth");
    return new AuthSession(peer, session, { gate, client, identity, failed });
  }
}
