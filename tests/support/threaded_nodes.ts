/** Nodes in threads of their own, as `startWorkers` has them, that a test in this one controls. */

import { Worker } from "node:worker_threads";
import { Switchboard } from "../../server/workers/switchboard.ts";
import type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerStats,
} from "../../server/app/streams/broker.ts";

/** A call that the test makes on a node: a method of its broker, or of one of its links. */
export interface Order {
  readonly id: number;
  /** Which link; its broker where it is missing. */
  readonly link: number | undefined;
  /** Names of properties that lead to the method, or to what is to be told. */
  readonly path: readonly string[];
  readonly args: readonly unknown[];
  /** Where the test's thread waits for the result, as text: its length, and then the text. */
  readonly waits: SharedArrayBuffer | undefined;
}

/** A message of a node to the test. */
export type Report =
  | { readonly type: "done"; readonly id: number; readonly value: unknown }
  | { readonly type: "failed"; readonly id: number; readonly message: string }
  | {
    readonly type: "heard";
    readonly link: number;
    readonly ear: keyof BrokerEars;
    readonly args: readonly unknown[];
    /** Set where a reply is waited for. */
    readonly question: number | undefined;
  };

/** A switchboard in this thread, and the nodes. */
export class ThreadedNodes implements AsyncDisposable {
  readonly switchboard = new Switchboard();
  readonly nodes: ThreadedBroker[] = [];

  /** Starts nodes. */
  static async start(count: number): Promise<ThreadedNodes> {
    const made = new ThreadedNodes();
    for (let i = 0; i < count; i++) made.nodes.push(await ThreadedBroker.start(made.switchboard));
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node.end();
    await this.switchboard[Symbol.asyncDispose]();
  }
}

/** Does each call in the node's thread. */
class ThreadedBroker implements Broker {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #ears: BrokerEars[] = [];
  readonly #orders = new Map<number, PromiseWithResolvers<unknown>>();
  #id = 0;

  private constructor(worker: Worker, port: MessagePort) {
    this.#worker = worker;
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Report>) => void this.#reported(data);
  }

  /** Starts one, and connects it. */
  static async start(switchboard: Switchboard): Promise<ThreadedBroker> {
    const program = new URL("./threaded_node_program.ts", import.meta.url);
    const worker = new Worker(program, { workerData: "hawser-worker" });
    const port = await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    if (!(port instanceof MessagePort)) throw new Error("A node has sent no port");
    switchboard.connect(port, { serving() {}, left() {}, silent() {} });
    const { port1, port2 } = new MessageChannel();
    const transferred = port2 as unknown as Parameters<Worker["postMessage"]>[0];
    worker.postMessage(transferred, [transferred]);
    return new ThreadedBroker(worker, port1);
  }

  get state(): "up" {
    return this.now(undefined, ["state"]) as "up";
  }

  stats(): BrokerStats {
    return this.now(undefined, ["stats"]) as BrokerStats;
  }

  link(scope: string, ears: BrokerEars): BrokerLink {
    this.now(undefined, ["link"], scope);
    const number = this.#ears.push(ears) - 1;
    const call = (...path: string[]) => (...args: unknown[]) => this.later(number, path, ...args);
    const linkNow = (...path: string[]) => (...args: unknown[]) => this.now(number, path, ...args);
    const presence = ["enter", "leave", "users", "count"].map((name) => [
      name,
      call("presence", name),
    ]);
    return {
      node: linkNow("node")(),
      isAlone: linkNow("isAlone")(),
      presence: Object.fromEntries(presence),
      nodes: linkNow("nodes"),
      unfollow: linkNow("unfollow"),
      tell: linkNow("tell"),
      ...Object.fromEntries(
        ["publish", "read", "current", "follow", "ask"].map((name) => [name, call(name)]),
      ),
      [Symbol.asyncDispose]: call("dispose"),
    } as unknown as BrokerLink; // the cast: the contract calls these by name
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.later(undefined, ["dispose"]);
  }

  /** Ends the broker, then its thread. */
  async end(): Promise<void> {
    await this[Symbol.asyncDispose]();
    this.#port.close();
    await this.#worker.terminate();
  }

  /** Waits in a blocked thread, as some methods have no promise. */
  now(link: number | undefined, path: readonly string[], ...args: unknown[]): unknown {
    const waits = new SharedArrayBuffer(65_536);
    this.#order({ id: this.#id++, link, path, args, waits });
    const length = new Int32Array(waits, 0, 1);
    Atomics.wait(length, 0, 0);
    const text = new TextDecoder().decode(new Uint8Array(waits, 4, length[0]).slice());
    const { value, failure } = JSON.parse(text);
    if (failure !== undefined) throw new TypeError(failure);
    return value;
  }

  later(link: number | undefined, path: readonly string[], ...args: unknown[]): Promise<unknown> {
    const id = this.#id++;
    const order = Promise.withResolvers<unknown>();
    this.#orders.set(id, order);
    this.#order({ id, link, path, args, waits: undefined });
    return order.promise;
  }

  #order(order: Order): void {
    this.#port.postMessage(order);
  }

  async #reported(report: Report): Promise<void> {
    if (report.type === "done") return this.#orders.get(report.id)?.resolve(report.value);
    if (report.type === "failed") {
      return this.#orders.get(report.id)?.reject(new Error(report.message));
    }
    const ears = this.#ears[report.link]!;
    const reply = Reflect.apply(ears[report.ear], ears, report.args) as unknown;
    if (report.question === undefined) return;
    const [value, failure] = await Promise.resolve(reply).then(
      (value) => [value, undefined],
      (error) => [undefined, `${error}`],
    );
    const args = [report.question, value, failure];
    this.#order({ id: -1, link: undefined, path: ["reply"], args, waits: undefined });
  }
}
