/** The broker over Redis. */

import type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerState,
  BrokerStats,
  NodeInfo,
  Replies,
  Topic,
} from "../app/streams/broker.ts";
import type { HistoryPage } from "../app/streams/history.ts";
import type { JoinFrom, Position } from "../app/streams/position.ts";
import type { Presence } from "../app/presence/presence.ts";
import { encodeAsked, encodeReplied, encodeTold, type Envelope } from "./envelope.ts";
import { type NodeLink, RedisNode } from "./node.ts";
import { type RedisBrokerOptions, resolveOptions } from "./options.ts";
import { RedisPresence } from "./presence.ts";
import type { KnownPosition } from "./streams.ts";
import { within } from "./within.ts";

/**
 * Makes a broker over Redis: the applications of all processes that use the same Redis and prefix
 * have the same rooms. Every member of a room gets the same messages in one order, on whichever node
 * it is, and recovers on any node what it has missed.
 *
 * It connects when a server starts to serve its application, or at the first call. While Redis is
 * away, messages wait for `publishTimeout`; see {@linkcode RedisBrokerOptions}.
 *
 * @param options Where Redis is, and how much is kept.
 * @returns The broker, for one application and its namespaces.
 * @throws {TypeError} An option is not known, or of a wrong type, or the URL is none of Redis.
 * @throws {RangeError} A number is out of range.
 *
 * @example An application of many nodes
 * ```ts
 * import { App } from "@hawser/ws";
 * import { redisBroker } from "@hawser/ws/redis";
 * import { assertEquals } from "@std/assert";
 *
 * const broker = redisBroker({ url: "redis://127.0.0.1:6379", prefix: "chat" });
 * const app = new App({ broker, rooms: true });
 * assertEquals(broker.state, "down"); // until a server serves the application
 * ```
 */
export function redisBroker(options: RedisBrokerOptions): Broker {
  return new RedisBroker(options);
}

class RedisBroker implements Broker {
  readonly #node: RedisNode;
  #closing: Promise<void> | undefined;

  constructor(options: RedisBrokerOptions) {
    this.#node = new RedisNode(resolveOptions(options));
  }

  get state(): BrokerState {
    return this.#node.connections.state;
  }

