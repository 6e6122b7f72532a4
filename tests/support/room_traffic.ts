/** Messages in one room, by several senders, at a steady rate. */

import { EventError } from "../../server/app/events/errors.ts";
import { type Heard, room } from "./room_members.ts";

/** Something that publishes. */
export interface Sender {
  publish(room: string, event: string, data: unknown): Promise<{ seq: number; epoch: string }>;
}

/** So many wait at the most: a busy machine cannot do the rate, and then less is sent. */
const maxOpen = 2_000;

/** Publishes until it is stopped; each text says whose it is, and its number. */
export class Traffic {
  /** Where what was stored stands. */
  readonly stored: Heard[] = [];
  /** The messages that were refused and are known not to be stored. */
  readonly unstored: string[] = [];
  /** Of which nobody knows. */
  readonly unknown: string[] = [];
  /** The errors of refused messages other than `UNAVAILABLE`. */
  readonly errors: unknown[] = [];
  readonly #senders: readonly Sender[];
  readonly #open = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;
  #count = 0;

  /**
   * @param senders The clients that publish, in turn.
   * @param perSecond Messages a second, of all.
   */
  constructor(senders: readonly Sender[], perSecond: number) {
    this.#senders = senders;
    const start = performance.now();
    this.#timer = setInterval(() => {
      const due = (performance.now() - start) / 1_000 * perSecond;
      while (this.#count < due && this.#open.size < maxOpen) this.send();
    }, 10);
  }

  /** Messages that were sent. */
  get count(): number {
    return this.#count;
  }

  /** Messages that wait for their answer. */
  get waiting(): number {
    return this.#open.size;
  }

  /** Sends one more. @returns Its text. */
  send(): string {
    const index = this.#count++;
    const sender = index % this.#senders.length;
    const text = `${sender}:${Math.floor(index / this.#senders.length)}`;
    const call = this.#senders[sender]!.publish(room, "said", { text }).then(
      ({ seq, epoch }) => void this.stored.push({ seq, epoch, text }),
      (error) => this.#failed(text, error),
    ).finally(() => this.#open.delete(call));
    this.#open.add(call);
    return text;
  }

  #failed(text: string, error: unknown): void {
    const isEventError = error instanceof EventError;
    if (!isEventError) this.errors.push(error);
    const isKnown = isEventError && !error.message.includes("not known whether");
    (isKnown ? this.unstored : this.unknown).push(text);
  }

  /** Sends no more, and waits for all answers. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#open);
  }
}
