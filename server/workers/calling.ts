/** Calls of a worker that wait for the first thread. */

import { EventError } from "../app/events/errors.ts";
import type { BatchPort } from "./batch_port.ts";
import {
  type Call,
  type CallFailure,
  type Calls,
  sizeOf,
  type SwitchboardMessage,
  type WorkerMessage,
} from "./messages.ts";

/** Messages that wait to be stored. @limit messages: one more is refused as `UNAVAILABLE` */
const maxWaiting = 10_000;

/** Their bytes. @limit bytes: one more is refused as `UNAVAILABLE` */
const maxWaitingBytes = 16_777_216;

/** Users who wait to be entered or taken out. @limit calls: one more fails as `UNAVAILABLE` */
const maxEntering = 10_000;

/** How long the first thread has to answer a call. @limit ms: the call fails as `UNAVAILABLE` */
const callTimeout = 5_000;

/** How long it has beyond the time that a question gives to the other workers, in milliseconds. */
const askTime = 1_000;

/** How often late calls are looked for, in milliseconds. */
const lookInterval = 250;

/** The counts of a worker. */
interface Counts {
  published: number;
  rejected: number;
  told: number;
  heard: number;
  dropped: number;
  questions: number;
  missing: number;
}

/** A call that the first thread has not answered. */
interface Waiting {
  readonly name: keyof Calls;
  readonly size: number;
  /** When it is too late, by `performance.now`. */
  readonly until: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
  /** Whether it was rejected as late. It is counted as long as it may lie in the port. */
  isLate: boolean;
}

/** Sends calls, and hands out what they result in. */
export class Calling {
  /** Counts since the start. */
  readonly counts: Counts = {
    published: 0,
    rejected: 0,
    told: 0,
    heard: 0,
    dropped: 0,
    questions: 0,
    missing: 0,
  };
  readonly #port: BatchPort<SwitchboardMessage, WorkerMessage>;
  readonly #calls = new Map<number, Waiting>();
  #id = 0;
  #publishing = 0;
  #publishingBytes = 0;
  #entering = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** @param port Leads to the first thread. */
  constructor(port: BatchPort<SwitchboardMessage, WorkerMessage>) {
    this.#port = port;
  }

  /** How many messages wait to be stored. */
  get waiting(): number {
    return this.#publishing;
  }

  /**
   * Calls, and waits for the result. Rejects where the call fails, too much waits already, the first
   * thread does not answer in time, or the broker is closed.
   */
  call<Name extends keyof Calls>(
    link: number,
    name: Name,
    args: Calls[Name]["args"],
    size = sizeOf(),
  ): Promise<Calls[Name]["result"]> {
    if (this.#isClosed) return Promise.reject(unavailable("Broker is closed"));
    const refusal = this.#refusal(name, size);
    if (refusal !== undefined) return Promise.reject(unavailable(refusal));
    const id = this.#id++;
    const call = { name, args } as Call; // the cast: `args` are those of `name`
    this.#port.post({ type: "call", link, id, call }, size);
    const { promise, resolve, reject } = Promise.withResolvers<Calls[Name]["result"]>();
    const waiting: Waiting = {
      name,
      size,
      until: performance.now() + timeoutOf(call),
      // The cast: the first thread answers a call with its result.
      resolve: (value) => resolve(value as Calls[Name]["result"]),
      reject,
      isLate: false,
    };
    this.#calls.set(id, waiting);
    this.#count(waiting, 1);
    this.#wait();
    return promise;
  }

  /** Calls `publish`, and counts what becomes of it. */
  async publish(link: number, args: Calls["publish"]["args"]): Promise<Calls["publish"]["result"]> {
    try {
      const position = await this.call(link, "publish", args, sizeOf(...args));
      this.counts.published++;
      return position;
    } catch (error) {
      this.counts.rejected++;
      throw error;
    }
  }

  // ----- Bounds -----

  #refusal(name: keyof Calls, size: number): string | undefined {
    if (name === "publish") {
      const isTooMuch = this.#publishing >= maxWaiting ||
        this.#publishingBytes + size > maxWaitingBytes;
      return isTooMuch ? "Too many messages wait to be stored" : undefined;
    }
    if (isPresence(name)) {
      return this.#entering >= maxEntering ? "Too many users wait to be entered" : undefined;
    }
    return this.#port.isFull ? "First thread does not take what it is sent" : undefined;
  }

  #count({ name, size }: Waiting, sign: 1 | -1): void {
    if (name === "publish") {
      this.#publishing += sign;
      this.#publishingBytes += sign * size;
    } else if (isPresence(name)) this.#entering += sign;
  }

  // ----- Time -----

  /** One timer for all: calls are many, and rarely late. */
  #wait(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const now = performance.now();
      for (const [id, waiting] of this.#calls) {
        if (waiting.until <= now && !waiting.isLate) this.#endLate(id, waiting);
      }
      if (this.#calls.size > 0) this.#wait();
    }, lookInterval);
  }

  #endLate(id: number, waiting: Waiting): void {
    waiting.isLate = true;
    if (waiting.name === "publish") {
      waiting.reject(
        unavailable("First thread does not answer: it is not known whether the message was stored"),
      );
    } else {
      this.#calls.delete(id);
      waiting.reject(unavailable("First thread does not answer"));
    }
  }

  // ----- Results -----

  /** A call has its result. */
  resolve(id: number, value: unknown): void {
    this.#take(id)?.resolve(value); // does nothing where it was rejected as late
  }

  /** A call has failed. */
  reject(id: number, { code, message }: CallFailure): void {
    this.#take(id)?.reject(code === undefined ? new Error(message) : new EventError(code, message));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#calls.get(id);
    if (waiting === undefined) return undefined;
    this.#calls.delete(id);
    this.#count(waiting, -1);
    return waiting;
  }

  /** Ends all calls. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const { reject } of this.#calls.values()) reject(unavailable("Broker is closed"));
    this.#calls.clear();
  }
}

/** Whether a call changes presence: it waits without a deadline, as it must not be lost. */
function isPresence(name: keyof Calls): boolean {
  return name === "enter" || name === "leave";
}

function timeoutOf({ name, args }: Call): number {
  if (isPresence(name)) return Infinity;
  return name === "ask" ? args[2] + askTime : callTimeout;
}

function unavailable(text: string): EventError {
  return new EventError("UNAVAILABLE", text);
}
