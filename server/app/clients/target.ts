/** Targets: the receivers of events, as values. */

import type { AckOptions } from "./acks.ts";
import type { EventAnswers, EventData, EventName } from "../../../wire/event_types.ts";
import type { Hub } from "./hub.ts";
import { Outgoing } from "../events/outgoing.ts";
import { promised } from "../promised.ts";
import type { Remote } from "../nodes/remote.ts";
import type { MemberInfo, TargetMember } from "./target_member.ts";
import type { RoomLimits } from "./room_limits.ts";
import type { Selection } from "./selection.ts";

/** The parts that a target works with. */
export interface TargetContext<M extends TargetMember> {
  readonly hub: Hub<M>;
  readonly limits: RoomLimits<M>;
  readonly remote: Remote<M>;
}

/**
 * A choice of clients: by rooms and users, all where none is named, without exceptions that are.
 * It is a value: each method returns a new one, and it may be kept and used again. It is looked
 * up when it is used, so it always means the members of that moment.
 *
 * @typeParam ServerEvents What the server sends: a type that maps event names to data.
 * @typeParam M What `clients` lists: the application's {@linkcode Client}.
 *
 * @example A client in two rooms gets one copy
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * const crew = app.to("deck").to("bridge"); // kept, and used for all that come later
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * let whistles = 0;
 * ada.on("whistle", () => ++whistles);
 * await ada.ready();
 *
 * app.broadcast.join("deck");
 * app.broadcast.join("bridge");
 * crew.emit("whistle", { times: 2 });
 * await app.emitWithAck("whistle", { times: 1 }); // comes second, and waits for both
 * assertEquals([crew.count, whistles], [1, 2]);
 * ```
 */
export class Target<ServerEvents extends object, M extends TargetMember> {
  readonly #context: TargetContext<M>;
  readonly #hub: Hub<M>;
  readonly #selection: Selection;

  /** Made by `app.to` and its like. */
  constructor(context: TargetContext<M>, selection: Selection) {
    this.#context = context;
    this.#hub = context.hub;
    this.#selection = selection;
  }

  /**
   * Adds the members of a room.
   *
   * @param room Room name, or the id of one client.
   * @returns The wider target.
   *
   * @example The members of two rooms
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("bridge"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.ready();
   *
   * const deck = app.to("deck");
   * assertEquals(deck.to("bridge").count, 1);
   * assertEquals(deck.count, 0); // as it was
   * ```
   */
  to(room: string): Target<ServerEvents, M> {
    return this.#with({ rooms: [...this.#selection.rooms, single(room, "to")] });
  }

  /**
   * The same as {@linkcode Target.to}, for where it reads better.
   *
   * @param room Room name.
   * @returns The wider target.
   *
   * @example How many are in either of two rooms
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await Promise.all([ada.ready(), bob.ready()]);
   *
   * const [one, other] = app.broadcast.clients();
   * one?.join("deck");
   * other?.join("bridge");
   * assertEquals(app.in("deck").in("bridge").count, 2);
   * ```
   */
  in(room: string): Target<ServerEvents, M> {
    return this.to(room);
  }

  /**
   * Adds the connections of a user.
   *
   * @param userId The user's id, as the option `userId` tells it.
   * @returns The wider target.
   *
   * @example The staff, and the user concerned
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ identify: () => ({ id: "ada" }) });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const notice = new Promise((resolve) => ada.on("notice", resolve));
   * await ada.ready();
   *
   * app.to("staff").toUser("ada").emit("notice", { text: "Your parcel has come" });
   * assertEquals(await notice, { text: "Your parcel has come" });
   * ```
   */
  toUser(userId: string): Target<ServerEvents, M> {
    return this.#with({ users: [...this.#selection.users, single(userId, "toUser")] });
  }

  /**
   * Adds one client.
   *
   * @param id The client's id, on whichever node it is connected. A room of this name is not added.
   * @returns The wider target.
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
   * app.broadcast.toClient(ada.id!).emit("call", { from: "the bridge" });
   * assertEquals(await call, { from: "the bridge" });
   * ```
   */
  toClient(id: string): Target<ServerEvents, M> {
    return this.#with({ clients: [...this.#selection.clients, single(id, "toClient")] });
  }

