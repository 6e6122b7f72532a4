/** What is known of a running server, as plain numbers. */

import type { BrokerFigures } from "../app/nodes/broker_watch.ts";
import type { AppStats } from "../app/stats/meter.ts";
import type { ConnectionStats } from "../net/websocket/connection_set.ts";
import type { HttpStats } from "../net/counters.ts";
import type { MemoryStats } from "../net/memory_budget.ts";
import type { HttpClients } from "../types.ts";

/**
 * A snapshot of a server, as {@linkcode Server.stats} takes it. What counts things only grows; what
 * says how many there are now, such as `open` and `queuedBytes`, goes up and down.
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
  /** What carries the application's rooms between nodes; missing without an `App`. */
  readonly broker?: BrokerFigures | undefined;
}

/** What {@linkcode operations} asks: a {@linkcode Server}, or what speaks for several. */
export interface Operated {
  /** Whether new connections are welcome. */
  readonly ready: boolean;
  /**
   * Takes stock.
   *
   * @returns A snapshot.
   */
  stats(): ServerStats | Promise<ServerStats>;
}
