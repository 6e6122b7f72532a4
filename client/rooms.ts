/** The rooms that the client wants to be in, and where it stands in the stream of each. */

import { delayBefore } from "./line/backoff.ts";
import type { StreamPlace } from "../wire/event_message.ts";
import type { Position } from "../wire/position.ts";
import type { Clock } from "./clock.ts";
import { Deferred } from "./deferred.ts";
import { ClientError } from "./errors.ts";

/**
/**
 * What the server says when the client has joined a room.
 */
export interface Joined {
  /** Room name. */
  readonly roomId: string;
  /** `true` when nothing was missed since an earlier connection. */
  readonly recovered: boolean;
  /** What else the server says, such as `seq`, `epoch` and `members`. */
  readonly [field: string]: unknown;
}

/**
 * Messages of a room were missed, and cannot be had any more; or nobody knows, as the server keeps
 * none.
 */
export interface Gap {
  /** Room name. */
  readonly roomId: string;
  /** The last message that was received; `undefined` where that is not known. */
  readonly since: Position | undefined;
}

/** A wish to join a room. */
export interface RoomQuestion {
  readonly roomId: string;
  /** Where the client stands in it. */
  readonly position: Position | undefined;
  /** Whether the client is, or should be, in the room already. */
  readonly isAgain: boolean;
}

/** What rooms need from the client. */
export interface RoomHandlers {
  /** Asks the server for a room; where it does not let us in, `refused` or `unanswered` is told. */
  ask(question: RoomQuestion): void;
  /** Messages were missed. */
  gap(gap: Gap): void;
}

/** When rooms are asked for again. */
export interface RoomTiming {
  readonly clock: Clock;
  /** Shortest and longest delay, in milliseconds, and where in between. */
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly random: () => number;
}

/** Milliseconds without another question, after which a room counts as calm. */
const calmAfter = 5_000;

interface Room {
  readonly id: string;
  position: Position | undefined;
  /** Highest number since the question, for as long as there is no position. */
  seen: number;
  /** Whether the server has let us in, on this or an earlier connection. */
  wasJoined: boolean;
  /** Whether it had when it was asked last. */
  wasJoinedBefore: boolean;
  /** Whether the server was asked, and has not answered yet. */
  isJoining: boolean;
  /** When it was asked for, and how often the server has made us ask again since it was calm. */
  askedAt: number;
  repeats: number;
  /** Whether it is to be asked for again, later. */
  isDue: boolean;
  stopTimer: () => void;
  joined: Joined;
  waiting: Deferred<Joined>[];
}

/** Rooms by name. */
export class Rooms {
  readonly #timing: RoomTiming;
  readonly #handlers: RoomHandlers;
  readonly #rooms = new Map<string, Room>();

  constructor(timing: RoomTiming, handlers: RoomHandlers) {
    this.#timing = timing;
    this.#handlers = handlers;
  }

  /** Their names. */
  get names(): string[] {
    return [...this.#rooms.keys()];
  }

  /** Where the client stands in a room. */
  position(roomId: string): Position | undefined {
    return this.#rooms.get(roomId)?.position;
  }

  // ----- What the client wants -----

  /**
   * Joins a room, now or as soon as there is a connection.
   *
   * @param isConnected Whether there is one.
   * @returns Resolves when the server has let us in. Need not be looked at.
   */
  join(roomId: string, isConnected: boolean): Promise<Joined> {
    const known = this.#rooms.get(roomId);
    if (known?.wasJoined && !known.isJoining && isConnected) return Promise.resolve(known.joined);
    const room = known ?? this.#add(roomId);
    const waiting = new Deferred<Joined>();
    waiting.promise.catch(() => {});
    room.waiting.push(waiting);
    if (isConnected && !room.isJoining && !room.isDue) this.#ask(room);
    return waiting.promise;
  }

  /**
   * Leaves a room.
   *
   * @returns `false` where the client was not in it.
   */
  leave(roomId: string): boolean {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return false;
    this.#remove(room, new ClientError("CLOSED", "Room was left"));
    return true;
  }

  /** There is a new connection: all rooms are to be joined on it. */
  rejoin(): void {
    for (const room of this.#rooms.values()) this.#ask(room, true);
  }

  /** The connection is lost: what was to be asked on it later is not. */
  lost(): void {
    for (const room of this.#rooms.values()) stopWaiting(room);
  }

  /** There will be no connection. What was joined is remembered, in case there is one after all. */
  closed(error: ClientError): void {
    for (const room of this.#rooms.values()) {
      if (room.wasJoined) { for (const { reject } of room.waiting.splice(0)) reject(error); }
      else this.#remove(room, error);
    }
  }

  #add(id: string): Room {
    const joined = { roomId: id, recovered: false };
    const room: Room = {
      id,
      position: undefined,
      seen: 0,
      wasJoined: false,
      wasJoinedBefore: false,
      isJoining: false,
      askedAt: -Infinity,
      repeats: 0,
      isDue: false,
      stopTimer: () => {},
      joined,
      waiting: [],
    };
    this.#rooms.set(id, room);
    return room;
  }

  #remove(room: Room, error: ClientError): void {
    this.#rooms.delete(room.id);
    stopWaiting(room);
    for (const { reject } of room.waiting.splice(0)) reject(error);
  }

  #ask(room: Room, isAgain = false): void {
    const { id: roomId, position, wasJoined } = room;
    stopWaiting(room);
    room.askedAt = this.#timing.clock.now();
    room.isJoining = true;
    room.wasJoinedBefore = wasJoined;
    room.seen = 0;
    this.#handlers.ask({ roomId, position, isAgain: isAgain || wasJoined });
  }

