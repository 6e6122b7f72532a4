/** One member on its way from the history of a room into what is published there. */

import type { SendResult } from "../../types.ts";
import type { Outgoing } from "../events/outgoing.ts";
import type { Position } from "../../../wire/position.ts";
import type { Joined } from "./position.ts";
import type { Publication } from "./publication.ts";

/**
 * Messages held for one member. Beyond, they are read from the history instead.
 *
 * @limit messages: read from the history
 */
const maxHeld = 1_000;

/**
 * Data of the messages held for one member, if there are several. Beyond, as above.
 *
 * @limit characters: read from the history
 */
const maxHeldSize = 1_048_576;

/** Somebody who can be sent to. */
export interface StreamMember {
  /** Sends an event. */
  send(outgoing: Outgoing): SendResult;
  /** Tells the member that a room's stream was lost, and where it stands now. */
  rejoined(room: string, joined: Joined): void;
  /** Resolves when nothing waits for the member any more, or it has gone. */
  drained(): Promise<void>;
}

/**
 * Holds what is published, in its order, while the member is sent what it has missed. Then the two
 * are merged by their numbers: the member gets what it has not got yet.
 */
export class CatchUp {
  readonly #member: StreamMember;
  readonly #done = Promise.withResolvers<void>();
  #held: Publication[] = [];
  #heldSize = 0;
  #hasEnded = false;

  constructor(member: StreamMember) {
    this.#member = member;
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
    // Those before it are read from the stream then.
    if (this.#held.length === maxHeld || this.#heldSize + publication.size > maxHeldSize) {
      this.drop();
    }
    this.#held.push(publication);
    this.#heldSize += publication.size;
  }

  /**
   * Sends a message that was missed, and waits until the member has taken what waits for it, if that
   * is much: to send all at once would fill its queue, however fast it reads.
   *
   * @returns `false` where it could not be sent, or the member has left.
   */
  async replay({ outgoing }: Publication): Promise<boolean> {
    if (this.#hasEnded) return false;
    const result = this.#member.send(outgoing);
    if (result === "queued") await Promise.race([this.#member.drained(), this.done]);
    return result !== "dropped";
  }

  /** Leaves out what is held up to a position: the member has it, or is not to have it. */
  skipTo({ seq, epoch }: Position): void {
    this.#held = this.#held.filter(({ position }) =>
      position.epoch !== epoch || position.seq > seq
    );
  }

  /** Takes the first message that is held. */
  take(): Publication | undefined {
    const first = this.#held.shift();
    if (first !== undefined) this.#heldSize -= first.size;
    return first;
  }

  /** Forgets what is held: it is read instead, or not to be had any more. */
  drop(): void {
    this.#held = [];
    this.#heldSize = 0;
  }

  /** Sends all that is held; from now on the member gets what is published. */
  release(): void {
    for (const { outgoing } of this.#held) this.#member.send(outgoing);
    this.end();
  }

  /** Forgets what is held. */
  end(): void {
    this.#hasEnded = true;
    this.#held = [];
    this.#done.resolve();
  }
}
