/** Who an event goes to, as a value. */

import { type AckMember, type AckOptions, ask } from "./acks.ts";
import type { EventName } from "./events.ts";
import type { Hub, Member } from "./hub.ts";
import { Outgoing } from "./outgoing.ts";
import type { Selection } from "./selection.ts";

/** A member that can be moved between rooms and disconnected. */
export interface TargetMember extends Member, AckMember {
  /** Lets it into a room. */
  join(room: string): unknown;
  /** Takes it out of a room. */
  leave(room: string): void;
  /** Starts its closing handshake. */
  close(code?: number, reason?: string): void;
}

/**
 * A choice of clients: by rooms and users, all where none is named, without exceptions that are.
 * It is a value: each method returns a new one, and it may be kept and used again. It is looked
 * up when it is used, so it always means the members of that moment.
 *
 * @example A client in two rooms gets one copy
 * ```ts
 * import { App } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * const crew = app.to("deck").to("bridge");
 * crew.emit("whistle", { times: 2 });
 * assertEquals(crew.count, 0);
 * ```
 */
export class Target<ServerEvents extends object, M extends TargetMember> {
  readonly #hub: Hub<M>;
  readonly #selection: Selection;

  /** Made by `app.to` and its like. */
  constructor(hub: Hub<M>, selection: Selection) {
    this.#hub = hub;
    this.#selection = selection;
  }

  /**
   * Adds the members of a room.
   *
   * @param room Room name, or the id of one client.
   * @returns The wider target.
   */
  to(room: string): Target<ServerEvents, M> {
    return this.#with({ rooms: [...this.#selection.rooms, room] });
  }

  /**
   * The same as {@linkcode Target.to}, for where it reads better.
   *
   * @param room Room name.
   * @returns The wider target.
   */
  in(room: string): Target<ServerEvents, M> {
    return this.to(room);
  }

  /**
   * Adds the connections of a user.
   *
   * @param userId The user's id, as the option `userId` tells it.
   * @returns The wider target.
   */
  toUser(userId: string): Target<ServerEvents, M> {
    return this.#with({ users: [...this.#selection.users, userId] });
  }

  /**
   * Leaves out one client, or the members of a room.
   *
   * @param name The client's id, or the room's name.
   * @returns The narrower target.
   */
  except(name: string): Target<ServerEvents, M> {
    return this.#with({ except: [...this.#selection.except, name] });
  }

  /**
   * Leaves out clients that read too slowly at the moment of sending: those whose queue is over
   * the `highWaterMark`. For what is soon replaced by something newer.
   */
  get volatile(): Target<ServerEvents, M> {
    return this.#with({ volatile: true });
  }

  /** Leaves out clients of other nodes. Without a broker there is this node only. */
  get local(): Target<ServerEvents, M> {
    return this.#with({ local: true });
  }

  #with(change: Partial<Selection>): Target<ServerEvents, M> {
    return new Target(this.#hub, { ...this.#selection, ...change });
  }

  /**
   * Sends an event to each client once. It never waits for a slow one.
   *
   * @param event Event name.
   * @param data What the event carries.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   */
  emit<Name extends EventName<ServerEvents>>(event: Name, data: ServerEvents[Name]): void {
    const outgoing = new Outgoing(event, data);
    for (const member of this.#hub.select(this.#selection)) member.send(outgoing);
  }

  /**
   * Sends an event to each client once and collects their acknowledgements. Where one of them does
   * not answer in time, answers with an error or goes away, the promise rejects, as soon as nothing
   * is left to wait for, with the answers of the others in `error.answers`.
   *
   * @param event Event name.
   * @param data What the event carries.
   * @param options How long to wait.
   * @returns The answers, unchecked, in the order in which they came; empty where nobody is meant.
   * Rejects with an {@linkcode AckError}.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   * @throws {RangeError} The timeout is out of range.
   */
  emitWithAck<Name extends EventName<ServerEvents>>(
    event: Name,
    data: ServerEvents[Name],
    options: AckOptions = {},
  ): Promise<unknown[]> {
    return ask(this.clients(), event, data, options, this.#hub.clock);
  }

  /**
   * Lists the clients.
   *
   * @param limit How many at the most.
   * @returns Those that are connected to this server.
   */
  clients(limit = Infinity): M[] {
    return this.#hub.select(this.#selection).take(limit).toArray();
  }

  /** How many clients this means at the moment. */
  get count(): number {
    return this.clients().length;
  }

  /**
   * Lets all of them into a room.
   *
   * @param room Room name.
   * @throws {EventError} The name is not allowed, or one of them is in too many rooms.
   */
  join(room: string): void {
    for (const member of this.clients()) member.join(room);
  }

  /**
   * Takes all of them out of a room.
   *
   * @param room Room name.
   */
  leave(room: string): void {
    for (const member of this.clients()) member.leave(room);
  }

  /**
   * Closes all of their connections.
   *
   * @param code Close code.
   * @param reason Close reason.
   */
  disconnect(code?: number, reason?: string): void {
    for (const member of this.clients()) member.close(code, reason);
  }
}
