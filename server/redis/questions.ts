/** Questions to other nodes, and their replies. */

import { EventError } from "../app/events/errors.ts";
import type { Replies } from "../app/streams/broker.ts";

/** Questions that are open. @limit questions: rejected with `UNAVAILABLE` */
const maxOpen = 10_000;

/** A question whose replies are not all there. */
interface Question {
  readonly replies: string[];
  /** The nodes that have replied. */
  readonly from: Set<string>;
  /** How many nodes have got it, this one too where it follows the topic; -1 until this is known. */
  count: number;
  /** How many have answered that there is no reply, and this one's echo. */
  none: number;
  echo: number;
  end(): void;
}

/** Counts replies. */
export class Questions {
  readonly #open = new Map<string, Question>();
  #lastId = 0;
  /** Questions that were asked. */
  asked = 0;
  /** Replies that have not come. */
  missing = 0;

  /**
   * Asks, and waits for as many replies as nodes have got the question.
   *
   * @param send Sends the question under an id, and tells how many nodes have got it.
   * @param timeout Milliseconds after which the rest is missing.
   */
  async ask(send: (id: string) => Promise<number>, timeout: number): Promise<Replies | undefined> {
    if (this.#open.size >= maxOpen) return undefined;
    const id = String(++this.#lastId);
    const { promise, resolve } = Promise.withResolvers<void>();
    const question: Question = {
      replies: [],
      from: new Set(),
      count: -1,
      none: 0,
      echo: 0,
      end: resolve,
    };
    this.#open.set(id, question);
    const timer = setTimeout(resolve, timeout);
    try {
      this.asked++;
      // Redis may stand still before it has said how many nodes have got the question.
      const sent = send(id).then((count) => {
        question.count = count;
        this.#check(question);
      });
      await Promise.race([promise, sent.then(() => promise)]);
      sent.catch(() => {}); // it may come too late for anybody
      if (question.count < 0) throw new EventError("UNAVAILABLE", "Redis does not answer");
    } finally {
      clearTimeout(timer);
      this.#open.delete(id);
    }
    const missing = Math.max(0, question.count - question.echo - question.replies.length);
    this.missing += missing;
    return { replies: [...question.replies], missing };
  }

  /** Ends all questions: what has not come is missing. */
  close(): void {
    for (const { end } of this.#open.values()) end();
  }

  /** A reply has come, or word that there is none. */
  replied(id: string, from: string, message: string | undefined): void {
    const question = this.#open.get(id);
    if (question === undefined || question.from.has(from)) return;
    question.from.add(from);
    if (message === undefined) question.none++;
    else question.replies.push(message);
    this.#check(question);
  }

  /** This node has got its own question, as it follows the topic. */
  echoed(id: string): void {
    const question = this.#open.get(id);
    if (question === undefined) return;
    question.echo = 1;
    this.#check(question);
  }

  #check({ count, replies, none, echo, end }: Question): void {
    if (count >= 0 && replies.length + none + echo >= count) end();
  }
}
