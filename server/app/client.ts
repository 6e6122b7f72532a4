/** One connected client, as the application sees it. */

import type { SendResult } from "../types.ts";
import { type AckOptions, ask, type OwedAcks, PendingAcks } from "./acks.ts";
import type { Identity } from "./auth.ts";
import type { EventName } from "./events.ts";
import type { Hub } from "./hub.ts";
import { Outgoing } from "./outgoing.ts";
import type { Peer } from "./peer.ts";
import type { Joined, Position } from "./position.ts";
import { everybody } from "./selection.ts";
import { Target } from "./target.ts";

/** A client, whatever its wire. Handlers get it as their first argument. */
export class Client<ServerEvents extends object, User> {
  readonly #peer: Peer;
  readonly #hub: Hub<Client<ServerEvents, User>>;
  readonly #identity: Identity<User>;
  readonly #acks: PendingAcks;
  #closing = false;

  /** Names the client; drawn from the runtime's strong generator. */
  readonly id: string;
  /** Whatever the application wants to remember while the client is connected. */
  readonly data: Record<string, unknown> = Object.create(null);

  /** Made by the {@linkcode App}. */
  constructor(peer: Peer, identity: Identity<User>, hub: Hub<Client<ServerEvents, User>>) {
    this.#peer = peer;
    this.id = peer.id ?? crypto.randomUUID();
    this.#hub = hub;
    this.#identity = identity;
    this.#acks = new PendingAcks(hub.limits.maxPendingAcks);
  }

  /** Who this is, as far as the application knows; a renewed token may change it. */
  get user(): User {
    return this.#identity.user;
  }

  /** The id of its user, as the option `userId` tells it, while the client is connected. */
  get userId(): string | undefined {
    return this.#hub.userIdOf(this);
  }

  /** The request that opened the connection. */
  get request(): Request {
    return this.#peer.request;
  }

  /** Address of the client, or the one that a trusted proxy reports. */
  get remoteAddress(): string {
    return this.#peer.remoteAddress;
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

  /** The rooms that the client is in at the moment. */
  get rooms(): ReadonlySet<string> {
    return this.#hub.roomsOf(this);
  }

  /**
   * Joins a room. With a position, the client is sent the published messages that have followed it,
   * in their order and before any newer one. Without one, it is sent what is published from now on.
   *
   * A client that is in the room already stays there, and is sent what has followed the position
   * that it gives. One that has gone stays outside.
   *
   * @param room Room name, 1 to 256 bytes.
   * @param since What the client has seen last, for instance on an earlier connection. It need not
   * be true.
   * @param announce Called between the messages that were missed and those that follow: what it
   * sends to the client arrives exactly there.
   * @returns Where the stream stands. The promise does not reject where the history fails: then
   * nothing is recovered, and `onError` hears of it.
   * @throws {EventError} The name is not allowed (`INVALID_MESSAGE`), or the client is in too
   * many rooms (`FORBIDDEN`).
   */
  join(room: string, since?: Position, announce?: (joined: Joined) => void): Promise<Joined> {
    const isMember = this.rooms.has(room);
    this.#hub.join(room, this);
    return this.#hub.streams.join(room, this, {
      since,
      isMember,
      announce: (joined) => {
        this.#peer.joined?.(room, joined);
        announce?.(joined);
      },
    });
  }

  /**
   * Leaves a room; does nothing where the client is not in it.
   *
   * @param room Room name.
   */
  leave(room: string): void {
    this.#hub.leave(room, this);
  }

  /**
   * Sends an event to this client.
   *
   * @param event Event name.
   * @param data What the event carries.
   * @returns What became of it.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   */
  emit<Name extends EventName<ServerEvents>>(event: Name, data: ServerEvents[Name]): SendResult {
    return this.send(new Outgoing(event, data));
  }

  /**
   * Sends an event that may be sent to other clients too, and is encoded once.
   *
   * @param outgoing The event.
   * @returns What became of it.
   */
  send(outgoing: Outgoing): SendResult {
    return this.#peer.send(outgoing);
  }

  /**
   * Sends an event and waits for the client's acknowledgement. A handler of the same client may
   * wait for it too: meanwhile the client's next events gather, and are not lost.
   *
   * @param event Event name.
   * @param data What the event carries.
   * @param options How long to wait.
   * @returns What the client has answered, unchecked. Rejects with an {@linkcode AckError}.
   * @throws {TypeError} The name is reserved, or the data cannot be encoded.
   * @throws {RangeError} The timeout is out of range.
   */
  emitWithAck<Name extends EventName<ServerEvents>>(
    event: Name,
    data: ServerEvents[Name],
    options: AckOptions = {},
  ): Promise<unknown> {
    return ask([this], event, data, options, this.#hub.clock).then(([answer]) => answer);
  }

  /**
   * Means the others of a room.
   *
   * @param room Room name.
   * @returns Its members without this client.
   */
  to(room: string): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.broadcast.to(room);
  }

  /**
   * Means the user's connections but this one, where it is one of them.
   *
   * @param userId The user's id.
   * @returns The connections.
   */
  toUser(userId: string): Target<ServerEvents, Client<ServerEvents, User>> {
    return this.broadcast.toUser(userId);
  }

  /** Everybody but this client. */
  get broadcast(): Target<ServerEvents, Client<ServerEvents, User>> {
    return new Target(this.#hub, { ...everybody, except: [this.id] });
  }

  /**
   * Starts the closing handshake. Events that wait for their turn are dropped.
   *
   * @param code Close code.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @throws {RangeError} The code may not be sent, or the reason is too long.
   */
  close(code?: number, reason?: string): void {
    this.#peer.close(code, reason);
    this.#closing = true;
    this.#acks.end();
  }

  /** Ends the connection at once. */
  terminate(): void {
    this.#closing = true;
    this.#peer.terminate();
    this.#acks.end();
  }
}