  /**
   * Leaves out one client, or the members of a room.
   *
   * @param name The client's id, or the room's name.
   * @returns The narrower target.
   *
   * @example A room without those who have muted it
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await Promise.all([ada.ready(), bob.ready()]);
   *
   * app.broadcast.join("deck");
   * app.broadcast.clients(1)[0]?.join("muted:deck");
   * assertEquals(app.to("deck").except("muted:deck").count, 1);
   * ```
   */
  except(name: string): Target<ServerEvents, M> {
    return this.#with({ except: [...this.#selection.except, single(name, "except")] });
  }

  /**
   * Leaves out clients that read too slowly at the moment of sending: those whose queue is over
   * the `highWaterMark`. For what is soon replaced by something newer.
   */
  get volatile(): Target<ServerEvents, M> {
    return this.#with({ volatile: true });
  }

  /** Leaves out clients of other nodes: these are not told at all. */
  get local(): Target<ServerEvents, M> {
    return this.#with({ local: true });
  }

  #with(change: Partial<Selection>): Target<ServerEvents, M> {
    return new Target(this.#context, { ...this.#selection, ...change });
  }

  /**
   * Sends an event to each client once. It never waits for a slow one. Clients of this node are
   * sent it at once; other nodes are told, unless the broker is down.
   *
   * @param event Event name.
   * @param data The data of the event.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   *
   * @example Telling a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("deck"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const order = new Promise((resolve) => ada.on("order", resolve));
   * await ada.ready();
   *
   * app.to("deck").emit("order", { sails: "up" });
   * assertEquals(await order, { sails: "up" });
   * ```
   */
  emit<Name extends EventName<ServerEvents>>(
    event: Name,
    data: EventData<ServerEvents>[Name],
  ): void {
    const outgoing = new Outgoing(event, data);
    for (const member of this.#hub.each(this.#selection)) member.send(outgoing);
    this.#context.remote.emit(this.#selection, outgoing);
  }

  /**
   * Sends an event to each client once and collects their acknowledgements. Where one of them does
   * not answer in time, answers with an error or goes away, the promise rejects, as soon as nothing
   * is left to wait for, with the answers of the others in `error.answers`.
   *
   * @param event Event name.
   * @param data The data of the event.
   * @param options How long to wait.
   * @returns The answers, unchecked, in the order in which they came; empty where nobody is meant.
   * Rejects with an {@linkcode AckError}; with a TypeError where the name is reserved or the data
   * cannot be encoded, and with a RangeError where the timeout is out of range.
   *
   * @example A vote
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("council"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * ada.on("vote", () => "yes");
   * await ada.ready();
   *
   * assertEquals(await app.to("council").emitWithAck("vote", { on: "lunch" }), ["yes"]);
   * assertEquals(await app.to("empty").emitWithAck("vote", { on: "lunch" }), []);
   * ```
   */
  emitWithAck<Name extends EventName<ServerEvents>>(
    event: Name,
    data: EventData<ServerEvents>[Name],
    options: AckOptions = {},
  ): Promise<EventAnswers<ServerEvents>[Name][]> {
    return promised("emitWithAck()", async () => {
      const { remote } = this.#context;
      const answers = await remote.emitWithAck(this.#selection, event, data, options);
      // The cast: what clients answer is their own word.
      return answers as EventAnswers<ServerEvents>[Name][];
    });
  }

  /**
   * Lists the clients that this means at the moment.
   *
   * @param limit How many at the most; by default all.
   * @returns Those that are connected to this server, each once.
   *
   * @example Who is in a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ identify: ({ remoteAddress }) => ({ remoteAddress }) });
   * app.onConnect((client) => void client.join("deck"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.ready();
   *
   * const users = app.to("deck").clients(100).map(({ user }) => user);
   * assertEquals(users, [{ remoteAddress: "127.0.0.1" }]);
   * ```
   */
  clients(limit = Infinity): M[] {
    return this.#hub.select(this.#selection).take(limit).toArray();
  }

  /** How many clients this means at the moment. */
  get count(): number {
    return this.#hub.count(this.#selection);
  }

  /**
   * Lists the clients that this selects at the moment, on all nodes.
   *
   * @param limit How many at the most. Other nodes are asked only for what this one lacks.
   * @param options How long to wait for other nodes.
   * @returns Their ids, nodes and users, and what the option `memberInfo` tells, those of this node
   * first. Rejects with an {@linkcode AckError} where a node does not answer, with what has come in
   * `error.answers`; with a RangeError where the limit or the timeout is out of range.
   *
   * @example Who is in a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ identify: () => ({ id: "ada" }), rooms: true });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.join("deck");
   * const [member] = await app.to("deck").members();
   * assertEquals([member?.id, member?.userId], [ada.id, "ada"]);
   * ```
   */
  members(limit = 1_000, options: AckOptions = {}): Promise<MemberInfo[]> {
    return promised(
      "members()",
      () => this.#context.remote.members(this.#selection, limit, options),
    );
  }

  /**
   * Counts the clients that this selects at the moment, on all nodes.
   *
   * @param options How long to wait for other nodes.
   * @returns How many there are. Rejects as {@linkcode Target.members} does.
   *
   * @example How full a room is
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ rooms: true });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.join("deck");
   * assertEquals(await app.to("deck").total({ timeout: 1_000 }), 1);
   * ```
   */
  total(options: AckOptions = {}): Promise<number> {
    return promised("total()", () => this.#context.remote.total(this.#selection, options));
  }

  /**
   * Lets all of them into a room, on all nodes, where they are sent what is published from now on.
   *
   * @param room Room name, 1 to 256 bytes.
   * @returns Those of this node that stay outside, as they are in too many rooms: all others have
   * joined. Empty where nobody does.
   * @throws {EventError} The name is not allowed (`INVALID_MESSAGE`): nobody has joined.
   *
   * @example A user joins with all devices
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App({ identify: () => ({ id: "ada" }) });
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using phone = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await using laptop = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await Promise.all([phone.ready(), laptop.ready()]);
   *
   * const outside = app.toUser("ada").join("harbour");
   * assertEquals([app.to("harbour").count, outside], [2, []]);
   * ```
   */
  join(room: string): M[] {
    const { limits } = this.#context;
    limits.checkName(room);
    const outside: M[] = [];
    for (const member of this.clients()) {
      if (limits.refusalOf(room, member) === undefined) member.join(room);
      else outside.push(member);
    }
    this.#context.remote.tell({ type: "join", selection: this.#selection, room });
    return outside;
  }

  /**
   * Takes all of them out of a room, as far as they are in it, on all nodes.
   *
   * @param room Room name.
   *
   * @example Emptying a room
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("lobby"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * await ada.ready();
   *
   * app.to("lobby").leave("lobby");
   * assertEquals([app.to("lobby").count, app.size], [0, 1]);
   * ```
   */
  leave(room: string): void {
    for (const member of this.clients()) member.leave(room);
    this.#context.remote.tell({ type: "leave", selection: this.#selection, room });
  }

  /**
   * Starts the closing handshake with all of them, on all nodes.
   *
   * @param code Close code of RFC 6455 §7.4, usually 1000 or one of your own from 3000 to 4999; by
   * default none.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @throws {RangeError} The code may not be sent, or the reason is too long.
   * @throws {TypeError} The reason stands without a code.
   *
   * @example Sending everybody of a room away
   * ```ts
   * import { App, serve } from "@hawser/ws";
   * import { connect } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const app = new App();
   * app.onConnect((client) => void client.join("trial"));
   * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
   * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
   * const code = new Promise((resolve) => app.onDisconnect((_, close) => resolve(close.code)));
   * await ada.ready();
   *
   * app.to("trial").disconnect(4403, "The trial is over");
   * assertEquals(await code, 4403);
   * ```
   */
  disconnect(code?: number, reason?: string): void {
    for (const member of this.clients()) member.close(code, reason);
    this.#context.remote.tell({ type: "disconnect", selection: this.#selection, code, reason });
  }
}

/**
 * Checks a name for programs whose types nobody has checked: a list would mean nobody, without a
 * word.
 *
 * @throws {TypeError} It is a list.
 */
function single(name: string, method: string): string {
  if (!Array.isArray(name)) return name;
  throw new TypeError(`Cannot use a list in ${method}(): call it once for each name`);
}
