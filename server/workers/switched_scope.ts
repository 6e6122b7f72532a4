/** The state of one namespace in the first thread: followers of topics, and holders of users. */

import type { Broker, BrokerLink, Replies, Topic } from "../app/streams/broker.ts";
import type { Presence } from "../app/presence/presence.ts";
import { Multimap } from "../multimap.ts";
import type { BatchPort } from "./batch_port.ts";
import { type Call, sizeOf, type SwitchboardMessage, type WorkerMessage } from "./messages.ts";

/** A worker's access to a scope. */
export class SwitchedLink {
  /** Rooms of which something was left out, as the worker does not take what it is sent. */
  readonly missed = new Set<string>();
  /** The rooms in which the worker keeps a user, by user. */
  readonly held = new Multimap<string, string>();
  readonly topics: Set<Topic>;

  /**
   * @param node Name of the worker's node.
   * @param link Its number.
   * @param port Leads to the worker.
   */
  constructor(
    readonly node: string,
    readonly link: number,
    readonly port: BatchPort<WorkerMessage, SwitchboardMessage>,
  ) {
    this.topics = new Set<Topic>(["all", `node:${node}`]);
  }
}

/** A question that is waited for. */
interface Question {
  readonly asked: Set<SwitchedLink>;
  readonly replies: string[];
  readonly total: number;
  settle(): void;
}

/**
 * One scope. The numbers, the history and presence are those of the broker of a single node; this
 * hands out to the workers what they follow.
 */
export class SwitchedScope {
  readonly #broker: BrokerLink;
  readonly #links = new Set<SwitchedLink>();
  readonly #followers = new Multimap<Topic, SwitchedLink>();
  readonly #questions = new Map<number, Question>();
  #questionId = 0;

  /**
   * @param broker Numbers and stores.
   * @param name Name of the namespace.
   */
  constructor(broker: Broker, name: string) {
    this.#broker = broker.link(name, {
      published: (room, position, message) => {
        for (const each of this.#followers.valuesOf(`room:${room}`)) {
          const { link, port } = each;
          // The worker reads what it has missed when it is told where the stream stands.
          if (port.isFull) each.missed.add(room);
          else {
            const size = sizeOf(room, message.event, message.data);
            port.post({ type: "published", link, room, position, ...message }, size);
          }
        }
      },
      stands() {},
      told() {},
      asked: () => Promise.reject(new Error("Nobody else is here")),
      gone() {},
      vanished() {},
      appeared() {},
      state() {},
    });
  }

  /** Whether nobody is linked. */
  get isEmpty(): boolean {
    return this.#links.size === 0;
  }

  /** Lets a worker in. */
  add(link: SwitchedLink): void {
    this.#links.add(link);
    for (const topic of link.topics) this.#followers.add(topic, link);
  }

  /** Lets a worker go. Its open answers count as missing. */
  remove(link: SwitchedLink): void {
    this.#links.delete(link);
    for (const topic of [...link.topics]) this.unfollow(link, topic);
    for (const id of [...this.#questions.keys()]) this.answer(link, id, undefined);
  }

  /** Removes the users of a dead worker, and tells one of the living ones. */
  async forget(dead: SwitchedLink): Promise<void> {
    for (const userId of dead.held.keys()) {
      for (const room of dead.held.valuesOf(userId)) {
        const isLast = await this.#broker.presence.leave(room, userId, dead.node);
        const [witness] = this.#links;
        if (!isLast || witness === undefined) continue;
        const { link, port } = witness;
        port.post({ type: "vanished", link, room, userId }, sizeOf(room, userId));
      }
    }
  }

  /** Does what a worker asks for. Rejects where it has failed. */
  async call(link: SwitchedLink, { name, args }: Call): Promise<unknown> {
    const { presence } = this.#broker;
    switch (name) {
      case "follow":
        return await this.#follow(link, ...args);
      case "publish":
        return await this.#broker.publish(...args);
      case "read":
        return await this.#broker.read(...args);
      case "current":
        return await this.#broker.current(...args);
      case "enter":
        return await this.#enter(presence, link, ...args);
      case "leave":
        link.held.delete(args[1], args[0]);
        return await presence.leave(...args, link.node);
      case "users":
        return await presence.users(...args);
      case "count":
        return await presence.count(...args);
      case "ask":
        return await this.#ask(link, ...args);
    }
  }

  #enter(presence: Presence, link: SwitchedLink, room: string, userId: string): Promise<boolean> {
    link.held.add(userId, room);
    return presence.enter(room, userId, link.node);
  }

  async #follow(link: SwitchedLink, topic: Topic): Promise<void> {
    link.topics.add(topic);
    if (this.#followers.add(topic, link)) await this.#broker.follow(topic);
  }

  /** A worker follows a topic no more. */
  unfollow(link: SwitchedLink, topic: Topic): void {
    link.topics.delete(topic);
    if (this.#followers.delete(topic, link)) this.#broker.unfollow(topic);
  }

  /** Passes a message on. */
  tell(from: SwitchedLink, topic: Topic, message: string): void {
    for (const { link, port } of this.#others(from, topic)) {
      if (port.isFull) from.port.post({ type: "dropped" });
      else port.post({ type: "told", link, message, from: from.node }, sizeOf(message));
    }
  }

  #others(from: SwitchedLink, topic: Topic): SwitchedLink[] {
    return [...this.#followers.valuesOf(topic)].filter((link) => link !== from);
  }

  async #ask(
    from: SwitchedLink,
    topic: Topic,
    message: string,
    timeout: number,
  ): Promise<Replies> {
    const others = this.#others(from, topic);
    if (others.length === 0) return { replies: [], missing: 0 };
    const id = this.#questionId++;
    const asked = others.filter(({ port }) => !port.isFull);
    const replies: string[] = [];
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout);
      const settle = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#questions.set(id, { asked: new Set(asked), replies, total: others.length, settle });
      for (const { link, port } of asked) {
        port.post({ type: "asked", link, id, message, from: from.node }, sizeOf(message));
      }
      if (asked.length === 0) settle();
    });
    this.#questions.delete(id);
    return { replies, missing: others.length - replies.length };
  }

  /** A worker has replied; `undefined` where it will not. */
  answer(link: SwitchedLink, id: number, reply: string | undefined): void {
    const question = this.#questions.get(id);
    if (question === undefined || !question.asked.delete(link)) return;
    if (reply !== undefined) question.replies.push(reply);
    if (question.asked.size === 0) question.settle();
  }

  /** A worker takes again what it is sent: tells it where the streams stand that it has missed. */
  async catchUp({ missed, link, port }: SwitchedLink): Promise<void> {
    const rooms = [...missed];
    missed.clear();
    for (const room of rooms) {
      const position = await this.#broker.current(room);
      port.post({ type: "stands", link, room, position }, sizeOf(room));
    }
  }

  /** Ends the scope: what is being stored is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { settle } of this.#questions.values()) settle();
    await this.#broker[Symbol.asyncDispose]();
  }
}