  /**
   * Asks again, as the server makes us: later and later, as long as it goes on so.
   *
   * @param least Milliseconds that it wants us to wait; those who wait are spread over a time.
   */
  #askAgain(room: Room, least?: number): void {
    if (room.isDue) return;
    const { clock } = this.#timing;
    if (clock.now() - room.askedAt >= calmAfter) room.repeats = 0;
    const delay = this.#repeatDelay(room.repeats++, least);
    if (delay === 0) return this.#ask(room, true);
    room.isDue = true;
    room.stopTimer = clock.after(delay, () => this.#ask(room, true));
  }

  #repeatDelay(repeats: number, least: number | undefined): number {
    const { minDelay } = this.#timing;
    if (least === undefined) return repeats === 0 ? 0 : delayBefore(repeats - 1, this.#timing);
    const spread = delayBefore(repeats, this.#timing) - minDelay;
    return Math.max(minDelay, least) + spread;
  }

  // ----- What the server says -----

  /** The server does not let us in. */
  refused(roomId: string, error: ClientError): void {
    const room = this.#rooms.get(roomId);
    if (room !== undefined) this.#remove(room, error);
  }

  /** The server lets us in later, in so many milliseconds. */
  postponed(roomId: string, delay: number): void {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return;
    room.isJoining = false;
    this.#askAgain(room, delay);
  }

  /** The question went down with its connection. It is asked again on the next one. */
  unanswered(roomId: string): void {
    const room = this.#rooms.get(roomId);
    if (room !== undefined) room.isJoining = false;
  }

  /** The client is in a room. */
  joined(data: Readonly<Record<string, unknown>>): void {
    const room = typeof data.roomId === "string" ? this.#rooms.get(data.roomId) : undefined;
    if (room !== undefined) this.#joined(room, data);
  }

  /**
   * Takes note of a message of a stream.
   *
   * @param place Where it stands.
   * @returns `false` where it is not to be delivered: it was received before, or one before it was
   * not, and both are on their way.
   */
  receive({ stream, seq }: StreamPlace): boolean {
    const room = this.#rooms.get(stream);
    return room === undefined || this.#advance(room, seq);
  }

  #joined(room: Room, data: Readonly<Record<string, unknown>>): void {
    const since = room.position;
    const recovered = data.recovered === true;
    room.joined = { ...data, roomId: room.id, recovered };
    const position = readPosition(data);
    // Messages behind it may have come before it.
    const seen = since === undefined ? room.seen : recovered ? since.seq : 0;
    room.position = position && { ...position, seq: Math.max(position.seq, seen) };
    if (room.wasJoinedBefore && !recovered) this.#handlers.gap({ roomId: room.id, since });
    room.wasJoined = true;
    room.isJoining = false;
    for (const { resolve } of room.waiting.splice(0)) resolve(room.joined);
  }

  #advance(room: Room, seq: number): boolean {
    const { position } = room;
    if (position === undefined) {
      room.seen = Math.max(room.seen, seq);
      return true;
    }
    const isNext = seq === position.seq + 1;
    if (isNext) room.position = { seq, epoch: position.epoch };
    else if (seq > position.seq && !room.isJoining) this.#askAgain(room);
    return isNext;
  }
}

function stopWaiting(room: Room): void {
  room.stopTimer();
  room.isDue = false;
}

/** A stream that could not be read has no epoch, and no position. */
function readPosition({ seq, epoch }: Readonly<Record<string, unknown>>): Position | undefined {
  return typeof seq === "number" && typeof epoch === "string" &&
      epoch !== ""
    ? { seq, epoch }
    : undefined;
}
