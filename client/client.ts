/** The client of an application: events, acknowledgements and rooms over a line that comes back. */

import type { AckOptions } from "./acks.ts";
import { Conversation } from "./conversation.ts";
import { ClientError } from "./errors.ts";
import type { AnyEvents, EventName, Handler, Heard } from "./events.ts";
import { encodeEvent } from "./message.ts";
import { type ClientOptions, resolveOptions, resolveUrl } from "./options.ts";
import type { SendResult } from "./outbox.ts";
import type { Gap, Joined, Position } from "./rooms.ts";
import type { ClientState, StateChange } from "./state.ts";
import type { Data } from "./transport.ts";

/**
 * A client. It connects at once, and again whenever the connection is lost and another attempt is
 * worth it: by then it has a new token, joins its rooms where it left their streams, and sends what
 * has waited.
 *
 * What was sent right before a connection was lost may be lost with it: use
 * {@linkcode HawserClient.emitWithAck} where that matters.
 *
 * @typeParam ServerEvents What the server sends: a type that maps event names to data.
 * @typeParam ClientEvents What the client sends.
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
  readonly #conversation: Conversation;

  /**
   * Makes a client, which connects at once.
   *
   * @param url Address of the server: of any of ws, wss, http and https. In a browser it may be
   * relative, such as `/ws`.
   * @param options How it connects, and as whom.
   * @throws {TypeError} The address or an option is wrong, or the runtime has no WebSocket.
   * @throws {RangeError} A number is out of range.
   */
  constructor(url: string | URL, options: ClientOptions = {}) {
    this.#conversation = new Conversation(resolveUrl(url), resolveOptions(options));
    this.#conversation.line.connect();
  }

  // ----- Connection -----

  /** Where it stands. */
  get state(): ClientState {
    return this.#conversation.line.state;
  }

  /** The id by which the server knows this connection; `undefined` while there is none. */
  get id(): string | undefined {
    return this.#conversation.id;
  }

  /** Bytes that the connection has not sent yet. */
  get bufferedAmount(): number {
    return this.#conversation.line.bufferedAmount;
  }

  /**
   * Waits for a connection.
   *
   * @returns Resolves when the client is open, at once if it is. Rejects with `CLOSED` when it is
   * closed instead.
   */
  ready(): Promise<void> {
    if (this.state === "open") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const stop = this.onState(({ state, close }) => {
        if (state !== "open" && state !== "closed") return;
        stop();
        if (state === "open") return resolve();
        reject(new ClientError("CLOSED", `Client is closed: ${close?.code} ${close?.reason}`));
      });
    });
  }

  /** Connects now: instead of later, of the present connection, or of staying closed. */
  connect(): void {
    this.#conversation.line.connect();
  }

  /**
   * Presents a new token on the present connection; done by itself before a JWT expires. The option
   * `token` must be a function.
   *
   * @returns Rejects with what the function has thrown.
   */
  renew(): Promise<void> {
    return this.#conversation.renew();
  }

  /**
   * Closes the connection for good. What waits is forgotten, and promises are rejected. The rooms
   * are remembered, should the client be told to connect again.
   *
   * @param code Close code, 1000 or from 3000 to 4999.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @returns Resolves when nothing is left of the connection.
   * @throws {DOMException} The code or the reason is not allowed.
   */
  close(code: number = 1000, reason: string = ""): Promise<void> {
    return this.#conversation.line.close(code, reason);
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
   * @returns What became of it.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   */
  send(data: Data): SendResult {
    return this.#conversation.send(data);
  }

  /**
   * Sends an event.
   *
   * @param event Event name.
   * @param data An object; anything else arrives in a field `data` of one.
   * @returns What became of it.
   * @throws {TypeError} The data cannot be encoded.
   * @throws {ClientError} `QUEUE_FULL`, where the policy is to reject.
   */
  emit<Name extends EventName<ClientEvents>>(event: Name, data?: ClientEvents[Name]): SendResult {
    return this.#conversation.send(encodeEvent(event, data));
  }

  /**
   * Sends an event and waits for its acknowledgement, and for a connection where there is none.
   *
   * @param event Event name.
   * @param data What it carries, whatever it is.
   * @param options How long to wait.
   * @returns What the server has answered, unchecked. Rejects with a {@linkcode ClientError}, of a
   * timeout out of range with a `RangeError`, of data that cannot be encoded with a `TypeError`.
   */
  emitWithAck<Name extends EventName<ClientEvents>>(
    event: Name,
    data?: ClientEvents[Name],
    { timeout = 5_000 }: AckOptions = {},
  ): Promise<unknown> {
    return this.#conversation.ask(event, data, timeout);
  }

  // ----- Receiving -----

  /**
   * Adds a handler of an event that the server sends. Where the server wants an acknowledgement,
   * the handler's result, or what its promise resolves to, is the answer; of several handlers, the
   * first that has one. A {@linkcode ServerError} that it throws is answered as an error.
   *
   * @param event Event name; `welcome`, `auth_ok` and `error` are the server's own.
   * @param handler Handles one event.
   * @returns The client.
   */
  on<Name extends EventName<Heard<ServerEvents>>>(
    event: Name,
    handler: Handler<Heard<ServerEvents>[Name]>,
  ): this {
    this.#conversation.handlers.add(event, handler as Handler<unknown>);
    return this;
  }

  /**
   * Adds a handler for the next event of its name only.
   *
   * @param event Event name.
   * @param handler Handles one event.
   * @returns The client.
   */
  once<Name extends EventName<Heard<ServerEvents>>>(
    event: Name,
    handler: Handler<Heard<ServerEvents>[Name]>,
  ): this {
    this.#conversation.handlers.add(event, handler as Handler<unknown>, true);
    return this;
  }

  /**
   * Removes a handler.
   *
   * @param event Event name.
   * @param handler The same function.
   * @returns The client.
   */
  off<Name extends EventName<Heard<ServerEvents>>>(
    event: Name,
    handler: Handler<Heard<ServerEvents>[Name]>,
  ): this {
    this.#conversation.handlers.remove(event, handler as Handler<unknown>);
    return this;
  }

  /**
   * Listens to changes of state.
   *
   * @param listener Called for each change.
   * @returns Ends it.
   */
  onState(listener: (change: StateChange) => void): () => void {
    return listen(this.#conversation.listeners.state, listener);
  }

  /**
   * Listens to gaps: messages of a room were missed, and the server does not have them any more.
   *
   * @param listener Called after a reconnect, before the messages that follow the gap.
   * @returns Ends it.
   */
  onGap(listener: (gap: Gap) => void): () => void {
    return listen(this.#conversation.listeners.gap, listener);
  }

  /**
   * Listens to messages that are none of the JSON wire: bytes, and other text.
   *
   * @param listener Called for each message.
   * @returns Ends it.
   */
  onMessage(listener: (data: string | ArrayBuffer) => void): () => void {
    return listen(this.#conversation.listeners.message, listener);
  }

  // ----- Rooms -----

  /** The rooms that the client is in, or wants to be in. */
  get rooms(): string[] {
    return this.#conversation.rooms.names;
  }

  /**
   * Tells where the client stands in a room.
   *
   * @param roomId Room name.
   * @returns The position of the last message; `undefined` where it is not known.
   */
  position(roomId: string): Position | undefined {
    return this.#conversation.rooms.position(roomId);
  }

  /**
   * Joins a room by an event `room:join`, and again on each new connection, with the position of
   * the last message. The server lets us in by an event `room:joined`. Messages must carry `roomId` and, as published ones do, `seq`: then each
   * arrives once, in order; {@linkcode HawserClient.onGap} tells where that could not be done.
   *
   * @param roomId Room name.
   * @returns What the server says of the room, however long the connection takes. Rejects with a
   * {@linkcode ClientError} where the server refuses; that is told as `error`, too, and so the
   * promise may be left alone.
   */
  join(roomId: string): Promise<Joined> {
    const { rooms } = this.#conversation;
    if (this.state !== "closed") return rooms.join(roomId, this.state === "open");
    return Promise.reject(new ClientError("CLOSED", "Client is closed"));
  }

  /**
   * Leaves a room by an event `room:leave`.
   *
   * @param roomId Room name.
   */
  leave(roomId: string): void {
    this.#conversation.leave(roomId);
  }
}

function listen<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * Connects to a server.
 *
 * @typeParam ServerEvents What the server sends: a type that maps event names to data.
 * @typeParam ClientEvents What the client sends.
 *
 * @param url Address of the server: of any of ws, wss, http and https. In a browser it may be
 * relative, such as `/ws`.
 * @param options How it connects, and as whom.
 * @returns A client, which connects at once; {@linkcode HawserClient.ready} waits for that.
 * @throws {TypeError} The address or an option is wrong, or the runtime has no WebSocket.
 * @throws {RangeError} A number is out of range.
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
  ServerEvents extends object = AnyEvents,
  ClientEvents extends object = AnyEvents,
>(url: string | URL, options: ClientOptions = {}): HawserClient<ServerEvents, ClientEvents> {
  return new HawserClient(url, options);
}
