/** Server-Sent Events: everything that a client is sent, as one response that does not end. */

import type { Clock } from "../../clock.ts";
import type { Joined } from "../../app/streams/position.ts";
import { type PulledBody, streamOf } from "../../pulled_body.ts";
import type { FallbackTransport, SessionEnd } from "./fallback_transport.ts";
import { Portions } from "./portions.ts";
import type { PositionList } from "./position_list.ts";
import { lineOf, ownSizeOf, type QueuedEvent, type SharedEvents, sizeOf } from "./queued_event.ts";

/**
 * Milliseconds after which a browser tries again, and up to as many more, so that not all come at
 * once.
 */
const retryAfter = 2_000;

/** Neither a cache nor a proxy may hold an event back. */
const headers: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

const encoder = new TextEncoder();

/** The times of an event stream. */
export interface SseTiming {
  readonly clock: Clock;
  /** Milliseconds between two comments. */
  readonly heartbeat: number;
  /** Counts what waits for all clients. */
  readonly events: SharedEvents;
}

/** A room that was joined. */
interface Joining {
  readonly room: string;
  readonly joined: Joined;
}

/** A waiting item: an event, a room that was joined, or bytes that are neither. */
type Waiting = QueuedEvent | Joining | Uint8Array;

const heartbeatComment = encoder.encode(":\n\n");

/**
 * Writes an event stream. Each event has the id that brings the client back to where it stands
 * then, as soon as that changes: a browser sends the last one as `Last-Event-ID`. HTML standard,
 * "Server-sent events".
 *
 * Nothing is encoded, joined or copied before it is about to be written: what waits for a slow
 * reader are references to events that all receivers share.
 */
export class SseTransport implements FallbackTransport, PulledBody {
  /** Where the client stands behind what was written. */
  readonly #positions: PositionList;
  readonly #timing: SseTiming;
  readonly #disconnected: () => void;
  #waiting: Waiting[] = [];
  /** The first of them that was not written yet. */
  #next = 0;
  /** The event that is being written, and its line where only the id was so far. */
  #current: QueuedEvent | undefined;
  #line: Uint8Array | undefined;
  readonly #portions = new Portions(() => this.#nextPiece());
  #queuedBytes = 0;
  #heldBytes = 0;
  #sentBytes = 0;
  #lastId = "";
  #ended = false;
  /** Ends the waiting of the body's reader. */
  #wake: (() => void) | undefined;
  #stopHeartbeat: () => void = () => {};
  taken: () => void = () => {};

  /** @param disconnected Called when nobody reads any more. */
  constructor(positions: PositionList, timing: SseTiming, disconnected: () => void) {
    this.#positions = positions;
    this.#timing = timing;
    this.#disconnected = disconnected;
    this.#lastId = positions.toString(); // which the client has said itself
    const delay = retryAfter + Math.floor(Math.random() * retryAfter);
    this.#add(encoder.encode(`retry: ${delay}\n\n`));
    this.#sendHeartbeat();
  }

  /** The response, to be made once. */
  response(): Response {
    return new Response(streamOf(this), { headers });
  }

  get queuedBytes(): number {
    return this.#queuedBytes + (this.#line?.length ?? 0) + this.#portions.rest;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get takenBytes(): number {
    return this.#sentBytes;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  push(event: QueuedEvent): void {
    this.#timing.events.hold(event);
    this.#add(event);
    this.#heldBytes += ownSizeOf(event);
  }

  /** See {@linkcode FallbackTransport}. An event without data only sets the id. */
  joined(room: string, joined: Joined): void {
    this.#add({ room, joined });
  }

  /** See {@linkcode FallbackTransport}. An event that is written in part is written to its end. */
  end(end: SessionEnd, dropWaiting: boolean): void {
    this.#stopHeartbeat();
    if (dropWaiting) this.#dropWaiting();
    const { code, reason } = end;
    const close = JSON.stringify({ code, reason });
    this.#ended = true;
    this.#add(encoder.encode(`event: close\ndata: ${close}\n\n`));
  }

  #dropWaiting(): void {
    for (const waiting of this.#waiting.slice(this.#next)) {
      if (isEvent(waiting)) this.#timing.events.drop(waiting);
    }
    this.#waiting = [];
    this.#next = 0;
    this.#queuedBytes = 0;
    this.#heldBytes = 0;
  }

  #finishCurrent(): void {
    if (this.#current !== undefined) this.#timing.events.drop(this.#current);
    this.#current = undefined;
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#queuedBytes += sizeOfWaiting(waiting);
    this.#wake?.();
  }

  // ----- The body, as it is taken -----

  take(): Uint8Array {
    const bytes = this.#portions.take();
    this.#sentBytes += bytes.length;
    if (bytes.length > 0 || this.#ended) this.taken();
    return bytes;
  }

  get pending(): boolean {
    return this.#next < this.#waiting.length || this.queuedBytes > 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  more(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  cancel(): void {
    this.#disconnected();
    this.#dropWaiting();
    this.#finishCurrent();
    this.#wake?.();
  }

  #nextPiece(): Uint8Array | undefined {
    const line = this.#line;
    this.#line = undefined;
    if (line !== undefined) return line;
    this.#finishCurrent();
    for (let waiting; (waiting = this.#waiting[this.#next]) !== undefined;) {
      this.#next++;
      this.#queuedBytes -= sizeOfWaiting(waiting);
      this.#forgetWritten();
      const piece = this.#begin(waiting);
      if (piece !== undefined) return piece;
    }
    return undefined;
  }

  /** Gives the first piece of what is written now; the line of an event may follow. */
  #begin(waiting: Waiting): Uint8Array | undefined {
    if (waiting instanceof Uint8Array) return waiting;
    if (isJoining(waiting)) {
      this.#positions.joined(waiting.room, waiting.joined);
      const id = this.#idLine();
      return id === "" ? undefined : encoder.encode(`${id}\n`);
    }
    if (typeof waiting !== "string" && waiting.place !== undefined) {
      this.#positions.sent(waiting.place.room, waiting.place);
    }
    this.#heldBytes -= ownSizeOf(waiting);
    this.#current = waiting;
    const id = this.#idLine();
    const line = lineOf(waiting);
    if (id === "") return line;
    this.#line = line;
    return encoder.encode(id);
  }

  #idLine(): string {
    const id = this.#positions.toString();
    if (id === this.#lastId) return "";
    this.#lastId = id;
    return `id: ${id}\n`;
  }

  /** Drops the written events, at a cost that does not depend on how much waits. */
  #forgetWritten(): void {
    if (this.#next * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
  }

  #sendHeartbeat(): void {
    const { clock, heartbeat } = this.#timing;
    this.#stopHeartbeat = clock.after(heartbeat, () => {
      if (this.queuedBytes === 0) this.#add(heartbeatComment);
      this.#sendHeartbeat();
    });
  }
}

function isEvent(waiting: Waiting): waiting is QueuedEvent {
  return !(waiting instanceof Uint8Array) && !isJoining(waiting);
}

function isJoining(waiting: Waiting): waiting is Joining {
  return typeof waiting === "object" && "joined" in waiting;
}

function sizeOfWaiting(waiting: Waiting): number {
  if (waiting instanceof Uint8Array) return waiting.length;
  return isJoining(waiting) ? 0 : sizeOf(waiting);
}
