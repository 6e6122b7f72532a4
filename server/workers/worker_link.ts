/** A worker's access to one namespace. */

import type { BrokerEars, BrokerLink, NodeInfo, Replies, Topic } from "../app/streams/broker.ts";
import type { HistoryPage } from "../app/streams/history.ts";
import type { JoinFrom, Position } from "../app/streams/position.ts";
import type { Presence } from "../app/presence/presence.ts";
import type { BatchPort } from "./batch_port.ts";
import type { Calling } from "./calling.ts";
import { sizeOf, type SwitchboardMessage, type WorkerMessage } from "./messages.ts";

/** The parts that a link shares with the others of its broker. */
export interface WorkerLinkContext {
  /** Name of the node. */
  readonly node: string;
  /** Leads to the first thread. */
  readonly port: BatchPort<SwitchboardMessage, WorkerMessage>;
  /** Calls that wait for it. */
  readonly calling: Calling;
  /** Lists the living nodes. */
  nodes(): readonly NodeInfo[];
  /** The link has ended. */
  ended(): void;
}

/** Sends what the application asks for to the first thread, and hands in what comes from there. */
export class WorkerLink implements BrokerLink {
  readonly isAlone = false;
  readonly presence: Presence;
  readonly ears: BrokerEars;
  readonly #number: number;
  readonly #context: WorkerLinkContext;
  /** Those that have not settled. */
  readonly #publishing = new Set<Promise<unknown>>();
  #isEnded = false;

  /**
   * @param number Tells it from the other links of the worker.
   * @param ears Called with messages and changes.
   * @param context The parts that the links of a worker share.
   */
  constructor(number: number, ears: BrokerEars, context: WorkerLinkContext) {
    this.#number = number;
    this.ears = ears;
    this.#context = context;
    this.presence = {
      // The holder is this node; the first thread knows which one has called.
      enter: (room, userId) => context.calling.call(number, "enter", [room, userId]),
      leave: (room, userId) => context.calling.call(number, "leave", [room, userId]),
      users: (room, limit) => context.calling.call(number, "users", [room, limit]),
      count: (room) => context.calling.call(number, "count", [room]),
    };
  }

  get node(): string {
    return this.#context.node;
  }

  publish(room: string, event: string, data: string): Promise<Position> {
    const published = this.#context.calling.publish(this.#number, [room, event, data]);
    this.#publishing.add(published);
    const settled = () => void this.#publishing.delete(published);
    published.then(settled, settled);
    return published;
  }

  read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage> {
    return this.#context.calling.call(this.#number, "read", [room, since, limit]);
  }

  current(room: string): Promise<Position> {
    return this.#context.calling.call(this.#number, "current", [room]);
  }

  follow(topic: Topic): Promise<void> {
    return this.#context.calling.call(this.#number, "follow", [topic]);
  }

  unfollow(topic: Topic): void {
    this.#context.port.post({ type: "unfollow", link: this.#number, topic });
  }

  tell(topic: Topic, message: string): void {
    const { port, calling: { counts } } = this.#context;
    if (port.isFull) return void counts.dropped++;
    counts.told++;
    port.post({ type: "tell", link: this.#number, topic, message }, sizeOf(topic, message));
  }

  async ask(topic: Topic, message: string, timeout: number): Promise<Replies> {
    const { calling } = this.#context;
    calling.counts.questions++;
    const args: [Topic, string, number] = [topic, message, timeout];
    const replies = await calling.call(this.#number, "ask", args, sizeOf(topic, message));
    calling.counts.missing += replies.missing;
    return replies;
  }

  nodes(): readonly NodeInfo[] {
    return this.#context.nodes();
  }

  /** Hands in what has come for this link. */
  received(message: Extract<SwitchboardMessage, { readonly link: number }>): void {
    const { ears } = this;
    switch (message.type) {
      case "published": {
        const { room, position, event, data } = message;
        return ears.published(room, position, { event, data });
      }
      case "stands":
        return ears.stands(message.room, message.position);
      case "told":
        this.#context.calling.counts.heard++;
        return ears.told(message.message, message.from);
      case "vanished":
        return ears.vanished(message.room, message.userId);
      case "asked":
        return void this.#answer(message.id, message.message, message.from);
    }
  }

  async #answer(id: number, message: string, from: string): Promise<void> {
    const reply = await this.ears.asked(message, from).catch(() => undefined);
    const { port } = this.#context;
    port.post({ type: "answer", link: this.#number, id, reply }, sizeOf(reply ?? ""));
  }

  /** Waits for what is being stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#context.ended();
    const publishing = [...this.#publishing];
    await Promise.allSettled(publishing);
    this.#context.port.post({ type: "unlink", link: this.#number });
  }
}
