/** One connected client, as the application sees it. */

import { checkNumber } from "../../../wire/option_checks.ts";
import type { Clock } from "../../clock.ts";
import type { SendResult } from "../../types.ts";
import { type AckOptions, ask, type OwedAcks, PendingAcks } from "./acks.ts";
import type { Identity } from "../auth/auth.ts";
import type { EventAnswers, EventData, EventName } from "../../../wire/event_types.ts";
import type { Hub } from "./hub.ts";
import { Outgoing } from "../events/outgoing.ts";
import type { Peer } from "../peer.ts";
import type { StreamMember } from "../streams/catch_up.ts";
import type { Joined, JoinFrom } from "../streams/position.ts";
import { promised } from "../promised.ts";
import { allClients } from "./selection.ts";
import type { Streams } from "../streams/streams.ts";
import { Target, type TargetContext } from "./target.ts";
import type { TargetMember } from "./target_member.ts";

/** The type of `client.data` where an application gives none: values of any name. */
export type AnyData = Record<string, unknown>;

/** The application, as far as a client needs it. */
export interface ClientContext<C extends TargetMember & StreamMember> extends TargetContext<C> {
  readonly streams: Streams<C>;
  readonly clock: Clock;
  readonly maxPendingAcks: number;
  /** How the ids of clients begin: with the node, where there are several. */
  readonly idPrefix: string;
}

/**
 * A client, over any wire. Handlers get it as their first argument, and `app.client` finds it
 * by its id. It stands for one connection: who comes back is another client, perhaps of the same
 * user.
 *
 * @typeParam ServerEvents What the server sends: a type that maps event names to data.
 * @typeParam User What `client.user` is.
 * @typeParam Data What `client.data` may hold; nothing of it is there at first.
 *
 * @example Who a client is, and what is remembered of it
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App({ identify: ({ remoteAddress }) => ({ address: remoteAddress }) });
 * app.on("note:add", (client) => {
 *   const count = client.data.notes = Number(client.data.notes ?? 0) + 1;
 *   client.broadcast.emit("note", { from: client.id });
 *   return { count, from: client.user.address };
 * });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await ada.emitWithAck("note:add"), { count: 1, from: "127.0.0.1" });
 * assertEquals(await ada.emitWithAck("note:add"), { count: 2, from: "127.0.0.1" });
 * ```
 */
export class Client<ServerEvents extends object, User, Data extends object = AnyData> {
  readonly #peer: Peer;
  readonly #hub: Hub<Client<ServerEvents, User, Data>>;
  readonly #context: ClientContext<Client<ServerEvents, User, Data>>;
  readonly #identity: Identity<User>;
  readonly #acks: PendingAcks;
  /** Rooms of which the client was told that it is in them. */
  #told: Set<string> | undefined;
  #closing = false;
  #data: Partial<Data> | undefined;

  /**
   * Names the client; drawn from the runtime's strong generator. Where there are several nodes, it
   * begins with the name of its node.
   */
  readonly id: string;
  /** Made by the {@linkcode App}. */
  constructor(
    peer: Peer,
    identity: Identity<User>,
    context: ClientContext<Client<ServerEvents, User, Data>>,
  ) {
    const { hub, idPrefix } = context;
    this.#peer = peer;
    this.id = `${idPrefix}${peer.id ?? crypto.randomUUID()}`;
    this.#context = context;
    this.#hub = hub;
    this.#identity = identity;
    this.#acks = new PendingAcks(context.maxPendingAcks);
  }

  /** Values that the application keeps while the client is connected. */
  get data(): Partial<Data> {
    return this.#data ??= Object.create(null) as Partial<Data>;
  }

  /** The user, as far as the application knows; a renewed token may change it. */
  get user(): User {
    return this.#identity.user;
  }

  /** The id of its user, as the option `userId` tells it; it stays when the client has gone. */
  get userId(): string | undefined {
    return this.#hub.userIdOf(this) ?? this.#hub.lastOf(this)?.userId;
  }

  /** The request that opened the connection. */
  get request(): Request {
    return this.#peer.request;
  }

