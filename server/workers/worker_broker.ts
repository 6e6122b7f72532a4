/** The broker of a worker: its state is in the first thread. */

import type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerStats,
  NodeInfo,
} from "../app/streams/broker.ts";
import { newNodeName } from "../app/streams/node_name.ts";
import type { Operated } from "../operations/server_stats.ts";
import type { SharedPort } from "../types.ts";
import { BatchPort } from "./batch_port.ts";
import { Calling } from "./calling.ts";
import type { SwitchboardMessage, WorkerMessage } from "./messages.ts";
import { OperatedTogether } from "./operated_together.ts";
import { SessionPort } from "./session_port.ts";
import { portToFirstThread } from "./thread.ts";
import { WorkerLink } from "./worker_link.ts";

/**
 * Makes the broker of this worker.
 *
 * @returns A broker that shares rooms, presence and messages with the other workers; `undefined` in
 * a thread that `startWorkers` has not started, such as the first one.
 *
 * @example A server that runs with workers and without
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { workerBroker } from "@hawser/ws/workers";
 * import { assertEquals } from "@std/assert";
 *
 * const broker = workerBroker();
 * assertEquals(broker, undefined); // here is no worker
 * const app = new App(broker && { broker });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * assertEquals(server.ready, true);
 * ```
 */
export function workerBroker(): WorkerBroker | undefined {
  const port = portToFirstThread();
  return port && new SwitchedBroker(port);
}

/** The broker of one worker; made by {@linkcode workerBroker}. */
export interface WorkerBroker extends Broker {
  /** Aborts when the first thread wants the worker to shut down: for the option `signal`. */
  readonly signal: AbortSignal;
  /**
   * The port that the workers share, for the option `loadBalanced`: requests of a session go to the
   * worker that has it.
   */
  readonly sharedPort: SharedPort;
  /**
   * Adds up what all workers count, for `operations`. Call it in each of them. A worker that does
   * not answer within a second is left out, and the counts of a dead one are lost.
   *
   * @param server The worker's own server.
   * @returns The server to operate: ready where this worker is, with the numbers of all.
   */
  operated(server: Operated): Operated;
}

/** Keeps nothing, and asks the first thread. */
export class SwitchedBroker implements WorkerBroker {
  /** The first thread is there as long as this one is. */
  readonly state = "up";
  readonly signal: AbortSignal;
  readonly #ending = new AbortController();
  readonly #info: NodeInfo = { node: newNodeName(), startedAt: Date.now() };
  readonly #port: BatchPort<SwitchboardMessage, WorkerMessage>;
  readonly #calling: Calling;
  /** By number. */
  readonly #links = new Map<number, WorkerLink>();
  readonly #scopes = new Set<string>();
  #linkNumber = 0;
  #nodes: readonly NodeInfo[] = [this.#info];
  #operated: OperatedTogether | undefined;
  #sharedPort: SessionPort | undefined;
  #closed: Promise<void> | undefined;

  /** @param port Leads to the first thread. */
  constructor(port: MessagePort) {
    this.signal = this.#ending.signal;
    this.#port = new BatchPort<SwitchboardMessage, WorkerMessage>(port, {
      message: (message) => this.#received(message),
    });
    this.#calling = new Calling(this.#port);
    this.#port.post({ type: "hello", info: this.#info });
  }

  /** See {@linkcode Broker}. */
  link(scope: string, ears: BrokerEars): BrokerLink {
    if (this.#closed !== undefined) throw new TypeError("Cannot link: the broker is closed");
    if (this.#scopes.has(scope)) throw new TypeError(`Cannot link: scope "${scope}" is linked`);
    const number = this.#linkNumber++;
    const link = new WorkerLink(number, ears, {
      node: this.#info.node,
      port: this.#port,
      calling: this.#calling,
      nodes: () => this.#listNodes(),
      ended: () => {
        this.#links.delete(number);
        this.#scopes.delete(scope);
      },
    });
    this.#links.set(number, link);
    this.#scopes.add(scope);
    this.#port.post({ type: "link", link: number, scope });
    return link;
  }

  /**
   * Tells the first thread that clients are served: from now on, a worker that dies is replaced.
   */
  start(): Promise<void> {
    this.#port.post({ type: "serving" });
    return Promise.resolve();
  }

  operated(server: Operated): Operated {
    if (this.#operated !== undefined) throw new TypeError("Cannot add up twice in one worker");
    return this.#operated = new OperatedTogether(server, (scope, ears) => this.link(scope, ears));
  }

  /** Made when it is asked for: nobody else needs to know of sessions. */
  get sharedPort(): SharedPort {
    return this.#sharedPort ??= new SessionPort((scope, ears) => this.link(scope, ears));
  }

  /** See {@linkcode Broker}. */
  stats(): BrokerStats {
    return {
      nodes: this.#nodes.length,
      ...this.#calling.counts,
      waiting: this.#calling.waiting,
      foreign: 0,
      reconnections: 0,
      refused: 0,
    };
  }

  #listNodes(): readonly NodeInfo[] {
    const { node } = this.#info;
    return [this.#info, ...this.#nodes.filter((each) => each.node !== node)];
  }

  #received(message: SwitchboardMessage): void {
    switch (message.type) {
      case "result":
        return this.#calling.resolve(message.id, message.value);
      case "failed":
        return this.#calling.reject(message.id, message.failure);
      case "dropped":
        return void this.#calling.counts.dropped++;
      case "nodes":
        this.#nodes = message.nodes;
        return;
      case "gone":
        this.#nodes = this.#nodes.filter(({ node }) => node !== message.node);
        for (const link of [...this.#links.values()]) {
          link.ears.gone(message.node, message.how);
        }
        return;
      case "shutdown":
        return this.#ending.abort();
      default:
        this.#links.get(message.link)?.received(message);
    }
  }

  /** Waits for what is being stored, and leaves. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.#links.values(), (link) => link[Symbol.asyncDispose]()));
    this.#calling.close();
    this.#port.post({ type: "bye" });
    this.#port.close();
  }
}
