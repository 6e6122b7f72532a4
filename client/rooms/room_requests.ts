/** Asks the server for rooms: for many by one message. */

import {
  encodeJoin,
  encodeLeave,
  joinEvent,
  leaveEvent,
  type RequestedRoom,
} from "../../wire/room_message.ts";
import { ServerError } from "../errors.ts";

/** Characters of one message, so that none is too long for a server with small limits. */
const maxLength = 16_384;

/** Characters of a message besides its rooms. */
const overhead = 64;

/**
 * Gathers what is asked for within one turn, and sends it in as few messages as that takes: the
 * rooms that are left before those that are joined.
 */
export class RoomRequests {
  readonly #send: (text: string) => void;
  readonly #asked: (roomId: string) => void;
  readonly #leaves = new Set<string>();
  readonly #joins = new Map<string, RequestedRoom>();
  #isScheduled = false;

  /**
   * @param send Sends a message now, or forgets it with the connection.
   * @param asked Called for each room that a message asks for.
   */
  constructor(send: (text: string) => void, asked: (roomId: string) => void = () => {}) {
    this.#send = send;
    this.#asked = asked;
  }

  /** Asks for a room. */
  join(room: RequestedRoom): void {
    this.#joins.set(room.roomId, room);
    this.#schedule();
  }

  /** Leaves a room, and does not ask for it any more. */
  leave(roomId: string): void {
    this.#joins.delete(roomId);
    this.#leaves.add(roomId);
    this.#schedule();
  }

  /** Sends what was gathered: before another message, which may be about these rooms. */
  flush(): void {
    this.#isScheduled = false;
    for (const part of parts([...this.#leaves], (roomId) => roomId)) this.#send(encodeLeave(part));
    this.#leaves.clear();
    for (const part of parts([...this.#joins.values()], JSON.stringify)) {
      for (const { roomId } of part) this.#asked(roomId);
      this.#send(encodeJoin(part));
    }
    this.#joins.clear();
  }

  /** The connection is lost, and with it what was to be said. */
  clear(): void {
    this.#leaves.clear();
    this.#joins.clear();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#isScheduled && this.flush());
  }
}

/** Cuts a list where a message would become too long. */
function* parts<Item>(items: readonly Item[], textOf: (item: Item) => string): Generator<Item[]> {
  let part: Item[] = [];
  let length = overhead;
  for (const item of items) {
    const size = textOf(item).length + 3; // quotes and a comma
    if (part.length > 0 && length + size > maxLength) {
      yield part;
      part = [];
      length = overhead;
    }
    part.push(item);
    length += size;
  }
  if (part.length > 0) yield part;
}

/** An error of the server about rooms. */
export interface RoomRefusal {
  /** The event that was refused: joining or leaving. */
  readonly event: string;
  /** The rooms; `undefined` where the server has not read which they are. */
  readonly rooms: readonly string[] | undefined;
  /** Milliseconds after which to ask again; `undefined`: that is of no use. */
  readonly delay: number | undefined;
  readonly error: ServerError;
}

/** Reads an error; `undefined` where it is about something else. */
export function readRoomRefusal(
  data: Readonly<Record<string, unknown>>,
): RoomRefusal | undefined {
  const { code, message, event = joinEvent, roomId, roomIds, retryAfter, ...details } = data;
  if (typeof code !== "string" || event !== joinEvent && event !== leaveEvent) return undefined;
  const passes = code === "RATE_LIMITED" || code === "UNAVAILABLE";
  // A long message over the rate is not read by the server.
  if (data.event === undefined && code !== "RATE_LIMITED") return undefined;
  const names: unknown[] = Array.isArray(roomIds) ? roomIds : [roomId];
  const rooms = names.filter((name) => typeof name === "string");
  const seconds = typeof retryAfter === "number" ? retryAfter : 0;
  return {
    event,
    rooms: rooms.length === 0 ? undefined : rooms,
    delay: passes ? seconds * 1_000 : undefined,
    error: new ServerError(code, typeof message === "string" ? message : "Server error", details),
  };
}
