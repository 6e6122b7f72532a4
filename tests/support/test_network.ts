/** Nodes in one process that share streams, presence and messages, with faults that a test sets. */

import { EventError } from "../../server/app/events/errors.ts";
import { MemoryPresence } from "../../server/app/presence/memory_presence.ts";
import type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerState,
  BrokerStats,
  NodeInfo,
  Replies,
  Topic,
} from "../../server/app/streams/broker.ts";
import type { HistoryPage } from "../../server/app/streams/history.ts";
import { MemoryHistory } from "../../server/app/streams/memory_history.ts";
import { newNodeName } from "../../server/app/streams/node_name.ts";
import type { JoinFrom, Position } from "../../server/app/streams/position.ts";

/** The state that the nodes of a scope share. */
interface Scope {
  history: MemoryHistory;
  readonly presence: MemoryPresence;
}

/** Carries messages between the nodes, with faults that a test sets. */
export class TestNetwork implements AsyncDisposable {
  readonly nodes = new Set<TestBroker>();
  readonly #scopes = new Map<string, Scope>();
  readonly #historySize: number;
  /**
   * Calls `deliver` once, later, twice or not at all, for each message of a stream to each node.
   */
  carry: (deliver: () => void, to: TestBroker, position: Position) => void = (deliver) => deliver();

  constructor(options: { readonly historySize?: number } = {}) {
    this.#historySize = options.historySize ?? 100;
  }

  /** Adds a node. */
  node(): TestBroker {
    const node = new TestBroker(this);
    this.nodes.add(node);
    return node;
  }

  scope(name: string): Scope {
    let scope = this.#scopes.get(name);
    if (scope === undefined) {
      scope = {
        history: new MemoryHistory({ size: this.#historySize }),
        presence: new MemoryPresence(),
      };
      this.#scopes.set(name, scope);
    }
    return scope;
  }

  /** Loses all streams, as a store does that comes back empty. */
  flush(): void {
    for (const scope of this.#scopes.values()) {
      scope.history = new MemoryHistory({ size: this.#historySize });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.nodes]) await node[Symbol.asyncDispose]();
  }
}

/** One node. */
export class TestBroker implements Broker {
  readonly network: TestNetwork;
  readonly info: NodeInfo = { node: newNodeName(), startedAt: Date.now() };
  readonly links = new Map<string, TestLink>();
  /** Whether it answers nothing that it is asked. */
  isHanging = false;
  state: BrokerState = "up";
  #isClosed = false;

  constructor(network: TestNetwork) {
    this.network = network;
  }

  link(scope: string, ears: BrokerEars): TestLink {
    if (this.#isClosed) throw new TypeError("Cannot link: the broker is closed");
    if (this.links.has(scope)) throw new TypeError(`Cannot link: scope "${scope}" is linked`);
    const link = new TestLink(this, scope, ears);
    this.links.set(scope, link);
    return link;
  }

  /** Cuts it off from the others, or lets it in again. */
  setState(state: BrokerState): void {
    this.state = state;
    for (const link of this.links.values()) link.ears.state(state);
  }

  /** Tells where the streams stand that it follows, as a check of positions does. */
  async check(): Promise<void> {
    for (const link of this.links.values()) {
      for (const topic of link.followed) {
        if (!topic.startsWith("room:")) continue;
        const room = topic.slice("room:".length);
        link.ears.stands(room, await link.current(room));
      }
    }
  }

  stats(): BrokerStats {
    return {
      nodes: this.network.nodes.size,
      published: 0,
      rejected: 0,
      waiting: 0,
      told: 0,
      heard: 0,
      dropped: 0,
      foreign: 0,
      questions: 0,
      missing: 0,
      reconnections: 0,
      refused: 0,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    if (this.network.nodes.delete(this)) {
      for (const node of this.network.nodes) {
        for (const link of node.links.values()) link.ears.gone(this.info.node, "left");
      }
    }
    return Promise.resolve();
  }
}

/** One application of a node. */
export class TestLink implements BrokerLink {
  readonly isAlone = false;
  readonly broker: TestBroker;
  readonly scope: string;
  readonly ears: BrokerEars;
  readonly followed: Set<Topic>;
  /** Resolves when all that was published so far has been handed to the network. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(broker: TestBroker, scope: string, ears: BrokerEars) {
    this.broker = broker;
    this.scope = scope;
    this.ears = ears;
    this.followed = new Set<Topic>(["all", `node:${broker.info.node}`]);
  }

  get node(): string {
    return this.broker.info.node;
  }

  get presence(): MemoryPresence {
    return this.#shared.presence;
  }

  get #shared(): Scope {
    return this.broker.network.scope(this.scope);
  }

  publish(room: string, event: string, data: string): Promise<Position> {
    if (this.broker.state === "down") return Promise.reject(unavailable());
    const appended = this.#shared.history.append(room, event, data);
    const earlier = this.#line;
    const published = appended.then(async (position) => {
      await earlier;
      for (const link of this.#followers(`room:${room}`)) {
        const deliver = () => link.ears.published(room, position, { event, data });
        this.broker.network.carry(deliver, link.broker, position);
      }
      return position;
    });
    this.#line = published;
    return published;
  }

  /** The links of this scope that follow a topic. */
  #followers(topic: Topic): TestLink[] {
    return Array.from(this.broker.network.nodes, ({ links }) => links.get(this.scope))
      .filter((link) => link !== undefined)
      .filter(({ followed, broker }) => broker.state === "up" && followed.has(topic));
  }

  read(room: string, since: JoinFrom, limit: number): Promise<HistoryPage> {
    if (this.broker.state === "down") return Promise.reject(unavailable());
    return this.#shared.history.read(room, since, limit);
  }

  current(room: string): Promise<Position> {
    if (this.broker.state === "down") return Promise.reject(unavailable());
    return this.#shared.history.current(room);
  }

  async follow(topic: Topic): Promise<void> {
    await undefined; // as over a network
    this.followed.add(topic);
    if (this.broker.state === "down") throw unavailable();
  }

  unfollow(topic: Topic): void {
    this.followed.delete(topic);
  }

  tell(topic: Topic, message: string): void {
    if (this.broker.state === "down") return;
    for (const link of this.#followers(topic)) {
      if (link !== this) queueMicrotask(() => link.ears.told(message, this.node));
    }
  }

  async ask(topic: Topic, message: string, timeout: number): Promise<Replies> {
    if (this.broker.state === "down") throw unavailable();
    const others = this.#followers(topic).filter((link) => link !== this);
    const replies: string[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, timeout));
    const asked = others.map(async ({ ears, broker }) => {
      if (broker.isHanging) return await late;
      await ears.asked(message, this.node).then((reply) => replies.push(reply), () => {});
    });
    await Promise.race([Promise.all(asked), late]);
    clearTimeout(timer);
    return { replies: [...replies], missing: others.length - replies.length };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.broker.links.delete(this.scope);
    return Promise.resolve();
  }

  nodes(): readonly NodeInfo[] {
    const others = [...this.broker.network.nodes].filter((node) => node !== this.broker);
    return [this.broker.info, ...others.map(({ info }) => info)];
  }
}

function unavailable(): EventError {
  return new EventError("UNAVAILABLE", "Broker is down");
}
