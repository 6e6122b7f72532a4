/** Many nodes of one chat: processes that share a Redis, threads that share a port, or both. */

// deno-lint-ignore-file no-console -- a program for the terminal

import type { Broker, WorkerBroker } from "@hawser/ws/workers";
import { usageError } from "../flags.ts";
import type { ListenValues } from "../listen.ts";
import type { HistoryValues } from "./history.ts";

/** Flags that connect nodes, for `readFlags`. */
export const nodeFlags = {
  redis: {
    type: "text",
    metavar: "URL",
    help: "Redis, as redis://host:6379/0: all chats that share it are one, and keep messages there",
  },
  "ready-needs-redis": { type: "boolean", help: "/readyz says no while Redis is away" },
  workers: {
    type: "number",
    metavar: "N",
    default: 1,
    max: 1_024,
    help: "Threads that share the port; not with --cert",
  },
} as const;

/** The values of {@linkcode nodeFlags}. */
export interface NodeValues {
  readonly redis: string | undefined;
  readonly "ready-needs-redis": boolean;
  readonly workers: number;
}

/** Ends the program where flags contradict each other. */
export function checkNodes(values: NodeValues & HistoryValues & ListenValues): void {
  if (values.redis === undefined && values["ready-needs-redis"]) {
    usageError("Flag --ready-needs-redis needs --redis: see --help");
  }
  if (values.redis !== undefined && values.database !== undefined) {
    usageError("Flags --database and --redis exclude each other: Redis keeps the messages");
  }
  if (values.workers < 1) usageError("--workers must be 1 or more");
  if (values.workers === 1) return;
  if (values.port === 0) usageError("--workers needs a --port of its own");
  if (values.cert !== undefined) {
    usageError(
      "Flags --cert and --workers exclude each other: threads cannot share a TLS port. End TLS at a proxy",
    );
  }
}

/**
 * Makes what joins this node to the others.
 *
 * @param values Values of the flags.
 * @param threads The link to the first thread, where this one is a worker.
 * @returns The broker of the application; `undefined` where the chat is one process and one thread.
 * @throws {TypeError} The URL is none of Redis.
 */
export async function openBroker(
  { redis, history: size }: NodeValues & HistoryValues,
  threads: WorkerBroker | undefined,
): Promise<Broker | undefined> {
  if (redis === undefined) return threads;
  // A chat without Redis need not load what speaks to it.
  const { redisBroker } = await import("@hawser/ws/redis");
  return redisBroker({ url: redis, size, onNotice: (text) => console.error(text) });
}
