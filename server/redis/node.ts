/** The parts that all links of a Redis broker share. */

import type { BrokerEars, NodeInfo } from "../app/streams/broker.ts";
import { newNodeName } from "../app/streams/node_name.ts";
import { isRefusal } from "./connection.ts";
import { Connections } from "./connections.ts";
import { decode, encodeNode, type Envelope } from "./envelope.ts";
import { Leases } from "./leases.ts";
import type { ResolvedOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { enterAgain, type PresenceContext } from "./presence.ts";
import { Questions } from "./questions.ts";
import { Names } from "./scripts.ts";
import { type KnownPosition, type KnownRoom, RedisStreams } from "./streams.ts";
import { Subscriptions } from "./subscriptions.ts";
import { within } from "./within.ts";
import { databaseOf } from "./options.ts";

/** A link, as the node sees it. */
export interface NodeLink {
  readonly ears: BrokerEars;
  /** Rooms that it follows, and where they stand as far as is known. */
  readonly rooms: Map<string, KnownPosition | undefined>;
  received(topic: string, envelope: Envelope): void;
}

/** The subject of the checks of positions, in notices. */
const checks = "the positions of rooms";

/** Where a channel belongs. */
interface Address {
  readonly scope: string;
  readonly topic: string;
}

/** One node: its connections, its lease, and its subscriptions. */
export class RedisNode {
  readonly info: NodeInfo = { node: newNodeName(), startedAt: Date.now() };
  readonly options: ResolvedOptions;
  readonly names: Names;
  readonly connections: Connections;
  readonly subscriptions: Subscriptions;
  readonly outbox: Outbox;
  readonly presenceOutbox: Outbox;
  readonly streams: RedisStreams;
  readonly questions = new Questions();
  readonly leases: Leases;
  readonly presence: PresenceContext;
  readonly links = new Map<string, NodeLink>();
  readonly counts = { published: 0, rejected: 0, told: 0, heard: 0, dropped: 0, foreign: 0 };
  /** Where rooms stood before the cut, until they were looked at after it. */
  readonly #before = new Map<NodeLink, Map<string, KnownPosition>>();
  readonly #addresses = new Map<string, Address>();
  /** Refusals of Redis that were reported. */
  readonly #complaints = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: ResolvedOptions) {
    this.options = options;
    const { info } = this;
    const names = this.names = new Names(options.prefix, databaseOf(options.url));
    const connections = this.connections = new Connections(options, info.node, {
      subscriber: () => {
        this.#remember();
        this.subscriptions.restart();
      },
      commands: () => this.#connected(),
      state: (state) => {
        for (const { ears } of this.links.values()) ears.state(state);
      },
    });
    this.subscriptions = new Subscriptions({
      timeout: options.publishTimeout,
      client: () => connections.subscriber,
      received: (channel, message) => this.#receive(channel, message),
      refused: (error) => {
        connections.refused++;
        this.#reportFailure("subscriptions", error);
      },
      unavailable: () => connections.unavailable(),
    });
    this.outbox = this.#makeOutbox(options.publishTimeout, () => connections.isUsable);
    this.presenceOutbox = this.#makeOutbox(
      Infinity,
      () => connections.isUsable && this.leases.isHeld,
    );
    this.streams = new RedisStreams({
      node: info.node,
      names,
      options,
      connections,
      outbox: this.outbox,
    });
    this.presence = {
      node: info.node,
      names,
      connections,
      outbox: this.presenceOutbox,
      held: new Set(),
    };
    this.leases = new Leases({
      info,
      names,
      connections,
      timeout: options.nodeTimeout,
      forgotten: (wasTaken) => this.#forgotten(wasTaken),
      failed: (error) => this.#reportFailure("the lease of this node", error),
      held: () => {
        this.#complaints.delete("the lease of this node");
        this.presenceOutbox.pump();
      },
      gone: (node, how) => {
        for (const { ears } of this.links.values()) ears.gone(node, how);
      },
      vanished: (scope, room, userId) => this.links.get(scope)?.ears.vanished(room, userId),
    });
    this.follow("", names.nodes, "nodes").catch(() => {});
  }

  #makeOutbox(timeout: number, isUsable: () => boolean): Outbox {
    const { maxWaiting, maxWaitingSize } = this.options;
    return new Outbox({
      maxItems: maxWaiting,
      maxSize: maxWaitingSize,
      timeout,
      isUsable,
      recover: () => this.connections.reload(),
      unavailable: (text) => this.connections.unavailable(text),
    });
  }

  // ----- Connections -----

  /** Both connections are there, for the first time or again. */
  async #connected(): Promise<void> {
    try {
      await this.subscriptions.settled();
      await this.leases.renew();
      await this.check();
    } finally {
      this.outbox.pump();
      this.presenceOutbox.pump();
      this.#waitForCheck();
    }
  }

  /** Redis does not know this node: the others are told, and its users are brought in again. */
  async #forgotten(wasTaken: boolean): Promise<void> {
    await this.connections.command([
      "PUBLISH",
      this.names.nodes,
      encodeNode("come", this.info.node),
    ]);
    await enterAgain(this.presence, (scope, room, userId) => {
      if (wasTaken) this.links.get(scope)?.ears.appeared(room, userId);
    });
  }

  /** Says once that Redis refuses something. */
  #reportFailure(what: string, error: unknown): void {
    if (!isRefusal(error) || this.#complaints.has(what)) return;
    this.#complaints.add(what);
    this.options.onNotice(`Redis refuses ${what}: ${String(error)}`);
  }

  // ----- Positions -----

  /**
   * Remembers the positions of rooms before anything is received on a new connection: it may lead
   * to a replica that lacks the last messages, and has given their numbers to others.
   */
  #remember(): void {
    for (const link of this.links.values()) {
      const before = this.#before.get(link) ?? new Map<string, KnownPosition>();
      this.#before.set(link, before);
      for (const [room, position] of link.rooms) {
        if (position !== undefined && !before.has(room)) before.set(room, position);
      }
    }
  }

  /** Looks where the followed rooms stand. Rejects where Redis does not answer. */
  async check(): Promise<void> {
    const rooms: KnownRoom[] = [...this.links].flatMap(([scope, link]) =>
      Array.from(link.rooms, ([room, position]) => ({
        scope,
        room,
        position: this.#before.get(link)?.get(room) ?? position,
      }))
    );
    const positions = await this.streams.check(rooms);
    this.#before.clear();
    rooms.forEach(({ scope, room }, i) => {
      const position = positions[i];
      const link = this.links.get(scope);
      if (position !== undefined && link?.rooms.has(room)) link.ears.stands(room, position);
    });
  }

  #waitForCheck(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.subscriptions.retry();
      this.check().then(
        () => this.#complaints.delete(checks),
        (error) => this.#reportFailure(checks, error),
      ).then(() => this.#waitForCheck());
    }, this.options.checkInterval * (0.8 + Math.random() * 0.4));
  }

  // ----- Messages -----

  /** Follows a channel, whose messages go to the link of a scope. */
  follow(scope: string, channel: string, topic: string): Promise<void> {
    this.#addresses.set(channel, { scope, topic });
    return this.subscriptions.add(channel);
  }

  unfollow(channel: string): void {
    this.#addresses.delete(channel);
    this.subscriptions.delete(channel);
  }

  #receive(channel: string, message: string): void {
    const address = this.#addresses.get(channel);
    if (address === undefined) return;
    const envelope = decode(message);
    if (envelope === undefined) return void this.counts.foreign++;
    if (address.topic !== "nodes") {
      this.links.get(address.scope)?.received(address.topic, envelope);
    } else if (envelope.kind !== "come" && envelope.kind !== "gone") {
      this.counts.foreign++;
    } else if (envelope.from !== this.info.node) {
      if (envelope.kind === "gone") this.leases.left(envelope.from);
      this.leases.renew().catch(() => {}); // again in the time of a lease
    }
  }

  /** Publishes on a channel, in the order of the calls. @returns How many nodes have got it. */
  async send(channel: string, message: string): Promise<number> {
    return Number(await this.connections.command(["PUBLISH", channel, message]));
  }

  // ----- End -----

  /** Stores what waits, and tells the others. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.connections.isUsable) {
      const idle = Promise.all([this.outbox.idle(), this.presenceOutbox.idle()]);
      await within(idle, this.options.publishTimeout);
      await this.leases.close().catch(() => {}); // the lease ends by itself
      const bye = this.send(this.names.nodes, encodeNode("gone", this.info.node)).catch(() => {});
      await within(bye, this.options.publishTimeout);
    }
    this.connections.close();
    this.outbox.close();
    this.presenceOutbox.close();
    this.subscriptions.close();
    this.questions.close();
    await this.leases.close().catch(() => {});
  }
}
