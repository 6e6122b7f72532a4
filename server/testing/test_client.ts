/** A client of an application in memory: no server, no sockets, no wire. */

import type {
  AnyEvents,
  EventAnswers,
  EventArguments,
  EventData,
  EventName,
} from "../../wire/event_types.ts";
import { checkOptions, type OptionType } from "../../wire/option_checks.ts";
import type { App } from "../app/app.ts";
import { EventError } from "../app/events/errors.ts";
import { acceptor, type Peer, type PeerInfo, type Session } from "../app/peer.ts";
import type { Joined, JoinFrom } from "../app/streams/position.ts";
import type { CloseInfo } from "../types.ts";
import { copyData, endedError, type ReceivedEvent, TestPeer } from "./test_peer.ts";

/** How a test's client comes in. Every field may be left out. */
export interface TestClientOptions<User> {
  /** The user, as if the client had signed in. Without it, sign-in is as for every client. */
  readonly user?: User;
  /** The credentials that it presents besides its request: `client.auth`. */
  readonly auth?: unknown;
  /** The namespace that it asks for. @default {"/"} */
  readonly namespace?: string;
  /** The request by which it comes. @default {"GET http://localhost/"} */
  readonly request?: Request;
  /** Its address. @default {"127.0.0.1"} */
  readonly remoteAddress?: string;
  /** The `data` that the `upgrade` hook would have attached. */
  readonly data?: unknown;
}

/** A mistake that a client was told of. */
export interface ReceivedError {
  /** The error that the application has thrown, or by which the session refuses. */
  readonly error: EventError;
  /** The event that it is about, where it is about one. */
  readonly event: string | undefined;
}

/** Answers what the server asks. */
type AnswerHandler = (data: unknown) => unknown;

/** Waits for an event of a name. */
interface Waiter extends PromiseWithResolvers<unknown> {
  readonly event: string;
}

const optionTypes = {
  user: "any",
  auth: "any",
  namespace: "string",
  request: "object",
  remoteAddress: "string",
  data: "any",
} as const satisfies Record<keyof TestClientOptions<unknown>, OptionType>;

/**
 * Connects a client to an application that no server serves, for tests of its handlers. Sign-in,
 * guards, limits, validation, rooms, history and presence hold as for every client, and data is
 * copied as a wire would copy it; nothing goes over a socket, and no timer but the application's
 * runs. See also {@linkcode TestClock}.
 *
 * @typeParam ClientEvents What clients send.
 * @typeParam ServerEvents What the server sends.
 * @typeParam User Who clients are.
 * @typeParam Data What the application remembers of a client.
 * @param app The application.
 * @param options How the client comes in.
 * @returns The client, which was welcomed. Rejects with the `EventError` that refuses it.
 * @throws {TypeError} There is no option of this name; as a rejection.
 *
 * @example A handler and its room
 * ```ts
 * import { App } from "@hawser/ws";
 * import { testClient } from "@hawser/ws/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App<{ shout: { text: string } }, { shouted: { text: string } }, string>({
 *   rooms: true,
 *   identify: () => "guest",
 * });
 * app.on("shout", (client, { text }) => {
 *   app.to("hall").emit("shouted", { text: text.toUpperCase() });
 *   return { status: "ok", by: client.user };
 * });
 *
 * await using ada = await testClient(app, { user: "ada" });
 * await using bob = await testClient(app);
 * await bob.join("hall");
 * assertEquals(await ada.emitWithAck("shout", { text: "ahoy" }), { status: "ok", by: "ada" });
 * assertEquals(await bob.next("shouted"), { text: "AHOY" });
 * ```
 */
export async function testClient<
  ClientEvents extends object = AnyEvents,
  ServerEvents extends object = AnyEvents,
  User = unknown,
  Data extends object = Record<string, unknown>,
>(
  app: App<ClientEvents, ServerEvents, User, Data>,
  options: TestClientOptions<User> = {},
): Promise<TestClient<ClientEvents, ServerEvents>> {
  checkOptions("testClient", options, optionTypes);
  const {
    namespace = "/",
    request = new Request("http://localhost/"),
    remoteAddress = "127.0.0.1",
    data,
    auth,
  } = options;
  const application = app[acceptor];
  const grant = "user" in options ? { user: options.user } : undefined;
  const refusal = application.connecting?.(remoteAddress, namespace);
  if (refusal !== undefined) throw refusal;
  const handshake = { namespace, request, remoteAddress, protocols: [], data, auth, grant };
  const admission = await application.admit?.(handshake);
  if (admission instanceof EventError) throw admission;
  const client = new TestClient<ClientEvents, ServerEvents>(
    handshake,
    (peer) => application.accept(peer, admission),
  );
  await client.ready();
  return client;
}

/**
 * A client in memory, made by {@linkcode testClient}. Its methods have the names of those of
 * `@hawser/ws/client`, and what it is told can be looked at.
 *
 * @typeParam ClientEvents What clients send.
 * @typeParam ServerEvents What the server sends.
 *
 * @example What a client is told about a mistake
 * ```ts
 * import { App } from "@hawser/ws";
 * import { testClient } from "@hawser/ws/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using ada = await testClient(new App());
 * await ada.emit("dance");
 * const [refusal] = ada.errors;
 * assertEquals([refusal?.event, refusal?.error.code], ["dance", "UNKNOWN_EVENT"]);
 * ```
 */
