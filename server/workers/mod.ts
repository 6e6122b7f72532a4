/**
 * Many cores: the same server in several threads of a process, which share its port and its rooms.
 * Every member of a room gets the same messages in one order with consecutive numbers, whichever
 * thread serves it.
 *
 * The module of the server runs once in the first thread, which only joins the others, and once in
 * each worker.
 *
 * - **TLS.** Deno cannot share a TLS port among threads: `cert` with `loadBalanced` is refused. End
 *   TLS at a proxy.
 * - **Sessions.** Polls, event streams and Engine.IO polling need more than one request, and the
 *   system gives each connection to any worker. With `loadBalanced: broker.sharedPort` the ids of
 *   sessions begin with the worker's name, and a request that has come to another worker is handed to
 *   it by the first thread. An upgrade cannot be handed over: a client of Socket.IO that polls goes on
 *   polling where it lands on another worker, so let it begin by WebSocket (`transports`).
 * - **Memory.** Messages that a worker does not take are dropped beyond 16 MiB. It reads the streams
 *   of rooms again later; other messages are lost and counted. At most 10,000 messages or 16 MiB of
 *   a worker wait to be stored; one more is refused as `UNAVAILABLE`.
 *   A first thread that stands still makes calls fail as `UNAVAILABLE` after five seconds.
 * - **Ends.** A worker that throws, calls `Deno.exit` or has no memory left ends alone, and is told at
 *   once. One whose code does not return for 16 seconds is replaced; Deno does not interrupt it, so its
 *   thread and its connections end when that code returns. The counts of a dead worker are lost from
 *   the metrics.
 * - **Another broker.** Where an outside system joins the applications, each worker is a node of its
 *   own, and `workerBroker()` is for `signal`, `sharedPort` and `operated` only: call its `start()` when the
 *   server serves, and dispose of it at the end, as `examples/chat/threads.ts` does.
 *
 * @example A server with and without workers
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { startWorkers, workerBroker } from "@hawser/ws/workers";
 * import { assertEquals } from "@std/assert";
 *
 * const workers = 1; // a flag of the program
 * const broker = workerBroker();
 * if (broker === undefined && workers > 1) {
 *   await startWorkers(import.meta.url, { workers }).finished;
 * } else {
 *   const app = new App(broker && { broker });
 *   const shared = broker && { loadBalanced: broker.sharedPort, signal: broker.signal };
 *   await using server = serve({ port: 0, hostname: "127.0.0.1", app, ...shared });
 *   assertEquals(server.ready, true);
 * }
 * ```
 *
 * @module
 */

export type {
  Broker,
  BrokerEars,
  BrokerLink,
  BrokerMessage,
  BrokerState,
  BrokerStats,
  NodeInfo,
  Replies,
  Topic,
} from "../app/streams/broker.ts";
export type { Operated } from "../operations/server_stats.ts";
export type { PlainRequest, PlainResponse, RequestAnswerer, SharedPort } from "../types.ts";
export type { HistoryOptions } from "../app/streams/history_options.ts";
export { startWorkers, type Workers, type WorkersOptions } from "./start.ts";
export { type WorkerBroker, workerBroker } from "./worker_broker.ts";
