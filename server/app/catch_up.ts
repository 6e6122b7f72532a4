/** One member on its way from the history of a room into what is published there. */

import type { SendResult } from "../types.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Position } from "./position.ts";
import type { Publication } from "./publication.ts";

/**
 * Messages held for one member. Beyond, they are read from the history instead.
 *
 * @limit messages: read from the history
 */
const maxHeld = 1_000;

/**
 * Holds what is published, in its order, while the member is sent what it has missed. Then the two
 * are merged by their numbers: the member gets what it has not got yet.
 */
export class CatchUp {
  readonly #send: (outgoing: Outgoing) => SendResult;
  readonly #done = Promise.withResolvers<void>();
  #held: Publication[] = [];
  #hasEnded = false;

  /** @param send Sends to the member. */
  constructor(send: (outgoing: Outgoing) => SendResult) {
    this.#send = send;
  }

  /** `true` once nothing is held any more: the member has left, or gets what is published. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves at the end. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Where the first message that is held follows on; `undefined` where none is. */
  get start(): Position | undefined {
    const first = this.#held[0]?.position;
    return first && { seq: first.seq - 1, epoch: first.epoch };
  }

  /** Holds a message that is published. */
  hold(publication: Publication): void {
    // This makes a hole, and so the history is asked again: see `follows`.
    if (this.#held.length === maxHeld) this.#held = [];
    this.#held.push(publication);
  }

  /** Tells whether what is held follows a position, or begins before it, in the same epoch. */
  follows({ seq, epoch }: Position): boolean {
    const { start } = this;
    return start === undefined || (start.epoch === epoch && start.seq <= seq);
  }

  /**
   * Sends a message that was missed.
   *
   * @returns `false` where it could not be sent, or the member has left.
   */
  replay({ outgoing }: Publication): boolean {
    return !this.#hasEnded && this.#send(outgoing) !== "dropped";
  }

  /** Leaves out what is held up to a position: the member has it, or is not to have it. */
  skipTo({ seq, epoch }: Position): void {
    this.#held = this.#held.filter(({ position }) =>
      position.epoch !== epoch || position.seq > seq
    );
  }

  /** Sends what is held up to a position. */
  releaseTo({ seq, epoch }: Position): void {
    const held = this.#held;
    const end = held.findIndex(({ position }) => position.epoch !== epoch || position.seq > seq);
    for (const { outgoing } of held.splice(0, end < 0 ? held.length : end)) this.#send(outgoing);
  }

  /** Sends all that is held; from now on the member gets what is published. */
  release(): void {
    for (const { outgoing } of this.#held) this.#send(outgoing);
    this.end();
  }

  /** Forgets what is held. */
  end(): void {
    this.#hasEnded = true;
    this.#held = [];
    this.#done.resolve();
  }
}
