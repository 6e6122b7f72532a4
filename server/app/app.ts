/** The application: events with handlers, rooms, and who is connected. */

import { checkNumber } from "../../wire/option_checks.ts";
import { answerOf, contain } from "../contain.ts";
import { AppAcceptor } from "./acceptor.ts";
import type { AckOptions } from "./clients/acks.ts";
import type { AnyData, Client } from "./clients/client.ts";
import type { Middleware } from "./events/compose.ts";
import type { Guard } from "./admission_control.ts";
import {
  type CheckedHandlers,
  type EventHandlers,
  type EventOptions,
  type HandlerArguments,
  readHandler,
} from "./events/dispatcher.ts";
import { checkHandler } from "./events/handler_list.ts";
import type {
  AnyEvents,
  AppEvents,
  EventAnswers,
  EventData,
  EventName,
} from "../../wire/event_types.ts";
import type { ConnectHandler, DisconnectHandler } from "./lifecycle.ts";
import { addUp, Namespace } from "./namespace.ts";
import { inheritOptions, Namespaces } from "./namespaces.ts";
import {
  type AppOptions,
  type IdentifyingOptions,
  resolveAppOptions,
  type ResolvedAppOptions,
} from "./options.ts";
import { acceptor, type PeerAcceptor, type Servable } from "./peer.ts";
import type { RoomHandler } from "./room_options.ts";
import type { Position } from "./streams/position.ts";
import type { Nodes } from "./nodes/nodes.ts";
import { ScopedBroker } from "./streams/scoped_broker.ts";
import type { Presence } from "./presence/presence.ts";
import { makeParts, type SharedParts } from "./shared_parts.ts";
import type { EventSchema } from "./events/schema.ts";
import { promised } from "./promised.ts";
import type { NamespacesOptions } from "./temporary_namespaces.ts";
import { allClients } from "./clients/selection.ts";
import { Target } from "./clients/target.ts";

/** A collection has one type for what its namespaces send: those of `of` are cast to it. */
type AnyNamespace = Namespace<AnyEvents, unknown>;

/** The application that is the face of each namespace. */
const apps = new WeakMap<object, App>();

/** The parts that namespaces of a pattern share, by the options with which each is made. */
const sharedParts = new WeakMap<object, SharedParts<unknown>>();

/** Namespaces of one pattern, at a time. */
const defaultMaxNamespaces = 10_000;

/**
 * An application: what to do with the events of clients. `serve({ app })` runs it.
 *
 * @typeParam ClientEvents What clients send: a type that maps event names to data, or to functions
 * that tell the acknowledgement too; see {@linkcode EventData}.
 * @typeParam ServerEvents What the server sends, in the same way.
 * @typeParam User What `client.user` is.
 * @typeParam Data What `client.data` may hold.
 *
 * @example A room with an acknowledgement
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
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
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 *
 * const url = `ws://127.0.0.1:${server.addr.port}`;
 * await using ada = connect<ServerEvents, ClientEvents>(url);
 * const texts: string[] = [];
 * ada.on("note", ({ text }) => texts.push(text));
 * assertEquals(await ada.emitWithAck("note:add", { text: "Ahoy" }), { status: "ok" });
 * assertEquals(texts, ["Ahoy"]);
 * ```
 */
export class App<
  ClientEvents extends object = AnyEvents,
  ServerEvents extends object = AnyEvents,
  User = unknown,
  Data extends object = AnyData,
