/** Starts workers, starts those again that die, and ends them. */

import { longestTimer } from "../../wire/clock.ts";
import { checkNumber, checkOptions, type OptionType } from "../../wire/option_checks.ts";
import type { HistoryOptions } from "../app/streams/history_options.ts";
import { guardErrors, writeError } from "../contain.ts";
import { Switchboard } from "./switchboard.ts";
import { WorkerThread } from "./thread.ts";

/** Options of {@linkcode startWorkers}. Times are in milliseconds. */
export interface WorkersOptions {
  /** How many. @default {as many as the machine has cores} */
  workers?: number;
  /**
   * How much is kept of what is published, or where else it is kept. A history of your own serves
   * an application without namespaces, and is closed at the end.
   *
   * @default The last 100 messages of a room, in the memory of the first thread.
   */
  history?: HistoryOptions;
  /** Time after which workers that have not shut down are ended. @default {30_000} */
  shutdownDeadline?: number;
  /** Called with what has ended a worker. @default {a line on stderr} */
  onError?: (error: unknown) => void;
}

const optionTypes = {
  workers: "number",
  history: "object|boolean",
  shutdownDeadline: "number",
  onError: "function",
} as const satisfies Record<keyof WorkersOptions, OptionType>;

/** A worker that dies is started again after the first of these, then twice as late each time. */
const shortestDelay = 1_000;
const longestDelay = 30_000;

/** Workers that have left have this long to run what is behind their broker's end. */
const lastMoment = 100;

/**
 * Starts a module again in each of several threads, which share a port: see `loadBalanced` of
 * `serve`. This thread serves nothing: it holds rooms and presence, numbers the messages, and
 * passes them on. At SIGINT and SIGTERM it tells the workers to shut down, by the `signal` of their
 * broker.
 *
 * A worker that dies costs its own connections, and is started again, after a second, then later
 * and later, up to 30 seconds. Where it gives no sign of life for 16 seconds, as its thread is
 * blocked, it counts as dead, and ends when the code returns that blocks it. A worker may take as
 * much memory as the first thread may (`--v8-flags=--max-old-space-size`); one that has taken it
 * ends alone. A worker that closes its broker by itself is not replaced.
 *
 * Workers are threads of `node:worker_threads`: there is no `self` in them, and `import.meta.main`
 * is `false`.
 *
 * @param module The module to run, as a rule `import.meta.url`.
 * @param options How many, and what is kept.
 * @returns The running workers.
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} A number is out of range.
 *
 * @example Two threads, one chat
 * ```ts ignore
 * import { App, operations, serve } from "@hawser/ws";
 * import { startWorkers, workerBroker } from "@hawser/ws/workers";
 *
 * const broker = workerBroker();
 * if (broker === undefined) {
 *   await startWorkers(import.meta.url, { workers: 2 }).finished;
 * } else {
 *   const app = new App({ broker, rooms: true });
 *   serve({ port: 8080, app, loadBalanced: broker.sharedPort, signal: broker.signal });
 * }
 * ```
 *
 * @example What cannot be
 * ```ts
 * import { startWorkers } from "@hawser/ws/workers";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => startWorkers(import.meta.url, { workers: 0 }), RangeError, "workers");
 * ```
 */
export function startWorkers(module: string | URL, options: WorkersOptions = {}): Workers {
  return new WorkerPool(module, options);
}

/** Running workers; made by {@linkcode startWorkers}. `await using` shuts them down. */
export interface Workers extends AsyncDisposable {
  /**
   * Resolves when every worker has served for the first time. Where that never comes, it stays
   * pending.
   */
  readonly ready: Promise<void>;
  /**
   * Resolves when all workers have ended. Rejects where one has died before any of them has served:
   * such a module would die again and again.
   */
  readonly finished: Promise<void>;
  /**
   * Tells the workers to shut down, and waits until they have. A worker that has not in time is
   * ended.
   *
   * @returns Settles as `finished` does.
   */
  shutdown(): Promise<void>;
}

/** One of the workers, whichever thread runs it at the moment. */
interface Slot {
  readonly number: number;
  /** Until it is started again, should it die. */
  delay: number;
  thread: WorkerThread | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  /** When it was started, by `performance.now`. */
  since: number;
  /** Its connected brokers: one as a rule. */
  nodes: { shutdown(): void; died(): void }[];
  hasServed: boolean;
  /** Whether all that it had connected has left by itself. */
  hasLeft: boolean;
}

function workerFailed(error: unknown): void {
  writeError("Hawser: a worker failed:", error);
}

