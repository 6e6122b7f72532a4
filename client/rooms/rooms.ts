/** The rooms that the client wants to be in, and where it stands in the stream of each. */

import { delayBefore } from "../line/backoff.ts";
import type { StreamPlace } from "../../wire/event_message.ts";
import type { Position } from "../../wire/position.ts";
import type { Clock } from "../../wire/clock.ts";
import { Deferred } from "../deferred.ts";
import type { RequestedRoom } from "../../wire/room_message.ts";
import { ClientError, type ServerError } from "../errors.ts";
import { checkNames, checkNumber } from "../../wire/option_checks.ts";

/**
 * The server's message when the client has joined a room.
 */
export interface Joined {
  /** Room name. */
  readonly roomId: string;
  /** `true` when nothing was missed since an earlier connection. */
  readonly recovered: boolean;
  /** Further fields of the message, such as `seq`, `epoch` and `members`. */
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

/** The messages that a client is sent of a room that it joins. */
export interface JoinOptions {
  /**
   * How many of the newest messages the client is sent when it enters the room for the first time:
   * fewer where the server keeps fewer.
   *
   * @default {undefined}
   */
  readonly last?: number;
}

/**
 * Checks the options.
 *
 * @throws {TypeError} One is not known.
 * @throws {RangeError} The number of messages is none.
 */
export function checkJoinOptions(options: JoinOptions): void {
  checkNames("join", options, ["last"]);
  if (options.last !== undefined) checkNumber("last", options.last, { least: 1 });
}

/** Functions of the client that rooms call. */
export interface RoomHandlers {
  /** Asks the server for a room; it answers by `joined`, `refused` or `postponed`. */
  ask(room: RequestedRoom): void;
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
  /** Present where it is to be asked for again, later. */
  due: DueRooms | undefined;
  /** How many of the newest messages it wants at first. */
  last: number | undefined;
  joined: Joined;
  waiting: Deferred<Joined>[];
}

/** Rooms that are asked for again at the same time. */
interface DueRooms {
  readonly at: number;
  readonly rooms: Set<Room>;
  readonly stop: () => void;
}

/** Rooms by name. */
export class Rooms {
  readonly #timing: RoomTiming;
  readonly #handlers: RoomHandlers;
  readonly #rooms = new Map<string, Room>();
  // On the present connection.
  /** How many answers the server owes by room, as it answers one question after the other. */
  readonly #owed = new Map<string, number>();
  /** Rooms that the client was in by an earlier question, and has left meanwhile. */
  readonly #outdated = new Set<string>();
  /** How often rooms were left of which the server may send messages still. */
  readonly #leaving = new Map<string, number>();
  /** Rooms that came too fast, and are asked for together. */
  #postponed: DueRooms | undefined;

  constructor(timing: RoomTiming, handlers: RoomHandlers) {
    this.#timing = timing;
    this.#handlers = handlers;
  }

