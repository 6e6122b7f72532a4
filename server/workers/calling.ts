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

/** What a worker counts. */
interface Counts {
  published: number;
  rejected: number;
  told: number;
  heard: number;
  dropped: number;
  questions: number;
  missing: number;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
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
  #isClosed = false;

  /** @param port Leads to the first thread. */
  constructor(port: BatchPort<SwitchboardMessage, WorkerMessage>) {
    this.#port = port;
  }

  /** How many messages wait to be stored. */
  get waiting(): number {
    return this.#publishing;
  }

  /** Calls, and waits for the result. Rejects where the call fails, or the broker is closed. */
  call<Name extends keyof Calls>(
    link: number,
    name: Name,
    args: Calls[Name]["args"],
    size = sizeOf(),
  ): Promise<Calls[Name]["result"]> {
    if (this.#isClosed) return Promise.reject(closed());
    const id = this.#id++;
    const call = { name, args } as Call; // the cast: `args` are those of `name`
    this.#port.post({ type: "call", link, id, call }, size);
    const { promise, resolve, reject } = Promise.withResolvers<Calls[Name]["result"]>();
    // The cast: the first thread answers a call with its result.
    this.#calls.set(id, { resolve: (value) => resolve(value as Calls[Name]["result"]), reject });
    return promise;
  }

  /** Calls `publish`, where not too many wait. */
  async publish(link: number, args: Calls["publish"]["args"]): Promise<Calls["publish"]["result"]> {
    const size = sizeOf(...args);
    if (this.#publishing >= maxWaiting || this.#publishingBytes + size > maxWaitingBytes) {
      this.counts.rejected++;
      throw new EventError("UNAVAILABLE", "Too many messages wait to be stored");
    }
    this.#publishing++;
    this.#publishingBytes += size;
    try {
      const position = await this.call(link, "publish", args, size);
      this.counts.published++;
      return position;
    } catch (error) {
      this.counts.rejected++;
      throw error;
    } finally {
      this.#publishing--;
      this.#publishingBytes -= size;
    }
  }

  /** A call has its result. */
  resolve(id: number, value: unknown): void {
    this.#calls.get(id)?.resolve(value);
    this.#calls.delete(id);
  }

  /** A call has failed. */
  reject(id: number, { code, message }: CallFailure): void {
    const error = code === undefined ? new Error(message) : new EventError(code, message);
    this.#calls.get(id)?.reject(error);
    this.#calls.delete(id);
  }

  /** Ends all calls. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#calls.values()) reject(closed());
    this.#calls.clear();
  }
}

function closed(): EventError {
  return new EventError("UNAVAILABLE", "Broker is closed");
}