class WorkerPool implements Workers {
  readonly #module: string | URL;
  readonly #switchboard: Switchboard;
  readonly #onError: (error: unknown) => void;
  readonly #deadline: number;
  readonly #slots: Slot[];
  readonly #ready = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<void>();
  readonly #onSignal = () => void this.shutdown();
  #isEnding = false;
  #failure: Error | undefined;
  #deadlineTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(module: string | URL, options: WorkersOptions) {
    checkOptions("startWorkers", options, optionTypes);
    const { workers = navigator.hardwareConcurrency, history, shutdownDeadline = 30_000 } = options;
    checkNumber("workers", workers, { least: 1 });
    const time = { least: 0, unit: "ms", fractions: true, endless: true };
    checkNumber("shutdownDeadline", shutdownDeadline, time);
    this.#module = module;
    this.#deadline = Math.min(shutdownDeadline, longestTimer);
    this.#onError = guardErrors(options.onError ?? workerFailed, workerFailed);
    this.#switchboard = new Switchboard(history, this.#onError);
    this.#slots = Array.from({ length: workers }, (_, number) => ({
      number,
      delay: shortestDelay,
      thread: undefined,
      timer: undefined,
      since: 0,
      nodes: [],
      hasServed: false,
      hasLeft: false,
    }));
    for (const signal of endSignals) Deno.addSignalListener(signal, this.#onSignal);
    for (const slot of this.#slots) this.#start(slot);
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  shutdown(): Promise<void> {
    if (this.#isEnding) return this.finished;
    this.#isEnding = true;
    for (const slot of this.#slots) {
      for (const node of slot.nodes) node.shutdown();
      // A worker without a broker has nothing to end.
      if (slot.nodes.length === 0) this.#stop(slot);
    }
    this.#deadlineTimer = setTimeout(() => this.#stopAll(), this.#deadline);
    this.#endIfLast();
    return this.finished;
  }

  #start(slot: Slot): void {
    slot.since = performance.now();
    slot.hasLeft = false;
    slot.thread = new WorkerThread(this.#module, {
      ended: (cause) => this.#ended(slot, cause),
      connected: (port) => {
        const node = this.#switchboard.connect(port, {
          serving: () => this.#served(slot),
          left: () => this.#left(slot, node),
          silent: () => this.#died(slot, new Error("Worker has given no sign of life")),
        });
        slot.nodes.push(node);
      },
    });
  }

  /** Messages of a thread from before its end may come behind it. */
  #ended(slot: Slot, cause: unknown): void {
    if (!slot.hasLeft) slot.timer = setTimeout(() => this.#died(slot, cause), lastMoment);
  }

  #served(slot: Slot): void {
    slot.hasServed = true;
    if (this.#slots.every(({ hasServed }) => hasServed)) this.#ready.resolve();
  }

  #died(slot: Slot, cause: unknown): void {
    this.#stop(slot);
    this.#onError(cause);
    if (this.#isEnding) return this.#endIfLast();
    // As soon as any has served, the module is known to work.
    if (!this.#slots.some(({ hasServed }) => hasServed)) return this.#fail(cause);
    if (performance.now() - slot.since > 2 * longestDelay) slot.delay = shortestDelay;
    slot.timer = setTimeout(() => this.#start(slot), slot.delay);
    slot.delay = Math.min(2 * slot.delay, longestDelay);
  }

  #left(slot: Slot, node: Slot["nodes"][number]): void {
    slot.nodes = slot.nodes.filter((each) => each !== node);
    if (slot.nodes.length > 0) return;
    slot.hasLeft = true;
    clearTimeout(slot.timer);
    slot.timer = setTimeout(() => {
      this.#stop(slot);
      this.#endIfLast();
    }, lastMoment);
  }

  #stop(slot: Slot): void {
    clearTimeout(slot.timer);
    slot.timer = undefined;
    slot.thread?.end();
    slot.thread = undefined;
    const { nodes } = slot;
    slot.nodes = [];
    for (const node of nodes) node.died();
  }

  #stopAll(): void {
    for (const slot of this.#slots) this.#stop(slot);
    this.#endIfLast();
  }

  #fail(cause: unknown): void {
    this.#isEnding = true;
    this.#failure = new Error("Cannot start workers: one has died before it served", { cause });
    this.#stopAll();
  }

  #endIfLast(): void {
    const isRunning = ({ thread, timer }: Slot) => thread !== undefined || timer !== undefined;
    if (this.#slots.some(isRunning)) return;
    this.#isEnding = true;
    clearTimeout(this.#deadlineTimer);
    for (const signal of endSignals) Deno.removeSignalListener(signal, this.#onSignal);
    void this.#end();
  }

  async #end(): Promise<void> {
    try {
      await this.#switchboard[Symbol.asyncDispose]();
      if (this.#failure === undefined) this.#finished.resolve();
      else this.#finished.reject(this.#failure);
    } catch (error) {
      this.#finished.reject(this.#failure ?? error);
    }
  }

  /** Shuts down. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }
}

const endSignals: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM"];
