/** Several threads of the chat behind one port. */

// deno-lint-ignore-file no-console -- a program for the terminal

import type { Server } from "@hawser/ws";
import { startWorkers, type WorkerBroker } from "@hawser/ws/workers";
import { checkPort, type ListenValues, urlOf } from "../listen.ts";
import { type AccountValues, describeAccounts } from "./accounts.ts";
import { type HistoryValues, openHistory } from "./history.ts";
import type { NodeValues } from "./nodes.ts";
import { shutDown, type SignalValues, timeToEnd } from "./signals.ts";

export { workerBroker } from "@hawser/ws/workers";

/**
 * Runs the chat in several threads, and says where it listens once all do. This one serves nothing:
 * it starts the others, keeps what is written where no Redis does, and takes the signals.
 *
 * @param module The module that each thread runs.
 * @param values Values of the flags.
 * @param say Prints a line for people.
 * @returns Resolves when all threads have ended. Rejects where none can serve.
 * @throws {Error} The port is taken, or the history cannot be used.
 */
export async function runThreads(
  module: string,
  values: ListenValues & NodeValues & HistoryValues & SignalValues & AccountValues,
  say: (line: string) => void,
): Promise<void> {
  const address = checkPort(values);
  checkCodeIsReadable(module);
  const threads = startWorkers(module, {
    workers: values.workers,
    history: values.redis === undefined ? await openHistory(values, say) : false,
    shutdownDeadline: timeToEnd(values),
    onError: (error) => console.error("A worker has ended:", messageOf(error)),
  });
  threads.ready.then(() => {
    say(describeAccounts(values));
    say(`${values.workers} workers share the port.`);
    say(`Listening on ${urlOf(address, false)}`);
  });
  await threads.finished;
}

/**
 * Lets a worker end when the first thread says so.
 *
 * @param server The server of the worker.
 * @param threads The link to the first thread.
 * @param values Values of the flags.
 */
export function shutDownWithThreads(
  server: Server,
  threads: WorkerBroker,
  values: SignalValues & NodeValues,
): void {
  const end = () => void shutDown(server, values);
  if (threads.signal.aborted) end();
  else threads.signal.addEventListener("abort", end);
  // Otherwise the application does both, as this is its broker.
  if (values.redis === undefined) return;
  void threads.start?.();
  server.finished.then(() => threads[Symbol.asyncDispose]());
}

/**
 * The runtime lets a worker load files only where the program may read them, unlike the first
 * thread.
 */
function checkCodeIsReadable(module: string): void {
  if (!module.startsWith("file:")) return;
  for (const file of [module, import.meta.resolve("@hawser/ws")]) {
    const { state } = Deno.permissions.querySync({ name: "read", path: new URL(file) });
    if (state !== "granted") {
      throw new Error(
        "Cannot start workers: they may not read the code; use --allow-read=. as deno task start does",
      );
    }
  }
}

/** Without what the runtime puts in front. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^Uncaught (\(in promise\) )?(\w*Error: )?/, "");
}