  link(scope: string, ears: BrokerEars): BrokerLink {
    const { links } = this.#node;
    if (this.#closing !== undefined) throw new TypeError("Cannot link: the broker is closed");
    if (links.has(scope)) throw new TypeError(`Cannot link: scope "${scope}" is linked`);
    const link = new RedisLink(scope, ears, this.#node);
    links.set(scope, link);
    link.followOwn();
    return link;
  }

  start(): Promise<void> {
    return this.#node.connections.start();
  }

  stats(): BrokerStats {
    const { counts, questions, outbox, leases, connections } = this.#node;
    return {
      ...counts,
      nodes: leases.nodes().length,
      waiting: outbox.waiting,
      questions: questions.asked,
      missing: questions.missing,
      reconnections: connections.reconnections,
      refused: connections.refused,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#closing ??= this.#node.close();
  }
}

class RedisLink implements BrokerLink, NodeLink {
  readonly isAlone = false;
  readonly presence: Presence;
  readonly ears: BrokerEars;
  readonly rooms = new Map<string, KnownPosition | undefined>();
  readonly #scope: string;
  readonly #node: RedisNode;
  readonly #followed = new Set<Topic>();
  /** Characters of what is on its way to other nodes. */
  #sending = 0;
  #isClosed = false;

  constructor(scope: string, ears: BrokerEars, node: RedisNode) {
    this.#scope = scope;
    this.ears = ears;
    this.#node = node;
    this.presence = new RedisPresence(scope, node.presence);
  }

  get node(): string {
    return this.#node.info.node;
  }

  /** Follows what each node follows. */
  followOwn(): void {
    for (const topic of ["all", `node:${this.node}`] as const) {
      this.#followed.add(topic);
      this.#node.follow(this.#scope, this.#channel(topic), topic).catch(() => {});
    }
  }

  #channel(topic: Topic): string {
    return this.#node.names.channel(this.#scope, topic);
  }

  // ----- Streams -----

  async publish(room: string, event: string, data: string): Promise<Position> {
    const { connections, streams, counts } = this.#node;
    connections.start().catch(() => {});
    try {
      if (connections.isOver) throw connections.unavailable();
      const position = await streams.publish(this.#scope, room, event, data);
      counts.published++;
      return position;
    } catch (error) {
      counts.rejected++;
      throw error;
    }
  }

  read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage> {
    return this.#node.streams.read(this.#scope, room, since, limit);
  }

  current(room: string): Promise<Position> {
    return this.#node.streams.current(this.#scope, room);
  }

  // ----- Topics -----

  follow(topic: Topic): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#node.connections.start().catch(() => {});
    this.#followed.add(topic);
    const room = roomOf(topic);
    if (room !== undefined && !this.rooms.has(room)) this.rooms.set(room, undefined);
    return this.#node.follow(this.#scope, this.#channel(topic), topic);
  }

  unfollow(topic: Topic): void {
    if (!this.#followed.delete(topic)) return;
    const room = roomOf(topic);
    if (room !== undefined) this.rooms.delete(room);
    this.#node.unfollow(this.#channel(topic));
  }

  tell(topic: Topic, message: string): void {
    const { connections, counts, options } = this.#node;
    if (connections.state === "down" || this.#sending > options.maxWaitingSize) {
      counts.dropped++;
      return;
    }
    this.#sending += message.length;
    this.#node.send(this.#channel(topic), encodeTold(this.node, message)).then(
      () => counts.told++,
      () => counts.dropped++,
    ).then(() => this.#sending -= message.length);
  }

  async ask(topic: Topic, message: string, timeout: number): Promise<Replies> {
    const { connections, questions, options } = this.#node;
    const started = connections.start().catch(() => {});
    // Right after the start it may be on its way; one that never comes is not waited for.
    if (connections.state === "down" && !connections.hasFailed) {
      await within(started, Math.min(timeout, options.publishTimeout));
    }
    if (connections.state === "down") throw connections.unavailable();
    const channel = this.#channel(topic);
    const replies = await questions.ask(
      (id) =>
        this.#node.send(channel, encodeAsked(this.node, id, message)).catch(() => {
          throw connections.unavailable("The question could not be sent to Redis");
        }),
      timeout,
    );
    if (replies === undefined) throw connections.unavailable("Too many questions are open");
    return replies;
  }

  nodes(): readonly NodeInfo[] {
    return this.#node.leases.nodes();
  }

  // ----- Hearing -----

  received(topic: string, envelope: Envelope): void {
    if (envelope.kind === "published") return this.#published(topic, envelope);
    const { counts, questions } = this.#node;
    if (envelope.kind === "come" || envelope.kind === "gone") {
      counts.foreign++;
      return;
    }
    const { from } = envelope;
    if (from === this.node) {
      if (envelope.kind === "asked") questions.echoed(envelope.id);
      return;
    }
    counts.heard++;
    if (envelope.kind === "told") this.ears.told(envelope.message, from);
    else if (envelope.kind === "replied") questions.replied(envelope.id, from, envelope.message);
    else if (envelope.kind === "asked") this.#asked(envelope.id, from, envelope.message);
  }

  #published(topic: string, message: Envelope & { kind: "published" }): void {
    const { id, seq, epoch, event, data } = message;
    const room = roomOf(topic);
    if (room === undefined) return void this.#node.counts.foreign++;
    if (!this.rooms.has(room)) return;
    const position = { seq, epoch };
    const known = this.rooms.get(room);
    if (known?.epoch !== epoch || known.seq < seq) this.rooms.set(room, { ...position, id });
    this.ears.published(room, position, { event, data });
  }

  #asked(id: string, from: string, message: string): void {
    const reply = (text: string | undefined) => {
      if (this.#isClosed) return;
      // Where it cannot be sent, it is missing there.
      this.#node.send(this.#channel(`node:${from}`), encodeReplied(this.node, id, text))
        .catch(() => {});
    };
    this.ears.asked(message, from).then(reply, () => reply(undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#node.links.delete(this.#scope);
    for (const topic of [...this.#followed]) this.unfollow(topic);
    const { connections, options, presenceOutbox } = this.#node;
    if (connections.isUsable) await within(presenceOutbox.idle(), options.publishTimeout);
  }
}

/** The room of a topic that is one's. */
function roomOf(topic: string): string | undefined {
  return topic.startsWith("room:") ? topic.slice("room:".length) : undefined;
}
