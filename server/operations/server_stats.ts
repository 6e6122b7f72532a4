/** What is known of a running server, as plain numbers. */

import type { AppStats } from "../app/stats/meter.ts";
import type { ConnectionStats } from "../net/websocket/connection_set.ts";
import type { HttpStats } from "../net/counters.ts";
import type { MemoryStats } from "../net/memory_budget.ts";
import type { HttpClients } from "../types.ts";

/**
 * A snapshot of a server, as {@linkcode Server.stats} takes it. What counts things only grows; what
 * says how many there are now, such as `open` and `queuedBytes`, goes up and down.
 *
 * @example A line for the terminal
 * ```ts
 * import { serve, type ServerStats } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * function describe({ ready, connections, http }: ServerStats): string {
 *   return `${ready ? "ready" : "leaving"}, ${connections.open} open, ${http.requests} requests`;
 * }
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
 * await new Promise((resolve) => socket.onopen = resolve);
 * assertEquals(describe(server.stats()), "ready, 1 open, 1 requests");
 * ```
 */
export interface ServerStats {
  /** `false` once the server shuts down. */
  readonly ready: boolean;
  /** WebSocket connections. */
  readonly connections: ConnectionStats;
  /** TCP connections, and requests until they are upgraded. */
  readonly http: HttpStats;
  /** What peers make the server hold, which `memoryBudget` bounds. */
  readonly memory: MemoryStats;
  /** Clients of the application without a WebSocket connection. */
  readonly httpClients: HttpClients;
  /** The application's namespaces, by name. */
  readonly app: Readonly<Record<string, AppStats>>;
}

/**
 * What {@linkcode operations} asks: a {@linkcode Server}, or what speaks for several.
 *
 * @example Two ports that are ready together
 * ```ts
 * import { type Operated, operations, serve } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * await using outer = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
 * await using inner = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
 * const both: Operated = {
 *   get ready() {
 *     return outer.ready && inner.ready;
 *   },
 *   stats: () => outer.stats(),
 * };
 *
 * await inner.shutdown();
 * const response = await operations(both)(new Request("http://localhost/readyz"));
 * assertEquals(response?.status, 503);
 * ```
 */
export interface Operated {
  /** Whether new connections are welcome. */
  readonly ready: boolean;
  /**
   * Takes stock.
   *
   * @returns A snapshot.
   */
  stats(): ServerStats;
}