  /** Address of the client, or the one that a trusted proxy reports. */
  get remoteAddress(): string {
    return this.#peer.remoteAddress;
  }

  /**
   * The credentials that the client has presented besides its request; unchecked. None over JSON.
   */
  get auth(): unknown {
    return this.#peer.auth;
  }

  /** Bytes that wait to be handed to the kernel. */
  get bufferedAmount(): number {
    return this.#peer.bufferedAmount;
  }

  /** `true` while the client reads too slowly: volatile events do not go to it. */
  get congested(): boolean {
    return this.#peer.congested;
  }

  /** The answers that the client owes; see {@linkcode Client.emitWithAck}. */
  get acks(): OwedAcks {
    return this.#acks;
  }

  /** `false` once the connection has ended or was closed here. */
  get connected(): boolean {
    return !this.#closing && this.#hub.get(this.id) === this;
  }

  /** The rooms that the client is in at the moment, or was in when it went. */
  get rooms(): ReadonlySet<string> {
    return this.#hub.lastOf(this)?.rooms ?? this.#hub.roomsOf(this);
  }

  /**
   * Joins a room. With a position, the client is sent the published messages that have followed it,
   * in their order and before any newer one; with `{ last: 50 }` the newest fifty. Without either,
   * it is sent what is published from now on. The client itself is told nothing of the room: that
   * is what `announce` is for. Clients that join by themselves need the option `rooms`.
   *
   * A client that is in the room already stays there, and is sent what has followed the position
   * that it gives, but not the newest messages again. A client that has disconnected does not join.
   *
   * @param room Room name, 1 to 256 bytes.
   * @param from The last message that the client has seen, for instance on an earlier connection,
   * which need not be true; or how many of the newest messages it is sent.
   * @param announce Called between the messages that were missed and those that follow: what it
   * sends to the client arrives exactly there.
   * @param prepare Called, and waited for, when the client is in the room and this node follows
   * it: a member that is listed after that is either in the list or told to the client later.
   * @returns Where the stream stands. Rejects with an {@linkcode EventError} where the name is not
   * allowed (`INVALID_MESSAGE`) or the client is in too many rooms (`FORBIDDEN`), which a handler
   * that returns or awaits the promise answers. Does not reject where the history fails: then
   * nothing is recovered, and `onError` is called.
   *
   * @example Sending what a client has missed
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * const seen = await app.publish("log", "entry", { text: "Sails set" });
   * await app.publish("log", "entry", { text: "Land in sight" });
   * app.on("log:open", async (client) => (await client.join("log", seen)).recovered);
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const entries: unknown[] = [];
   * ada.on("entry", (entry) => entries.push(entry));
   * assertEquals(await ada.emitWithAck("log:open"), true);
   * assertEquals(entries, [{ text: "Land in sight" }]);
   * ```
   */
  join(
    room: string,
    from?: JoinFrom,
    announce?: (joined: Joined) => void,
    prepare?: () => Promise<void>,
  ): Promise<Joined> {
    return promised("client.join()", () => {
      checkFrom(from);
      const isMember = this.#hub.roomsOf(this).has(room);
      this.#context.limits.check(room, this);
      this.#hub.join(room, this);
      return this.#context.streams.join(room, this, {
        from: isMember && from !== undefined && "last" in from ? undefined : from,
        prepare,
        announce: (joined) => announce?.(joined),
      });
    });
  }

  /**
   * Tells the client that it is in a room, as it has asked for; called by the {@linkcode App}.
   *
   * @param room Room name.
   * @param joined Where the room's stream stands, and what the application adds.
   *
   * @example The answer to a join
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: () => ({ motto: "Fair winds" }) });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * assertEquals((await ada.join("deck")).motto, "Fair winds");
   * ```
   */
  joined(room: string, joined: Joined): void {
    this.#peer.joined(room, joined);
    (this.#told ??= new Set()).add(room);
  }

  /**
   * Tells the client that it is not in a room any more, where it was told that it was; called by
   * the {@linkcode App}.
   *
   * @param room Room name.
   *
   * @example A client that is sent out of a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const left = new Promise((resolve) => ada.on("room:left", resolve));
   * await ada.join("deck");
   * app.in("deck").leave("deck");
   * assertEquals(await left, { roomId: "deck" });
   * ```
   */
  left(room: string): void {
    if (this.#told?.delete(room)) this.#peer.left(room);
  }

  /**
   * Tells the client that a room's stream was lost, where it was told that it is in the room;
   * called by the {@linkcode App}.
   *
   * @param room Room name.
   * @param joined Where the stream stands now.
   *
   * @example Messages after a lost stream
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.join("deck");
   * const again = new Promise((resolve) => ada.on("room:joined", resolve));
   * const position = { seq: 7, epoch: "k3x" };
   * app.client(ada.id!)?.rejoined("deck", { position, recovered: false });
   * assertEquals(await again, { roomId: "deck", ...position, recovered: false });
   * ```
   */
  rejoined(room: string, joined: Joined): void {
    if (this.#told?.has(room)) this.#peer.joined(room, joined);
  }

  /**
   * Leaves a room, at once; does nothing where the client is not in it.
   *
   * @param room Room name.
   *
   * @example Getting off
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("deck"));
   * app.on("deck:leave", (client) => client.leave("deck"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.emitWithAck("deck:leave");
   * assertEquals([app.to("deck").count, app.size], [0, 1]);
   * ```
   */
  leave(room: string): void {
    this.#hub.leave(room, this);
  }

  /**
   * Sends an event to this client. It never waits: what the client is too slow to take is queued.
   *
   * @param event Event name.
   * @param data The data of the event.
   * @returns The result: `"sent"`, `"queued"` or `"dropped"`.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   *
   * @example Telling one client, before its acknowledgement
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("greet", (client) => client.emit("greeting", { text: "Ahoy" }));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const heard: unknown[] = [];
   * ada.on("greeting", (greeting) => heard.push(greeting));
   * assertEquals(await ada.emitWithAck("greet"), "sent");
   * assertEquals(heard, [{ text: "Ahoy" }]);
   * ```
   */
  emit<Name extends EventName<ServerEvents>>(
    event: Name,
    data: EventData<ServerEvents>[Name],
  ): SendResult {
    return this.send(new Outgoing(event, data));
  }

  /**
   * Sends an event that may be sent to other clients too, and is encoded once.
   *
   * @param outgoing The event.
   * @returns The result: `"sent"`, `"queued"` or `"dropped"`.
   * @throws {TypeError} The data cannot be encoded.
   *
   * @example An event for those who ask, encoded for the first of them
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { Outgoing } from "@hawser/ws/wire";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const chart = new Outgoing("chart", { depths: [12, 9, 4] });
   * const app = new App();
   * app.on("chart:get", (client) => client.send(chart));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const got = new Promise((resolve) => ada.on("chart", resolve));
   * ada.emit("chart:get");
   * assertEquals(await got, { depths: [12, 9, 4] });
   * ```
   */
  send(outgoing: Outgoing): SendResult {
    return this.#peer.send(outgoing);
  }

  /**
   * Waits until nothing waits to be sent to the client any more: for handlers that send much.
   *
   * @returns Resolves also when the client has gone.
   *
   * @example Sending no faster than the client reads
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("chart:get", async (client) => {
   *   for (let row = 0; row < 100; row++) {
   *     const sent = client.emit("chart:row", { row, depths: "x".repeat(10_000) });
   *     if (sent === "queued") await client.drained();
   *   }
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * let rows = 0;
   * ada.on("chart:row", () => rows++);
   * await ada.emitWithAck("chart:get");
   * assertEquals(rows, 100);
   * ```
   */
  drained(): Promise<void> {
    return this.#peer.drained();
  }

  /**
   * Sends an event and waits for the client's acknowledgement. A handler of the same client may
   * wait for it too: meanwhile the client's next events gather, and are not lost.
   *
   * @param event Event name.
   * @param data The data of the event.
   * @param options How long to wait.
   * @returns The client's answer, unchecked. Rejects with an {@linkcode AckError}; with a
   * TypeError where the name is reserved or the data cannot be encoded, and with a RangeError where
   * the timeout is out of range.
   *
   * @example Asking back before something is done
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("note:delete", async (client) => {
   *   const answer = await client.emitWithAck("confirm", { text: "Sure?" }, { timeout: 60_000 });
   *   return { deleted: answer === "yes" };
   * });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * ada.on("confirm", () => "no");
   * assertEquals(await ada.emitWithAck("note:delete"), { deleted: false });
   * ```
   */
  emitWithAck<Name extends EventName<ServerEvents>>(
    event: Name,
    data: EventData<ServerEvents>[Name],
    options: AckOptions = {},
  ): Promise<EventAnswers<ServerEvents>[Name]> {
    return promised("client.emitWithAck()", async () => {
      const [answer] = await ask([this], event, data, options, this.#context.clock);
      // The cast: what the client answers is its own word.
      return answer as EventAnswers<ServerEvents>[Name];
    });
  }

  /**
   * Means the others of a room.
   *
   * @param room Room name.
   * @returns Its members without this client.
   *
   * @example A room without the sender
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("deck"));
   * app.on("say", (client, data) => client.to("deck").emit("said", data));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const heard: string[] = [];
   * ada.on("said", () => heard.push("Ada"));
   * const said = new Promise((resolve) => bob.on("said", () => resolve(heard.push("Bob"))));
   * await bob.ready();
   * await ada.emitWithAck("say", { text: "Ahoy" });
   * await said;
   * assertEquals(heard, ["Bob"]);
   * ```
   */
  to(room: string): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.to(room);
  }

  /**
   * Means a user's connections, without this one where it is one of them.
   *
   * @param userId The user's id, as the option `userId` tells it.
   * @returns The connections.
   *
   * @example Ending the user's other sessions
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ identify: () => ({ id: "ada" }) });
   * app.on("others:close", (client) => client.toUser("ada").disconnect(4403, "Signed out"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using phone = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using laptop = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await Promise.all([phone.ready(), laptop.ready()]);
   * const ended = new Promise((resolve) => app.onDisconnect((client) => resolve(client.userId)));
   * await laptop.emitWithAck("others:close");
   * assertEquals([await ended, laptop.state], ["ada", "open"]);
   * ```
   */
  toUser(userId: string): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return this.broadcast.toUser(userId);
  }

  /** Everybody but this client. */
  get broadcast(): Target<ServerEvents, Client<ServerEvents, User, Data>> {
    return new Target(this.#context, { ...allClients, except: [this.id] });
  }

  /**
   * Starts the closing handshake. Events that wait for their turn are dropped, and acknowledgements
   * that the client owes are rejected.
   *
   * @param code Close code of RFC 6455 §7.4, usually 1000 or one of your own from 3000 to 4999; by
   * default none.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @throws {RangeError} The code may not be sent, or the reason is too long.
   * @throws {TypeError} The reason stands without a code.
   *
   * @example Sending a client away
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("cheat", (client) => client.close(4403, "Not here"));
   * const end = new Promise((resolve) => app.onDisconnect((_client, close) => resolve(close)));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * ada.emit("cheat", {});
   * assertEquals(await end, { code: 4403, reason: "Not here", wasClean: true });
   * ```
   */
  close(code?: number, reason?: string): void {
    this.#peer.close(code, reason);
    this.#closing = true;
    this.#acks.end();
  }

  /**
   * Ends the connection at once, without a Close frame: `onDisconnect` is told 1006, and what waits
   * to be sent is lost.
   *
   * @example Not waiting for the Close frame of a client that floods
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.on("flood", (client) => client.terminate());
   * const end = new Promise((resolve) => app.onDisconnect((_client, { code }) => resolve(code)));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * ada.emit("flood", {});
   * assertEquals(await end, 1006);
   * ```
   */
  terminate(): void {
    this.#closing = true;
    this.#peer.terminate();
    this.#acks.end();
  }
}

/** @throws {RangeError} The number of messages is none. */
function checkFrom(from: JoinFrom | undefined): void {
  if (from === undefined || !("last" in from)) return;
  checkNumber("last", from.last, { least: 1 });
}
