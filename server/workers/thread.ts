/** A thread that runs the module of a server. */

import { getHeapStatistics } from "node:v8";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** Tells a module that it runs in such a thread. */
const mark = "hawser-worker";

/** Messages of a thread to the one that has started it. */
export interface ThreadHandlers {
  /** It has a broker, which this port leads to. */
  connected(port: MessagePort): void;
  /** It has ended: by an error, `Deno.exit`, `self.close`, too little memory, or as nothing was left to do. */
  ended(cause: Error): void;
}

/**
 * Threads of `node:worker_threads`, as those report each end, and can run out of memory alone: beside
 * a `Worker` of the web platform V8 ends the whole process, and `Deno.exit` in one is not told.
 */
export class WorkerThread {
  readonly #worker: Worker;
  #handlers: ThreadHandlers | undefined;

  /**
   * @param module The module to run.
   * @param handlers Called with what becomes of the thread.
   */
  constructor(module: string | URL, handlers: ThreadHandlers) {
    this.#handlers = handlers;
    // Modules of any origin can be imported; those of a `Worker` must be files.
    const code = `await import(${JSON.stringify(String(module))})`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
      name: mark,
      workerData: mark,
      resourceLimits: { maxOldGenerationSizeMb: heapLimit() },
    });
    this.#worker = worker;
    let cause: unknown;
    worker.on("error", (error) => cause = error);
    worker.on("exit", (code) => this.#ended(cause, code));
    worker.on("message", (message) => {
      if (message instanceof MessagePort) this.#handlers?.connected(message);
    });
  }

  #ended(cause: unknown, code: number): void {
    const handlers = this.#handlers;
    this.#handlers = undefined;
    handlers?.ended(
      cause instanceof Error ? cause : new Error(`Worker has ended with code ${code}`, { cause }),
    );
  }

  /**
   * Ends the thread; nothing is told any more. One whose code never returns goes on until the process
   * ends, as Deno does not interrupt it.
   */
  end(): void {
    this.#handlers = undefined;
    void this.#worker.terminate();
  }
}

/** A thread may grow as long as the first one may; a limit must be given for it to end alone. */
function heapLimit(): number {
  return Math.floor(getHeapStatistics().heap_size_limit / 1_048_576);
}

/**
 * Opens a channel from such a thread to the one that has started it.
 *
 * @returns This end; `undefined` in all other threads.
 */
export function portToFirstThread(): MessagePort | undefined {
  if (isMainThread || workerData !== mark || parentPort === null) return undefined;
  const { port1, port2 } = new MessageChannel();
  // The cast: Deno's ports are those of the platform, whichever module has made them.
  const transferred = port2 as unknown as typeof parentPort;
  parentPort.postMessage(transferred, [transferred]);
  return port1;
}