export class TestClient<
  ClientEvents extends object = AnyEvents,
  ServerEvents extends object = AnyEvents,
> implements AsyncDisposable {
  readonly #peer: TestPeer;
  readonly #session: Session;
  readonly #handlers = new Map<string, AnswerHandler>();
  readonly #rooms = new Map<string, Joined>();
  readonly #received: ReceivedEvent[] = [];
  /** Of what was received, those that `next` has not given yet. */
  readonly #unseen: ReceivedEvent[] = [];
  readonly #errors: ReceivedError[] = [];
  readonly #closed = Promise.withResolvers<CloseInfo>();
  #waiters: Waiter[] = [];
  #id = "";

  /**
   * Use {@linkcode testClient}.
   *
   * @param info How it comes in.
   * @param accept Makes the session of its endpoint.
   */
  constructor(info: PeerInfo, accept: (peer: Peer) => Session) {
    this.#peer = new TestPeer(info, {
      received: (received) => this.#receive(received),
      asked: (received, ackId) => void this.#answer(received, ackId),
      joined: (room, joined) => void this.#rooms.set(room, joined),
      left: (room) => void this.#rooms.delete(room),
      refused: (error, event) => void this.#errors.push({ error, event }),
      closed: (close) => this.#end(close),
    });
    this.#session = accept(this.#peer);
  }

  /** The client's id, as others see it. */
  get id(): string {
    return this.#id;
  }

  /** All events that have come, in their order. */
  get received(): readonly ReceivedEvent[] {
    return this.#received;
  }

  /** The mistakes that the client was told of, in their order. */
  get errors(): readonly ReceivedError[] {
    return this.#errors;
  }

  /** The rooms that the client was told that it is in, and what it was told. */
  get rooms(): ReadonlyMap<string, Joined> {
    return this.#rooms;
  }

  /** Resolves when the connection has ended, with why. */
  get closed(): Promise<CloseInfo> {
    return this.#closed.promise;
  }

  /**
   * Waits for the welcome; {@linkcode testClient} has done so.
   *
   * @returns Resolves when the handlers of `onConnect` have run. Rejects where the client was
   * closed instead.
   *
   * @example Once more
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * await using ada = await testClient(new App());
   * assertEquals(await ada.ready(), undefined);
   * ```
   */
  async ready(): Promise<void> {
    if (this.#id === "" && this.#peer.closeInfo === undefined) this.#peer.open(this.#session);
    const { id } = await this.#peer.welcomed;
    this.#id = id;
  }

  /**
   * Sends an event.
   *
   * @param event Event name.
   * @param data Its data.
   * @returns Resolves when its handler has run, unless that waits for an answer of this client.
   * @throws {TypeError} No wire can carry the data; as a rejection.
   *
   * @example A handler that counts
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<{ add: number }>();
   * let sum = 0;
   * app.on("add", (_client, number) => void (sum += number));
   * await using ada = await testClient(app);
   * await ada.emit("add", 3);
   * await ada.emit("add", 4);
   * assertEquals(sum, 7);
   * ```
   */
  async emit<Name extends EventName<ClientEvents>>(
    event: Name,
    ...[data]: EventArguments<EventData<ClientEvents>[Name]>
  ): Promise<void> {
    await this.#session.event({ event, data: copyData(data) });
  }

  /**
   * Sends an event and waits for its acknowledgement.
   *
   * @param event Event name.
   * @param data Its data.
   * @returns The handler's result. Rejects with the `EventError` that it was answered with,
   * and with an `Error` where the connection ends before.
   * @throws {TypeError} No wire can carry the data; as a rejection.
   *
   * @example An answer
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<{ double(number: number): number }>();
   * app.on("double", (_client, number) => 2 * number);
   * await using ada = await testClient(app);
   * assertEquals(await ada.emitWithAck("double", 21), 42);
   * ```
   */
  async emitWithAck<Name extends EventName<ClientEvents>>(
    event: Name,
    ...[data]: EventArguments<EventData<ClientEvents>[Name]>
  ): Promise<EventAnswers<ClientEvents>[Name]> {
    const copy = copyData(data);
    const { ackId, answer } = this.#peer.ask();
    this.#session.event({ event, data: copy, ackId });
    // The cast: what the application's type says.
    return await answer as EventAnswers<ClientEvents>[Name];
  }

  /**
   * Answers what the server asks by `emitWithAck`.
   *
   * @param event Event name.
   * @param handler Called with the data; what it returns is the answer. An `EventError` that it
   * throws is the answer, too.
   * @returns The client itself.
   *
   * @example A question of the server
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App<object, { color(): string }>();
   * await using ada = await testClient(app);
   * ada.answer("color", () => "blue");
   * assertEquals(await app.client(ada.id)!.emitWithAck("color", undefined), "blue");
   * ```
   */
  answer<Name extends EventName<ServerEvents>>(
    event: Name,
    handler: (data: EventData<ServerEvents>[Name]) => unknown,
  ): this {
    // The cast: what the application's type says.
    this.#handlers.set(event, handler as AnswerHandler);
    return this;
  }

  /**
   * Waits for an event, or takes one that has come and was not taken yet.
   *
   * @param event Event name.
   * @returns Its data. Rejects where the connection ends before.
   *
   * @example Two events of one name
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * await using ada = await testClient(app);
   * app.emit("tick", 1);
   * app.emit("tick", 2);
   * assertEquals([await ada.next("tick"), await ada.next("tick")], [1, 2]);
   * ```
   */
  async next<Name extends EventName<ServerEvents>>(
    event: Name,
  ): Promise<EventData<ServerEvents>[Name]> {
    // The casts: what the application's type says.
    const index = this.#unseen.findIndex((received) => received.event === event);
    if (index >= 0) {
      const [received] = this.#unseen.splice(index, 1);
      return received!.data as EventData<ServerEvents>[Name];
    }
    if (this.#peer.closeInfo !== undefined) throw endedError(this.#peer.closeInfo);
    const waiter = { event, ...Promise.withResolvers<unknown>() };
    this.#waiters.push(waiter);
    return await waiter.promise as EventData<ServerEvents>[Name];
  }

  /**
   * Joins a room, as the option `rooms` of the application allows.
   *
   * @param room Room name.
   * @param from The position that the client has seen, or how many of the newest messages it wants.
   * @returns The result of the join, once the missed messages were sent. Rejects with the
   * `EventError` that refuses it.
   *
   * @example The newest message of a room
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * await app.publish("deck", "note", { text: "first" });
   * await app.publish("deck", "note", { text: "second" });
   * await using ada = await testClient(app);
   * const { position } = await ada.join("deck", { last: 1 });
   * assertEquals([await ada.next("note"), position.seq], [{ text: "second" }, 2]);
   * ```
   */
  async join(room: string, from?: JoinFrom): Promise<Joined> {
    const { ackId, answer } = this.#peer.ask();
    this.#session.join({ rooms: [{ room, from }], ackId });
    await answer;
    return this.#rooms.get(room)!;
  }

  /**
   * Leaves a room.
   *
   * @param room Room name.
   * @returns Resolves when the application has taken the client out of it.
   *
   * @example In and out
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * await using ada = await testClient(app);
   * await ada.join("deck");
   * await ada.leave("deck");
   * assertEquals(app.in("deck").count, 0);
   * ```
   */
  async leave(room: string): Promise<void> {
    const { ackId, answer } = this.#peer.ask();
    this.#session.leave({ rooms: [room], ackId });
    await answer;
  }

  /**
   * Ends the connection, as a client does that goes.
   *
   * @param code Close code. @default {1000}
   * @param reason Close reason. @default {""}
   * @returns Resolves when the application has been told.
   *
   * @example A handler that is told
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const codes: number[] = [];
   * app.onDisconnect((_client, { code }) => void codes.push(code));
   * const ada = await testClient(app);
   * await ada.close(4000, "bored");
   * assertEquals(codes, [4000]);
   * ```
   */
  async close(code = 1000, reason = ""): Promise<void> {
    this.#peer.end({ code, reason, wasClean: true });
    await this.#closed.promise;
  }

  /**
   * Loses the connection without a word, as a client does whose network fails: 1006.
   *
   * @returns Resolves when the application has been told.
   *
   * @example A client that comes back
   * ```ts
   * import { App } from "@hawser/ws";
   * import { testClient } from "@hawser/ws/testing";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * const ada = await testClient(app);
   * const { position } = await ada.join("deck");
   * await ada.drop();
   * await app.publish("deck", "note", { text: "missed" });
   *
   * await using again = await testClient(app);
   * assert((await again.join("deck", position)).recovered);
   * assertEquals(await again.next("note"), { text: "missed" });
   * ```
   */
  async drop(): Promise<void> {
    this.#peer.end({ code: 1006, reason: "Connection was lost", wasClean: false });
    await this.#closed.promise;
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #receive(received: ReceivedEvent): void {
    this.#received.push(received);
    const index = this.#waiters.findIndex(({ event }) => event === received.event);
    if (index < 0) this.#unseen.push(received);
    else this.#waiters.splice(index, 1)[0]!.resolve(received.data);
  }

  async #answer(received: ReceivedEvent, ackId: number): Promise<void> {
    this.#received.push(received);
    const handler = this.#handlers.get(received.event);
    if (handler === undefined) {
      const error = new EventError("UNKNOWN_EVENT", `Unknown event: ${received.event}`);
      return this.#session.answered(ackId, { error });
    }
    try {
      this.#session.answered(ackId, { data: copyData(await handler(received.data)) });
    } catch (error) {
      const answer = error instanceof EventError
        ? error
        : new EventError("INTERNAL", "Internal error", { cause: error });
      this.#session.answered(ackId, { error: answer });
    }
  }

  #end(close: CloseInfo): void {
    for (const waiter of this.#waiters) waiter.reject(endedError(close));
    this.#waiters = [];
    this.#closed.resolve(close);
  }
}
