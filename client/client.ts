/**
 * The client of an application: events, acknowledgements and rooms over a connection that is made
 * again when it is lost.
 */

import type { AckOptions } from "./line/acks.ts";
import { ClientSession } from "./line/session.ts";
import { ClientError } from "./errors.ts";
import type {
  AnyEvents,
  EventAnswers,
  EventArguments,
  EventData,
  EventName,
} from "../wire/event_types.ts";
import { addListener, type Handler, type HandlerOf, type ReceivedEvents } from "./events.ts";
import type { Position } from "../wire/position.ts";
import { encodeEvent } from "./message.ts";
import { type Address, resolveAddress } from "./address.ts";
import { type ClientOptions, resolveOptions } from "./options.ts";
import type { SendResult } from "./line/outbox.ts";
import { checkJoinOptions, type Gap, type Joined, type JoinOptions } from "./rooms/rooms.ts";
import type { ClientState, StateChange } from "./state.ts";
import type { Data, TransportName } from "./transports/transport.ts";
import type { VolatileSender } from "./volatile_sender.ts";

/**
 * A client. It connects at once, and again whenever the connection is lost and another attempt is
 * worth it: by then it has a new token, joins its rooms where it left their streams, and sends what
 * has waited.
 *
 * Messages that were sent right before a connection was lost may be lost with it: use
 * {@linkcode HawserClient.emitWithAck} where that matters.
 *
 * @typeParam ServerEvents What the server sends: a type that maps event names to data.
 * @typeParam ClientEvents What the client sends. An event's type is what it carries, or a function
 * that takes this and returns the answer.
 *
 * @example A conversation with a server
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { HawserClient } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * interface ClientEvents {
 *   greet: { name: string };
 * }
 * interface ServerEvents {
 *   greeting: { text: string };
 * }
 *
 * const app = new App<ClientEvents, ServerEvents>();
 * app.on("greet", (client, { name }) => {
 *   client.emit("greeting", { text: `Hello, ${name}` });
 *   return { status: "ok" };
 * });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 *
 * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
 * await using client = new HawserClient<ServerEvents, ClientEvents>(url);
 * const texts: string[] = [];
 * client.on("greeting", ({ text }) => texts.push(text));
 * assertEquals(await client.emitWithAck("greet", { name: "Ada" }), { status: "ok" });
 * assertEquals(texts, ["Hello, Ada"]);
 * ```
 */
export class HawserClient<
  ServerEvents extends object = AnyEvents,
  ClientEvents extends object = AnyEvents,