  /** Their names. */
  get names(): string[] {
    return [...this.#rooms.keys()];
  }

  /** Whether the client is in a room, or wants to be. */
  has(roomId: string): boolean {
    return this.#rooms.has(roomId);
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
   * @param last How many of the newest messages it wants, where it enters for the first time.
   * @returns Resolves when the server has let us in. Need not be looked at.
   */
  join(roomId: string, isConnected: boolean, last?: number): Promise<Joined> {
    const known = this.#rooms.get(roomId);
    if (known?.wasJoined && !known.isJoining && isConnected) return Promise.resolve(known.joined);
    const room = known ?? this.#add(roomId);
    room.last ??= last;
    const waiting = new Deferred<Joined>();
    waiting.promise.catch(() => {});
    room.waiting.push(waiting);
    if (isConnected && !room.isJoining && room.due === undefined) this.#ask(room);
    return waiting.promise;
  }

  /**
   * Leaves a room.
   *
   * @param isConnected Whether there is a connection on which the server may send its messages still.
   * @returns `false` where the client was not in it.
   */
  leave(roomId: string, isConnected: boolean): boolean {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return false;
    this.#remove(room, new ClientError("CLOSED", "Room was left"));
    if (isConnected) this.#leaving.set(roomId, (this.#leaving.get(roomId) ?? 0) + 1);
    return true;
  }

  /** There is a new connection: all rooms are to be joined on it. */
  rejoin(): void {
    for (const room of this.#rooms.values()) this.#ask(room);
  }

  /** The connection is lost: what was to be asked on it, or to be answered, is not. */
  lost(): void {
    this.#owed.clear();
    this.#outdated.clear();
    this.#leaving.clear();
    for (const room of this.#rooms.values()) {
      room.isJoining = false;
      stopWaiting(room);
    }
  }

  /** There will be no connection. Joined rooms are remembered, in case there is one after all. */
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
      due: undefined,
      last: undefined,
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

  #ask(room: Room): void {
    const { id: roomId, position: since, wasJoined } = room;
    const last = wasJoined ? undefined : room.last;
    stopWaiting(room);
    room.askedAt = this.#timing.clock.now();
    room.isJoining = true;
    room.wasJoinedBefore = wasJoined;
    room.seen = 0;
    this.#handlers.ask({ roomId, ...(since && { since }), ...(last !== undefined && { last }) });
  }

  /** Asks again, as there is a hole: later and later, as long as it goes on so. */
  #askAgain(room: Room): void {
    if (room.due !== undefined) return;
    const delay = this.#countRepeat(room);
    if (delay === 0) this.#ask(room);
    else this.#askLater([room], delay);
  }

  /** Asks again in so many milliseconds, by one message. */
  #askLater(rooms: readonly Room[], delay: number): DueRooms {
    const { clock } = this.#timing;
    const due: DueRooms = {
      at: clock.now() + delay,
      rooms: new Set(rooms),
      stop: clock.after(delay, () => {
        for (const room of due.rooms) this.#ask(room);
      }),
    };
    for (const room of rooms) room.due = due;
    return due;
  }

  /** Gives the delay before another question. */
  #countRepeat(room: Room, least?: number): number {
    if (this.#timing.clock.now() - room.askedAt >= calmAfter) room.repeats = 0;
    return this.#repeatDelay(room.repeats++, least);
  }