> implements Servable {
  readonly #options: ResolvedAppOptions<ServerEvents, User, Data>;
  readonly #namespace: Namespace<ServerEvents, User, Data>;
  readonly #given: AppOptions<ServerEvents, User, Data>;
  #namespaces: Namespaces<AnyNamespace>;

  /** The type of its events, for `connect<typeof app>` of the client library; there is no value. */
  declare readonly "~events": AppEvents<ClientEvents, ServerEvents>;

  /** Servers that serve it. */
  #servers = 0;

  /** The nodes that it runs on, for messages among servers; see {@linkcode Nodes}. */
  readonly nodes: Nodes;

  /**
   * Makes an application without events.
   *
   * @param options Authentication, limits, and error handlers.
   * @throws {TypeError} An option is not known, of a wrong type, or contradicts another.
   * @throws {RangeError} A limit is out of range.
   */
  constructor(options: IdentifyingOptions<ServerEvents, User, Data>);
  /**
   * Makes an application without events. Where its users have a type, options must say who they
   * are.
   *
   * @param options Limits, and where errors go.
   * @throws {RangeError} A limit is out of range.
   */
  constructor(
    ...options: undefined extends User ? [options?: AppOptions<ServerEvents, User, Data>]
      : [options: IdentifyingOptions<ServerEvents, User, Data>]
  );
  constructor(options: AppOptions<ServerEvents, User, Data> = {}) {
    this.#given = options;
    const resolved = resolveAppOptions(options);
    this.#options = resolved;
    // The cast: parts were made for the same options.
    const shared = sharedParts.get(options) as SharedParts<User> | undefined;
    const namespace = new Namespace(resolved, shared ?? makeParts(resolved));
    this.#namespace = namespace;
    this.nodes = namespace.nodes;
    this.#namespaces = new Namespaces(namespace as AnyNamespace);
    apps.set(namespace, this as App);
  }

  // ----- Handlers -----

  /**
   * Sets the handler of an event. Its result, or that of its promise, acknowledges the
   * event where the client asked for that; an {@linkcode EventError} that it throws is told to
   * the client, any other error is answered `INTERNAL` and goes to `onError`. A handler may be set
   * at any time; where its client goes meanwhile, it runs to its end, and what it sends is dropped.
   *
   * Without a schema the data is passed on as the client has sent it: the type is not checked.
   *
   * @param event Event name.
   * @param handler Handles one event; while its promise is pending, the client's next ones wait.
   * @returns The application.
   * @throws {TypeError} The event is reserved or has a handler already.
   *
   * @example An acknowledgement, and a refusal
   * ```ts
   * import { App, EventError, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const app = new App<{ divide: { by: number } }>();
   * app.on("divide", (_client, { by }) => {
   *   if (by === 0) throw new EventError("FORBIDDEN", "Not by zero");
   *   return 42 / by;
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await ada.emitWithAck("divide", { by: 2 }), 21);
   * await assertRejects(() => ada.emitWithAck("divide", { by: 0 }), Error, "FORBIDDEN");
   * ```
   */
  on<Name extends EventName<ClientEvents>>(
    event: Name,
    handler: EventHandlers<Client<ServerEvents, User, Data>, ClientEvents>[Name],
  ): this;
  /**
   * Sets the handler of an event behind a schema. Data that does not fit is answered
   * `INVALID_MESSAGE`.
   *
   * @param event Event name.
   * @param schema The schema of the data: a Standard Schema, as valibot, zod or arktype make it. It
   * may transform: clients send its input, and the handler gets its output.
   * @param handler Handles one event with data that fits.
   * @returns The application.
   * @throws {TypeError} The event is reserved or has a handler already.
   *
   * @example Data that is what its type says
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals, assertRejects } from "@std/assert";
   * import * as v from "valibot";
   *
   * const app = new App();
   * app.on("shout", v.object({ text: v.string() }), (_client, { text }) => text.toUpperCase());
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await ada.emitWithAck("shout", { text: "ahoy" }), "AHOY");
   * await assertRejects(() => ada.emitWithAck("shout", { text: 5 }), Error, "INVALID_MESSAGE");
   * ```
   */
  on<Name extends EventName<ClientEvents>, Input, Output>(
    event: Name,
    schema: EventSchema<EventData<ClientEvents>[Name], Input, Output>,
    handler: CheckedHandlers<Client<ServerEvents, User, Data>, ClientEvents, Output>[Name],
  ): this;
  /**
   * Sets the handler of an event with options.
   *
   * @param event Event name.
   * @param options How the event is handled.
   * @param handler Handles one event.
   * @returns The application.
   * @throws {TypeError} The event is reserved or has a handler already, or an option is not known.
   *
   * @example Events that need not wait for a search
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const found = Promise.withResolvers<string>();
   * app.on("search", { concurrent: true }, () => found.promise);
   * app.on("note", () => "noted");
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const search = ada.emitWithAck("search");
   * assertEquals(await ada.emitWithAck("note"), "noted");
   * found.resolve("an island");
   * assertEquals(await search, "an island");
   * ```
   */
  on<Name extends EventName<ClientEvents>>(
    event: Name,
    options: EventOptions,
    handler: EventHandlers<Client<ServerEvents, User, Data>, ClientEvents>[Name],
  ): this;
  /**
   * Sets the handler of an event with options and behind a schema.
   *
   * @param event Event name.
   * @param options How the event is handled.
   * @param schema The schema of the data.
   * @param handler Handles one event with data that fits.
   * @returns The application.
   * @throws {TypeError} The event is reserved or has a handler already, or an option is not known.
   *
   * @example Data that fits, and a handler that nobody waits for
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   * import * as v from "valibot";
   *
   * const app = new App();
   * app.on("search", { concurrent: true }, v.string(), async (_client, text) => {
   *   return await Promise.resolve(`an island called ${text}`);
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await ada.emitWithAck("search", "Gull"), "an island called Gull");
   * ```
   */
  on<Name extends EventName<ClientEvents>, Input, Output>(
    event: Name,
    options: EventOptions,
    schema: EventSchema<EventData<ClientEvents>[Name], Input, Output>,
    handler: CheckedHandlers<Client<ServerEvents, User, Data>, ClientEvents, Output>[Name],
  ): this;
  on<Output>(
    event: string,
    ...rest: HandlerArguments<Client<ServerEvents, User, Data>, Output>
  ): this {
    const { handler, options } = readHandler(rest);
    this.#namespace.dispatcher.on(event, handler, options);
    return this;
  }

  /**
   * Removes the handler of an event: from now on the event is answered `UNKNOWN_EVENT`. Running
   * handlers go on. Does nothing where there is no handler.
   *
   * @param event Event name.
   * @returns The application.
   *
   * @example A feature that ends
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const app = new App();
   * app.on("vote", () => "counted");
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await ada.emitWithAck("vote"), "counted");
   * app.off("vote");
   * await assertRejects(() => ada.emitWithAck("vote"), Error, "UNKNOWN_EVENT");
   * ```
   */
  off(event: EventName<ClientEvents>): this {
    this.#namespace.dispatcher.off(event);
    return this;
  }

  /**
   * Puts a middleware around every event, unknown ones too, inside those that are there. It sees
   * the data before a schema does; where it throws, the event is answered as if its handler had.
   *
   * @param middleware Calls `next` to go on.
   * @returns The application.
   *
   * @example Counting events, refused ones too
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const counts = new Map<string, number>();
   * app.use(async ({ event }, next) => {
   *   counts.set(event, (counts.get(event) ?? 0) + 1);
   *   await next();
   * });
   * app.on("ping", () => "pong");
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await ada.emitWithAck("ping"), "pong");
   * assertEquals(counts, new Map([["ping", 1]]));
   * ```
   */
  use(middleware: Middleware<Client<ServerEvents, User, Data>>): this {
    checkHandler(middleware, "use");
    this.#namespace.dispatcher.use(middleware);
    return this;
  }

  /**
   * Adds a handler for new clients; several run one after the other. Should one fail, the client is
   * closed with 1011, and `onError` is called.
   *
   * @param handler Called after the client was welcomed and before its first event.
   * @returns The application.
   *
   * @example A room for everybody's language
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect(async (client) => {
   *   const { searchParams } = new URL(client.request.url);
   *   await client.join(`language:${searchParams.get("language")}`);
   * });
   * app.on("rooms", (client) => [...client.rooms]);
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}/?language=eo`);
   * assertEquals(await ada.emitWithAck("rooms"), ["language:eo"]);
   * ```
   */
  onConnect(handler: ConnectHandler<ServerEvents, User, Data>): this {
    checkHandler(handler, "onConnect");
    this.#namespace.lifecycle.connects.add(handler);
    return this;
  }

  /**
   * Adds a handler for clients that have gone.
   *
   * @param handler Called once for each client that was welcomed, as soon as it has gone; a handler
   * of its events may be waiting for something still.
   * @returns The application.
   *
   * @example Telling a room who has left it
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("deck"));
   * app.onDisconnect((client, { code }) => {
   *   for (const room of client.rooms) client.to(room).emit("left", { room, code });
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const left = new Promise((resolve) => ada.on("left", resolve));
   * await Promise.all([ada.ready(), bob.ready()]);
   * await bob.close();
   * assertEquals(await left, { room: "deck", code: 1000 });
   * ```
   */
  onDisconnect(handler: DisconnectHandler<ServerEvents, User, Data>): this {
    checkHandler(handler, "onDisconnect");
    this.#namespace.lifecycle.disconnects.add(handler);
    return this;
  }

  /**
   * Removes a handler that {@linkcode App.onConnect} added.
   *
   * @param handler The same function.
   * @returns The application.
   *
   * @example Greeting the first client only
   * ```ts
   * import { type AnyEvents, App, type ConnectHandler, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const greet: ConnectHandler<AnyEvents, unknown> = (client) => {
   *   app.offConnect(greet);
   *   client.data.isFirst = true;
   * };
   * app.onConnect(greet);
   * app.on("first?", (client) => client.data.isFirst ?? false);
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await ada.emitWithAck("first?"), true);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await bob.emitWithAck("first?"), false);
   * ```
   */
  offConnect(handler: ConnectHandler<ServerEvents, User, Data>): this {
    this.#namespace.lifecycle.connects.remove(handler);
    return this;
  }

  /**
   * Removes a handler that {@linkcode App.onDisconnect} added.
   *
   * @param handler The same function.
   * @returns The application.
   *
   * @example No news while the house is cleared
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const news: string[] = [];
   * const tell = () => void news.push("Somebody has left");
   * app.onDisconnect(tell);
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.ready();
   *
   * app.offDisconnect(tell);
   * const gone = new Promise<void>((resolve) => app.onDisconnect(() => resolve()));
   * app.broadcast.disconnect(1000, "Good night");
   * await gone;
   * assertEquals(news, []);
   * ```
   */
  offDisconnect(handler: DisconnectHandler<ServerEvents, User, Data>): this {
    this.#namespace.lifecycle.disconnects.remove(handler);
    return this;
  }

  /**
   * Adds a handler for clients that have joined a room, by themselves or by the application.
   *
   * @param handler Called when the client is in the room, and before it is sent what it has missed.
   * @returns The application.
   *
   * @example Telling the others of a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * app.onJoin((client, room) => client.to(room).emit("arrived", { id: client.id }));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const arrived = new Promise((resolve) => ada.on("arrived", resolve));
   * await ada.join("deck");
   * await bob.join("deck");
   * assertEquals(await arrived, { id: bob.id });
   * ```
   */
  onJoin(handler: RoomHandler<Client<ServerEvents, User, Data>>): this {
    checkHandler(handler, "onJoin");
    this.#namespace.lifecycle.joins.add(handler);
    return this;
  }

  /**
   * Adds a handler for clients that leave a room, or whose connection has ended.
   *
   * @param handler Called while the client is in the room still, once for each time that it was.
   * @returns The application.
   *
   * @example Telling the others of a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * app.onLeave((client, room) => client.to(room).emit("gone", { id: client.id }));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await Promise.all([ada.join("deck"), bob.join("deck")]);
   * const { id } = bob;
   * const gone = new Promise((resolve) => ada.on("gone", resolve));
   * await bob.close();
   * assertEquals(await gone, { id });
   * ```
   */
  onLeave(handler: RoomHandler<Client<ServerEvents, User, Data>>): this {
    checkHandler(handler, "onLeave");
    this.#namespace.lifecycle.leaves.add(handler);
    return this;
  }

  /**
   * Removes a handler that {@linkcode App.onJoin} added.
   *
   * @param handler The same function.
   * @returns The application.
   *
   * @example Until the room is full
   * ```ts
   * import { type AnyEvents, App, type Client, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * let members = 0;
   * function count(_client: Client<AnyEvents, unknown>, room: string): void {
   *   members = app.in(room).count;
   *   if (members === 2) app.offJoin(count);
   * }
   * app.onJoin(count);
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using eve = connect(`ws://127.0.0.1:${server.addr.port}`);
   * for (const client of [ada, bob, eve]) await client.join("deck");
   * assertEquals([members, app.in("deck").count], [2, 3]);
   * ```
   */
  offJoin(handler: RoomHandler<Client<ServerEvents, User, Data>>): this {
    this.#namespace.lifecycle.joins.remove(handler);
    return this;
  }

  /**
   * Removes a handler that {@linkcode App.onLeave} added.
   *
   * @param handler The same function.
   * @returns The application.
   *
   * @example No news while the room is cleared
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * const news: string[] = [];
   * const tell = () => void news.push("Somebody has left");
   * app.onLeave(tell);
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.join("deck");
   * app.offLeave(tell);
   * app.in("deck").leave("deck");
   * assertEquals([news, app.in("deck").count], [[], 0]);
   * ```
   */
  offLeave(handler: RoomHandler<Client<ServerEvents, User, Data>>): this {
    this.#namespace.lifecycle.leaves.remove(handler);
    return this;
  }

  /**
   * Adds a guard, which decides about each client between its sign-in and its welcome. Where a
   * client signs in by its first message, it is asked then, before `auth_ok`. Guards are asked one
   * after the other, those of the client's namespace only.
   *
   * @param guard Lets the client in by returning, or refuses it by throwing an `EventError`: before
   * an upgrade that is answered 401, 403, 429 or 503, else the connection is closed with 1008. Any
   * other error is answered 500 or 1011, and goes to `onError`.
   * @returns The application.
   *
   * @example Nobody under a ban
   * ```ts
   * import { App, EventError, fallback, serve } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const banned = new Set(["192.0.2.1", "127.0.0.1"]);
   * const app = new App();
   * app.guard(({ remoteAddress }) => {
   *   if (banned.has(remoteAddress)) throw new EventError("FORBIDDEN", "You are banned");
   * });
   * const wires = [fallback()];
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app, wires });
   *
   * const response = await fetch(`http://127.0.0.1:${server.addr.port}/poll`);
   * assertEquals([response.status, (await response.json()).message], [403, "You are banned"]);
   * ```
   */
  guard(guard: Guard<User>): this {
    checkHandler(guard, "guard");
    this.#namespace.admission.guard(guard);
    return this;
  }

  // ----- Sending -----

  /**
   * Means the members of a room, or one client by its id.
   *
   * @param room Room name, or the id of one client.
   * @returns The target.
   *
   * @example A message to one client, by its id
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<{ whisper: { to: string; text: string } }>();
   * app.on("whisper", (_client, { to, text }) => app.to(to).emit("whispered", { text }));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const whispered = new Promise((resolve) => ada.on("whispered", resolve));
   * const { id } = await new Promise<{ id: string }>((resolve) => ada.on("welcome", resolve));
   * ada.emit("whisper", { to: id, text: "Note to self" });
   * assertEquals(await whispered, { text: "Note to self" });
   * ```
   */
  to(room: string): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.to(room);
  }

  /**
   * The same as {@linkcode App.to}, for where it reads better.
   *
   * @param room Room name.
   * @returns The target.
   *
   * @example How many are in a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("deck:enter", async (client) => {
   *   await client.join("deck");
   *   return app.in("deck").count;
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals(await ada.emitWithAck("deck:enter"), 1);
   * assertEquals(await bob.emitWithAck("deck:enter"), 2);
   * ```
   */
  in(room: string): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.to(room);
  }

  /**
   * Means the connections of a user, however many there are.
   *
   * @param userId The user's id, as the option `userId` tells it.
   * @returns The target.
   *
   * @example All the devices of a user
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ identify: () => ({ sub: "ada" }) });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using phone = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using laptop = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const rung = [phone, laptop].map((each) => new Promise((resolve) => each.on("ring", resolve)));
   * await Promise.all([phone.ready(), laptop.ready()]);
   *
   * app.toUser("ada").emit("ring", { from: "Bob" });
   * assertEquals(await Promise.all(rung), [{ from: "Bob" }, { from: "Bob" }]);
   * ```
   */
  toUser(userId: string): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.toUser(userId);
  }

  /**
   * One client, on whichever node it is connected.
   *
   * @param id The client's id.
   * @returns The target.
   *
   * @example A message for one client
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const call = new Promise((resolve) => ada.on("call", resolve));
   * await ada.ready();
   * app.toClient(ada.id!).emit("call", { from: "the bridge" });
   * assertEquals(await call, { from: "the bridge" });
   * ```
   */
  toClient(id: string): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.toClient(id);
  }

  /**
   * Means everybody but one client, or but the members of a room.
   *
   * @param name The client's id, or the room's name.
   * @returns The target.
   *
   * @example Everybody who is not busy
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("busy", (client) => void client.join("busy"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await bob.ready();
   * await ada.emitWithAck("busy");
   * bob.on("game?", () => "Bob plays");
   * assertEquals(await app.except("busy").emitWithAck("game?", {}), ["Bob plays"]);
   * ```
   */
  except(name: string): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.except(name);
  }

  /** Everybody. */
  get broadcast(): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return new Target(this.#namespace.clientContext, allClients);
  }

  /** Everybody but those who read too slowly; see {@linkcode Target.volatile}. */
  get volatile(): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.volatile;
  }

  /** Everybody on this node. */
  get local(): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.local;
  }

  /**
   * Sends an event to everybody who is connected at the moment. It never waits for a slow client.
   *
   * @param event Event name.
   * @param data The data of the event.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   *
   * @example A notice to all
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<object, { notice: { text: string } }>();
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const notice = new Promise((resolve) => ada.on("notice", resolve));
   * await ada.ready();
   *
   * app.emit("notice", { text: "Back in a minute" });
   * assertEquals(await notice, { text: "Back in a minute" });
   * ```
   */
  emit<Name extends EventName<ServerEvents>>(
    event: Name,
    data: EventData<ServerEvents>[Name],
  ): void {
    this.broadcast.emit(event, data);
  }

  /**
   * Sends an event to everybody and collects the acknowledgements, as
   * {@linkcode Target.emitWithAck} does.
   *
   * @param event Event name.
   * @param data The data of the event.
   * @param options How long to wait.
   * @returns The answers, unchecked, in the order in which they came; empty where nobody is
   * connected. Rejects as that does.
   *
   * @example Which versions are out there
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * ada.on("version", () => "1.4.2");
   * await ada.ready();
   * assertEquals(await app.emitWithAck("version", {}, { timeout: 1_000 }), ["1.4.2"]);
   * ```
   */
  emitWithAck<Name extends EventName<ServerEvents>>(
    event: Name,
    data: EventData<ServerEvents>[Name],
    options?: AckOptions,
  ): Promise<EventAnswers<ServerEvents>[Name][]> {
    return this.broadcast.emitWithAck(event, data, options);
  }

  /**
   * Publishes an event as the next message of a room's stream: it is stored, gets a number, and
   * goes to the members, in the order of the calls. A client that joins later with a position gets
   * it too. The number goes beside the data, which arrives as it was given.
   *
   * @param room Room name.
   * @param event Event name.
   * @param data The data of the event: any JSON value, bytes anywhere in it.
   * @returns The message's position, once it has been handed out. Rejects where it could not be
   * stored, with a TypeError where the name is reserved or the data cannot be encoded, and with an
   * {@linkcode EventError} where the room's name is not allowed; then nobody gets it.
   *
   * @example Messages with numbers
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("news"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const headline = new Promise((resolve) => ada.on("headline", resolve));
   * await ada.ready();
   *
   * const { seq } = await app.publish("news", "headline", { text: "Land in sight" });
   * assertEquals(seq, 1);
   * assertEquals(await headline, { text: "Land in sight" });
   * ```
   */
  publish<Name extends EventName<ServerEvents>>(
    room: string,
    event: Name,
    data: EventData<ServerEvents>[Name],
  ): Promise<Position> {
    return promised("app.publish()", () => this.#namespace.publish(room, event, data));
  }

  // ----- Namespaces -----

  /**
   * Gives a namespace: an application of its own, with its own handlers, middleware, rooms and
   * clients. Served under `path: "/ws"`, `/admin` is found at `/ws/admin`. The first call makes it.
   *
   * @param name Such as `/admin`; `/` is the application itself.
   * @param options Options that differ from the application's own. Those that identify clients
   * (`auth`, `identify`) are taken over together or not at all; history and presence are always the
   * namespace's own.
   * @returns The namespace.
   * @throws {TypeError} The name is not allowed, or options are given for one that exists.
   *
   * @example A namespace for the staff
   * ```ts
   * import { App } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const admin = app.of("/admin", {
   *   auth: {
   *     verify: (token) => Promise.resolve(token === "s3cr3t" ? { user: "staff" } : undefined),
   *   },
   * });
   * admin.on("restart", () => app.emit("notice", { text: "Back in a minute" }));
   * assertEquals(app.of("/admin") === admin, true);
   * ```
   */
  of<
    ClientEvents extends object = AnyEvents,
    ServerEvents extends object = AnyEvents,
    User = unknown,
    Data extends object = AnyData,
  >(
    name: string,
    options?: AppOptions<ServerEvents, User, Data>,
  ): App<ClientEvents, ServerEvents, User, Data> {
    const found = this.#namespaces.get(name);
    const existing = found && apps.get(found);
    if (existing !== undefined && options === undefined) {
      // The cast: only this class adds, and the types of events are the caller's word.
      return existing as App<ClientEvents, ServerEvents, User, Data>;
    }
    const { broker } = this.#options;
    const shared = broker && { broker: new ScopedBroker(broker, name) };
    const inherited = inheritOptions(options ?? {}, { ...this.#given, ...shared });
    const namespace = new App<ClientEvents, ServerEvents, User, Data>(
      // The cast: who clients are is said there, or by the application.
      inherited as IdentifyingOptions<ServerEvents, User, Data>,
    );
    this.#namespaces.add(name, namespace.#namespace as AnyNamespace);
    namespace.#namespaces = this.#namespaces;
    return namespace;
  }

  /**
   * Lets clients ask for namespaces by pattern. One is made when its first client asks for it, and
   * dropped, with its history, when its last client has gone. Where a name fits several patterns,
   * the one that was given first counts; a namespace of {@linkcode App.of} comes before all.
   * Attempts to sign in and the rates of messages and connects are counted for all namespaces of a
   * pattern together; other limits are those of each.
   *
   * @param pattern Fits whole names: a regular expression, which should begin with `^` and end with
   * `$`, or a predicate, which must answer at once. A name has at most 256 characters.
   * @param setUp Gives a new namespace its handlers. Called before its first client is admitted.
   * @param options As for {@linkcode App.of}, and `maxNamespaces`: how many there may be at a time,
   * by default 10,000. A client that asks for one more is refused as `UNAVAILABLE`.
   * @returns The application.
   * @throws {TypeError} The pattern or an option is not allowed.
   * @throws {RangeError} A limit is out of range.
   *
   * @example A namespace for each document
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.namespaces(/^\/document-\d+$/, (namespace, name) => {
   *   namespace.on("where", () => name);
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws/document-7`);
   * assertEquals(await client.emitWithAck("where"), "/document-7");
   * ```
   */
  namespaces<
    ClientEvents extends object = AnyEvents,
    ServerEvents extends object = AnyEvents,
    User = unknown,
    Data extends object = AnyData,
  >(
    pattern: RegExp | ((name: string) => boolean),
    setUp: (namespace: App<ClientEvents, ServerEvents, User, Data>, name: string) => void,
    options: AppOptions<ServerEvents, User, Data> & NamespacesOptions = {},
  ): this {
    const { maxNamespaces = defaultMaxNamespaces, ...own } = options;
    checkPattern(pattern, setUp, maxNamespaces);
    const { broker } = this.#options;
    const inherited = inheritOptions<AppOptions<ServerEvents, User, Data>>(own, this.#given);
    const parts = makeParts(resolveAppOptions(inherited));
    this.#namespaces.addPattern({
      pattern,
      maxNamespaces,
      make: (name) => {
        const scoped = broker && { broker: new ScopedBroker(broker, name) };
        const given = { ...inherited, ...scoped };
        sharedParts.set(given, parts);
        const namespace = new App<ClientEvents, ServerEvents, User, Data>(
          // The cast: who clients are is said there, or by the application.
          given as IdentifyingOptions<ServerEvents, User, Data>,
        );
        namespace.#namespaces = this.#namespaces;
        answerOf("namespaces", () => setUp(namespace, name));
        return namespace.#namespace as AnyNamespace;
      },
      ended: (namespace) => {
        // At once: a client may ask for it again, and then its scope must be free.
        contain(
          () => Promise.all([namespace.leaveBroker(), namespace.close()]),
          namespace.errors.broker,
        );
      },
      connecting: (remoteAddress) => parts.connects?.check(remoteAddress),
      stats: (namespaces) => addUp(namespaces, parts),
    });
    return this;
  }

  // ----- Clients -----

  /**
   * Finds a client that was let in.
   *
   * @param id Its id, which it is told by `welcome`.
   * @returns The client, or `undefined` when it is not connected to this server.
   *
   * @example A client whose id came by another way
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const { id } = await new Promise<{ id: string }>((resolve) => ada.on("welcome", resolve));
   * assertEquals(app.client(id)?.remoteAddress, "127.0.0.1");
   * assertEquals(app.client("nobody"), undefined);
   * ```
   */
  client(id: string): Client<ServerEvents, User, Data> | undefined {
    return this.#namespace.hub.get(id);
  }

  /**
   * Lists the users who are online, or in a room. A user that has lost its last connection is
   * listed until the grace time is over.
   *
   * @param room Room name; none means all who are online.
   * @param limit How many at the most; by default 1,000.
   * @returns The ids of users, each once, in no order. Rejects with a TypeError where the
   * application has no `presence`.
   *
   * @example Who is online, and who is on deck
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ presence: true, identify: () => ({ id: "ada" }) });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.ready();
   * assertEquals([await app.users(), await app.users("deck")], [["ada"], []]);
   * app.toUser("ada").join("deck");
   * assertEquals(await app.users("deck", 100), ["ada"]);
   * ```
   */
  async users(room = "", limit = 1_000): Promise<string[]> {
    return await this.#presence("list users").users(room, limit);
  }

  /**
   * Counts the users who are online, or in a room, as {@linkcode App.users} lists them.
   *
   * @param room Room name; none means all who are online.
   * @returns How many there are: users, not connections. Rejects as that does.
   *
   * @example Two connections are one user
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ presence: true, identify: () => ({ id: "ada" }) });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using phone = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using laptop = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await Promise.all([phone.ready(), laptop.ready()]);
   * assertEquals([app.size, await app.countUsers()], [2, 1]);
   * ```
   */
  async countUsers(room = ""): Promise<number> {
    return await this.#presence("count users").count(room);
  }

  #presence(action: string): Presence {
    const { presence } = this.#namespace;
    if (presence === undefined) throw new TypeError(`Cannot ${action}: presence is off`);
    return presence;
  }

  /** How many clients are connected to this server. */
  get size(): number {
    return this.#namespace.size;
  }

  /**
   * Begins to connect to the broker; called by `serve`. Errors go to `onError`.
   *
   * @example A server of your own wires
   * ```ts
   * import { App } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * await using app = new App();
   * app.start();
   * assertEquals(app.nodes.list().length, 1);
   * ```
   */
  start(): void {
    if (++this.#servers > 1) return;
    this.#namespace.start();
  }

  /**
   * Takes users offline who are away, where no client is left, and closes the broker with its
   * history and presence; called by `serve` when it has shut down. Where several servers serve the
   * application, the last one does this.
   *
   * @returns Resolves when the stores have taken all changes. Rejects where one cannot be closed.
   *
   * @example The end of a grace time
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ presence: { grace: 60_000 }, identify: () => ({ id: "ada" }) });
   * const server = serve({ port: 0, hostname: "127.0.0.1", app });
   * const ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.ready();
   * const gone = new Promise<void>((resolve) => app.onDisconnect(() => resolve()));
   * await ada.close();
   * await gone;
   * assertEquals(await app.users(), ["ada"]);
   * await server.shutdown();
   * assertEquals(await app.users(), []);
   * ```
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (--this.#servers > 0) return;
    this.#servers = 0;
    const all = [...this.#namespaces.all()];
    for (const namespace of all) await namespace.leaveBroker();
    for (const namespace of all) await namespace.close();
  }

  // ----- For wires -----

  /** Takes in its clients and those of its namespaces; for wires. */
  get [acceptor](): PeerAcceptor {
    return new AppAcceptor(this.#options.clock, this.#namespace, this.#namespaces, {
      publish: (room, event, data) => this.#namespace.publish(room, event, data),
      emitToUser: (user, event, data) => {
        // The cast: what comes by a wire has no type.
        this.toUser(user).emit(event as EventName<ServerEvents>, data as never);
      },
      broker: () => this.#namespace.broker.figures(),
      watchBroker: (watcher) => this.#namespace.broker.watch(watcher),
      start: () => this.start(),
      end: () => this[Symbol.asyncDispose](),
    });
  }
}

function checkPattern(pattern: unknown, setUp: unknown, maxNamespaces: number): void {
  if (!(pattern instanceof RegExp) && typeof pattern !== "function") {
    throw new TypeError("Cannot make namespaces: pattern must be a RegExp or a function");
  }
  if (typeof setUp !== "function") {
    throw new TypeError("Cannot make namespaces: there is no function that sets them up");
  }
  checkNumber("maxNamespaces", maxNamespaces, { least: 1 });
}