> implements AsyncDisposable {
  readonly #session: ClientSession;

  /**
   * Makes a client, which connects at once.
   *
   * @param url Address of the server, or a function that gets it before each attempt: of any of ws,
   * wss, http and https. In a browser it may be relative, such as `/ws`.
   * @param options Settings of the client.
   * @throws {TypeError} The address or an option is wrong, or the runtime has no WebSocket.
   * @throws {RangeError} A number is out of range.
   */
  constructor(url: Address, options: ClientOptions = {}) {
    this.#session = new ClientSession(resolveAddress(url), resolveOptions(options));
    this.#session.connect();
  }

  // ----- Connection -----

  /** State of the client. */
  get state(): ClientState {
    return this.#session.connection.state;
  }

  /**
   * Id of this connection at the server. It comes with the server's `welcome`; `undefined` before,
   * and while there is no connection.
   */
  get id(): string | undefined {
    return this.#session.id;
  }

  /** Transport of the present connection; `undefined` where there is none. */
  get transport(): TransportName | undefined {
    return this.#session.connection.transport;
  }

  /** Bytes that the connection has not sent yet. */
  get bufferedAmount(): number {
    return this.#session.connection.bufferedAmount;
  }

  /**
   * Waits until the client is open: connected and, where it has a token, known to the server.
   *
   * @returns Resolves at once where it is open. Rejects with a {@linkcode ClientError} `CLOSED`
   * when the client closes instead; on one that is closed already it waits for `connect`.
   *
   * @example Waiting for the first connection
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: new App() });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * assertEquals(client.state, "connecting");
   * await client.ready();
   * assertEquals(client.state, "open");
   * ```
   */
  ready(): Promise<void> {
    if (this.state === "open") return Promise.resolve();
    if (this.#session.isAborted) {
      return Promise.reject(new ClientError("CLOSED", "Client is closed: its signal has aborted"));
    }
    return new Promise((resolve, reject) => {
      const stop = this.onState(({ state, close }) => {
        if (state !== "open" && state !== "closed") return;
        stop();
        if (state === "open") return resolve();
        reject(new ClientError("CLOSED", `Client is closed: ${close?.code} ${close?.reason}`));
      });
    });
  }

  /**
   * Connects now: instead of later, of the present connection, or of staying closed. Rooms are
   * joined again, where their streams were left.
   *
   * @example Coming back after a close
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: new App() });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * await client.ready();
   * await client.close();
   * assertEquals(client.state, "closed");
   * client.connect();
   * await client.ready();
   * assertEquals(client.state, "open");
   * ```
   */
  connect(): void {
    this.#session.connect();
  }

  /**
   * Presents a new token on the present connection, by an event `auth`; done by itself before a JWT
   * expires. The option `token` must be a function, or the same token is presented again.
   *
   * @returns Resolves when the token was sent; `auth_ok` says that it was accepted, and a close
   * that it was not. Rejects with what the function has thrown.
   *
   * @example After the user has got another role
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const verify = (token: string) => Promise.resolve({ user: token, subject: "ada" });
   * const app = new App<{ "who am I": null }, object, string>({ auth: { verify } });
   * app.on("who am I", ({ user }) => user);
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   *
   * let token = "sailor";
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`, { token: () => token });
   * await client.ready();
   * token = "captain";
   * await client.renew();
   * assertEquals(await client.emitWithAck("who am I"), "captain");
   * ```
   */
  renew(): Promise<void> {
    return this.#session.renew();
  }

  /**
   * Closes the connection for good. Queued messages are dropped, and promises reject with `CLOSED`.
   * The rooms are remembered, should the client be told to connect again.
   *
   * @param code Close code, 1000 or from 3000 to 4999, RFC 6455 §7.4. Over HTTP the server is not
   * told.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @returns Resolves when nothing is left of the connection, or after `closeTimeout`. Rejects with
   * a `RangeError`, and nothing changes, where the code or the reason is not allowed.
   *
   * @example Telling the server why
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const heard = Promise.withResolvers<unknown>();
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.on("close", heard.resolve);
   * });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}`, { idleTimeout: 0 });
   * await client.ready();
   * await client.close(4000, "Signed out");
   * assertEquals(await heard.promise, { code: 4000, reason: "Signed out", wasClean: true });
   * ```
   */
  close(code: number = 1000, reason: string = ""): Promise<void> {
    return this.#session.close(code, reason);
  }

  /** Closes it at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ----- Sending -----

  /**
   * Sends a message as it is; a server that speaks JSON wants {@linkcode HawserClient.emit}.
   *
   * @param data Text or bytes; these must not be changed while they wait.
   * @returns The outcome.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   * @throws {TypeError} These are bytes, and no transport carries them, or the present connection
   * does not; or it is neither text nor bytes. Bytes that wait for a connection which turns out not
   * to carry them are an error for `onError`.
   *
   * @example Bytes
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const heard = Promise.withResolvers<unknown>();
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.on("message", heard.resolve);
   * });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}`, { idleTimeout: 0 });
   * await client.ready();
   * assertEquals(client.send(new Uint8Array([1, 2, 3])), "sent");
   * assertEquals(await heard.promise, new Uint8Array([1, 2, 3]));
   * ```
   */
  send(data: Data): SendResult {
    return this.#session.sender.send(data);
  }

  /**
   * Sends an event.
   *
   * @param event Event name.
   * @param data Its data: anything that JSON carries, with bytes anywhere in it.
   * @returns The outcome.
   * @throws {TypeError} JSON cannot carry the data: the error says where, `data.list[3] is a Map`.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   *
   * @example An event that waits for the connection
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<{ say: { text: string } }>();
   * const heard = new Promise<string>((resolve) => {
   *   app.on("say", (_client, { text }) => resolve(text));
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * assertEquals(client.emit("say", { text: "Ahoy" }), "queued");
   * assertEquals(await heard, "Ahoy");
   * ```
   */
  emit<Name extends EventName<ClientEvents>>(
    event: Name,
    ...[data]: EventArguments<EventData<ClientEvents>[Name]>
  ): SendResult {
    return this.#session.sender.send(encodeEvent(event, data));
  }

  /**
   * Sends events that may be dropped, for data that the next event replaces anyway, such as a
   * cursor: without a connection, or while others are queued for it, an event is dropped.
   *
   * @example A pointer, while the client has yet to connect, and then
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<{ point: { x: number } }>();
   * const pointed = new Promise<number>((resolve) => {
   *   app.on("point", (_client, { x }) => resolve(x));
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const results = [client.volatile.emit("point", { x: 1 })];
   * await client.ready();
   * results.push(client.volatile.emit("point", { x: 2 }));
   * assertEquals([...results, await pointed], ["dropped", "sent", 2]);
   * ```
   */
  readonly volatile: VolatileSender<ClientEvents> = {
    emit: (event, ...[data]) => this.#session.sender.sendNow(encodeEvent(event, data)),
  };

  /**
   * Sends an event and waits for its acknowledgement, and for a connection where there is none.
   *
   * Over WebSocket, what the server has sent before it answered comes before the acknowledgement.
   * Over Server-Sent Events and long polling the two may arrive in either order, as they come in
   * two HTTP responses: do not take the acknowledgement for a sign that a message is there.
   *
   * @param event Event name.
   * @param data Its data.
   * @param options The timeout; 5 s by default.
   * @returns The answer of the server, unchecked. Its type is `unknown`, unless that of the event
   * is a function, such as `(x: number) => string`, which returns it. Rejects with a
   * {@linkcode ClientError}, of a timeout out of range with a `RangeError`, of data that cannot be
   * encoded or an option that is not known with a `TypeError`.
   *
   * @example An answer and a refusal
   * ```ts
   * import { App, EventError, serve } from "@hawser/ws";
   * import { ClientError, connect, ServerError } from "@hawser/ws/client";
   * import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
   *
   * const app = new App<{ root: number }>();
   * app.on("root", (_client, x) => {
   *   if (x < 0) throw new EventError("NO_ROOT", "It is negative");
   *   return Math.sqrt(x);
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<object, { root: (x: number) => number }>(url);
   * const root = await client.emitWithAck("root", 9);
   * assertEquals(root.toFixed(1), "3.0");
   * const { code, cause } = await assertRejects(() => client.emitWithAck("root", -9), ClientError);
   * assertInstanceOf(cause, ServerError);
   * assertEquals([code, cause.code], ["ACK_REFUSED", "NO_ROOT"]);
   * ```
   */
  emitWithAck<Name extends EventName<ClientEvents>>(
    event: Name,
    ...[data, options = {}]: EventArguments<EventData<ClientEvents>[Name], [options?: AckOptions]>
  ): Promise<EventAnswers<ClientEvents>[Name]> {
    const answer = this.#session.sender.ask(event, data, options);
    // The cast: the server's types are not checked, as its data is not.
    return answer as Promise<EventAnswers<ClientEvents>[Name]>;
  }

  // ----- Receiving -----

  /**
   * Adds a handler of an event that the server sends. Where the server wants an acknowledgement,
   * the handler's result, or what its promise resolves to, is the answer, of the type that the
   * event's may say; of several handlers, the
   * first that has one. A {@linkcode ServerError} that it throws is answered as an error.
   *
   * @param event Event name; `welcome`, `auth_ok` and `error` are the server's own.
   * @param handler Handles one event.
   * @returns The client.
   *
   * @example Answering what the server asks
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const answer = new Promise((resolve) => {
   *   app.onConnect((client) => void client.emitWithAck("add", { a: 1, b: 2 }).then(resolve));
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<{ add: { a: number; b: number } }>(url);
   * client.on("add", ({ a, b }) => a + b);
   * assertEquals(await answer, 3);
   * ```
   */
  on<Name extends EventName<ReceivedEvents<ServerEvents>>>(
    event: Name,
    handler: HandlerOf<ReceivedEvents<ServerEvents>, Name>,
  ): this {
    this.#session.handlers.add(event, handler as Handler<unknown>);
    return this;
  }

  /**
   * Adds a handler for the next event of its name only.
   *
   * @param event Event name.
   * @param handler Handles one event.
   * @returns The client.
   *
   * @example The first of several
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("count", (client) => {
   *   for (const n of [1, 2, 3]) client.emit("tick", { n });
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<{ tick: { n: number } }>(url);
   * const ticks: number[] = [];
   * client.once("tick", ({ n }) => ticks.push(n));
   * await client.emitWithAck("count");
   * assertEquals(ticks, [1]);
   * ```
   */
  once<Name extends EventName<ReceivedEvents<ServerEvents>>>(
    event: Name,
    handler: HandlerOf<ReceivedEvents<ServerEvents>, Name>,
  ): this {
    this.#session.handlers.add(event, handler as Handler<unknown>, true);
    return this;
  }

  /**
   * Removes a handler, however often it was added. Nothing happens where it was not.
   *
   * @param event Event name.
   * @param handler The same function.
   * @returns The client.
   *
   * @example A handler that is removed
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("count", (client) => {
   *   for (const n of [1, 2, 3]) client.emit("tick", { n });
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * const url = `ws://127.0.0.1:${server.addr.port}/ws`;
   * await using client = connect<{ tick: { n: number } }>(url);
   * const ticks: number[] = [];
   * client.on("tick", function hear({ n }): void {
   *   ticks.push(n);
   *   if (n === 2) client.off("tick", hear);
   * });
   * await client.emitWithAck("count");
   * assertEquals(ticks, [1, 2]);
   * ```
   */
  off<Name extends EventName<ReceivedEvents<ServerEvents>>>(
    event: Name,
    handler: HandlerOf<ReceivedEvents<ServerEvents>, Name>,
  ): this {
    this.#session.handlers.remove(event, handler as Handler<unknown>);
    return this;
  }

  /**
   * Listens to changes of state.
   *
   * @param listener Called for each change.
   * @returns A function that removes the listener.
   *
   * @example A line that shows where the client stands
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app: new App() });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const lines: string[] = [];
   * const stop = client.onState(({ state, transport = "nothing" }) => {
   *   lines.push(`${state} by ${transport}`);
   * });
   * await client.ready();
   * client.connect();
   * stop();
   * assertEquals(lines, ["open by websocket", "reconnecting by nothing"]);
   * ```
   */
  onState(listener: (change: StateChange) => void): () => void {
    return addListener(this.#session.listeners.state, listener);
  }

  /**
   * Listens to gaps: messages of a room were missed, and the server does not have them any more.
   *
   * @param listener Called after a reconnect, before the messages that follow the gap.
   * @returns A function that removes the listener.
   *
   * @example Loading a room anew
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: { join: true, history: { size: 1 } } });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const gap = new Promise((resolve) => client.onGap(resolve));
   * await client.join("harbour");
   * const since = client.position("harbour");
   * for (const client of app.broadcast.clients()) client.terminate(); // the connection is lost
   * for (const text of ["One", "Two"]) await app.publish("harbour", "said", { text });
   * assertEquals(await gap, { roomId: "harbour", since });
   * ```
   */
  onGap(listener: (gap: Gap) => void): () => void {
    return addListener(this.#session.listeners.gap, listener);
  }

  /**
   * Listens to messages that are none of the JSON wire: bytes, and other text.
   *
   * @param listener Called for each message.
   * @returns A function that removes the listener.
   *
   * @example Bytes and text of any server
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.send(new Uint8Array([1, 2, 3]));
   *   connection.send("That was all");
   * });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const sizes: number[] = [];
   * const text = await new Promise((resolve) => {
   *   client.onMessage((data) => {
   *     if (typeof data === "string") resolve(data);
   *     else sizes.push(data.byteLength);
   *   });
   * });
   * assertEquals([sizes, text], [[3], "That was all"]);
   * ```
   */
  onMessage(listener: (data: string | ArrayBuffer) => void): () => void {
    return addListener(this.#session.listeners.message, listener);
  }

  // ----- Rooms -----

  /** The rooms that the client is in, or wants to be in. */
  get rooms(): string[] {
    return this.#session.rooms.names;
  }

  /**
   * Returns the position of the client in a room's stream, from which it resumes after a reconnect.
   *
   * @param roomId Room name.
   * @returns The position of the last message; `undefined` where it is not known, as before the
   * server has let the client in.
   *
   * @example After a message
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const { seq, epoch } = await app.publish("harbour", "said", { text: "Ahoy" });
   * assertEquals(client.position("harbour"), undefined);
   * await client.join("harbour");
   * assertEquals(client.position("harbour"), { seq, epoch });
   * ```
   */
  position(roomId: string): Position | undefined {
    return this.#session.rooms.position(roomId);
  }

  /**
   * Joins a room, and again on each new connection, with the position of the last message. Messages
   * that are published in the room arrive once, in order; {@linkcode HawserClient.onGap} tells
   * where that could not be done. The server needs the option `rooms`, or something else that
   * answers `room:join`.
   *
   * Rooms that are joined at once are asked for by one message. Where they are too many for the
   * server's rate, the others follow when it says so. A room from which the server takes the client
   * is not joined again.
   *
   * @param roomId Room name.
   * @param options Messages to get in the beginning.
   * @returns The server's answer, however long the connection takes. Rejects with a
   * {@linkcode ClientError} where the server refuses; that is reported as `error`, too, and so the
   * promise may be left alone. Rejects with a `TypeError` where there is no name or an option is
   * not known, and with a `RangeError` where `last` is no number of messages.
   *
   * @example A room that is full
   * ```ts
   * import { App, EventError, serve } from "@hawser/ws";
   * import { ClientError, connect } from "@hawser/ws/client";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const app = new App({
   *   rooms: (_client, room) => {
   *     if (room === "boat") throw new EventError("FORBIDDEN", "Nobody fits in any more");
   *   },
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * const refusal = await assertRejects(() => client.join("boat"), ClientError);
   * assertEquals(refusal.message, 'Cannot join "boat": Nobody fits in any more');
   * await client.join("deck");
   * assertEquals(client.rooms, ["deck"]);
   * ```
   */
  join(roomId: string, options: JoinOptions = {}): Promise<Joined> {
    const { rooms } = this.#session;
    try {
      checkJoinOptions(options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (typeof roomId !== "string" || roomId === "") {
      return Promise.reject(new TypeError("Cannot join a room as its name must be a text"));
    }
    if (this.state !== "closed") return rooms.join(roomId, this.state === "open", options.last);
    return Promise.reject(new ClientError("CLOSED", "Client is closed"));
  }

  /**
   * Leaves a room by an event `room:leave`. A promise of {@linkcode HawserClient.join} that still
   * waits rejects with `CLOSED`. Nothing happens where the client is not in the room.
   *
   * @param roomId Room name.
   *
   * @example What the server hears of it
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * const left = new Promise((resolve) => app.onLeave((_client, room) => resolve(room)));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
   * await using client = connect(`ws://127.0.0.1:${server.addr.port}/ws`);
   * await client.join("harbour");
   * client.leave("harbour");
   * assertEquals([client.rooms, await left], [[], "harbour"]);
   * ```
   */
  leave(roomId: string): void {
    this.#session.leave(roomId);
  }
}