  #repeatDelay(repeats: number, least: number | undefined): number {
    const { minDelay } = this.#timing;
    if (least === undefined) return repeats === 0 ? 0 : delayBefore(repeats - 1, this.#timing);
    const spread = delayBefore(repeats, this.#timing) - minDelay;
    return Math.max(minDelay, least) + spread;
  }

  // ----- What the server says -----

  /** The server was asked for a room. */
  asked(roomId: string): void {
    this.#owed.set(roomId, (this.#owed.get(roomId) ?? 0) + 1);
  }

  /**
   * The server does not let us in.
   *
   * @param roomIds The rooms; `undefined`: all that it was asked for.
   */
  refused(roomIds: readonly string[] | undefined, cause: ServerError): void {
    for (const room of this.#answeredOf(roomIds)) {
      const refusal = `Cannot join "${room.id}": ${cause.message}`;
      this.#remove(room, new ClientError("ACK_REFUSED", refusal, { cause }));
    }
  }

  /**
   * The server lets us in later. Joins that come too fast are asked for together.
   *
   * @param roomIds The rooms; `undefined`: all that it was asked for.
   * @param least Milliseconds that it wants us to wait; clients that wait are spread over a time.
   */
  postponed(roomIds: readonly string[] | undefined, least: number): void {
    const rooms = this.#answeredOf(roomIds);
    for (const room of rooms) room.isJoining = false;
    const late = rooms.filter(({ due }) => due === undefined);
    if (late.length === 0) return;
    const delay = Math.max(...late.map((room) => this.#countRepeat(room, least)));
    const due = this.#postponed;
    const isLateEnough = due !== undefined && due.rooms.size > 0 &&
      due.at >= this.#timing.clock.now() + least;
    if (!isLateEnough) return void (this.#postponed = this.#askLater(late, delay));
    for (const room of late) {
      due.rooms.add(room);
      room.due = due;
    }
  }

  /** Finds the rooms that an answer is for; `undefined`: for all, if for any. */
  #answeredOf(roomIds: readonly string[] | undefined): Room[] {
    if (roomIds === undefined) {
      this.#owed.clear();
      this.#outdated.clear();
    }
    const ids = roomIds?.filter((roomId) => this.#isAnswered(roomId)) ?? [...this.#rooms.keys()];
    return ids.map((roomId) => this.#rooms.get(roomId)).filter((room) => room !== undefined)
      .filter(({ isJoining }) => isJoining);
  }

  /** An answer has come. Returns `false` where it is for a question before the last one. */
  #isAnswered(roomId: string): boolean {
    const owed = (this.#owed.get(roomId) ?? 1) - 1;
    if (owed > 0) {
      this.#owed.set(roomId, owed);
      return false;
    }
    this.#owed.delete(roomId);
    this.#outdated.delete(roomId);
    return true;
  }

  /**
   * The client is in a room.
   *
   * @returns `false` where that is not to be told: the room was left meanwhile.
   */
  joined(data: Readonly<Record<string, unknown>>): boolean {
    const { roomId } = data;
    if (typeof roomId !== "string") return true;
    if (!this.#isAnswered(roomId)) {
      this.#outdated.add(roomId);
      return false;
    }
    const room = this.#rooms.get(roomId);
    if (room === undefined) return !this.#leaving.has(roomId);
    this.#leaving.delete(roomId);
    this.#joined(room, data);
    return true;
  }

  /** The client is not in a room any more, unless it has asked for it again. */
  left({ roomId }: Readonly<Record<string, unknown>>): void {
    if (typeof roomId !== "string") return;
    this.#outdated.delete(roomId);
    const leaving = (this.#leaving.get(roomId) ?? 1) - 1;
    if (leaving > 0) this.#leaving.set(roomId, leaving);
    else this.#leaving.delete(roomId);
    const room = this.#rooms.get(roomId);
    if (room === undefined || room.isJoining) return;
    this.#remove(
      room,
      new ClientError("CLOSED", "The server has taken the client out of the room"),
    );
  }

  /**
   * Takes note of a message of a stream.
   *
   * @param place Where it stands.
   * @returns `false` where it is not to be delivered: it was received before, or one before it was
   * not, and both are on their way, or the client has left and joined the room again meanwhile.
   */
  receive({ stream, seq }: StreamPlace): boolean {
    if ((this.#owed.get(stream) ?? 0) > 1 || this.#outdated.has(stream)) return false;
    const room = this.#rooms.get(stream);
    return room === undefined ? !this.#leaving.has(stream) : this.#advance(room, seq);
  }

  #joined(room: Room, data: Readonly<Record<string, unknown>>): void {
    const since = room.position;
    const recovered = data.recovered === true;
    // Unasked, the server says that the stream was lost.
    const isAgain = room.isJoining ? room.wasJoinedBefore : room.wasJoined;
    room.joined = { ...data, roomId: room.id, recovered };
    const position = readPosition(data);
    // Messages behind it may have come before it.
    const seen = since === undefined ? room.seen : recovered ? since.seq : 0;
    room.position = position && { ...position, seq: Math.max(position.seq, seen) };
    if (isAgain && !recovered) this.#handlers.gap({ roomId: room.id, since });
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
  const { due } = room;
  room.due = undefined;
  if (due?.rooms.delete(room) && due.rooms.size === 0) due.stop();
}

/** A stream that could not be read has no epoch, and no position. */
function readPosition({ seq, epoch }: Readonly<Record<string, unknown>>): Position | undefined {
  return typeof seq === "number" && typeof epoch === "string" &&
      epoch !== ""
    ? { seq, epoch }
    : undefined;
}
