/** Numbers about a running server. */

import type { BrokerFigures } from "../app/nodes/broker_watch.ts";
import type { AppStats } from "../app/stats/meter.ts";
import type { ConnectionStats } from "../net/websocket/connection_set.ts";
import type { HttpStats } from "../net/counters.ts";
import type { MemoryStats } from "../net/memory_budget.ts";
import type { HttpClients } from "../types.ts";

/**
 * A snapshot of a server, as {@linkcode Server.stats} takes it. Counters only grow;
 * gauges, such as `open` and `queuedBytes`, go up and down.
 */
export interface ServerStats {
  /** `false` once the server shuts down. */
  readonly ready: boolean;
  /** WebSocket connections. */
  readonly connections: ConnectionStats;
  /** TCP connections, and requests until they are upgraded. */
  readonly http: HttpStats;
  /** Memory that peers make the server hold, which `memoryBudget` bounds. */
  readonly memory: MemoryStats;
  /** Clients of the application without a WebSocket connection. */
  readonly httpClients: HttpClients;
  /** The application's namespaces, by name. */
  readonly app: Readonly<Record<string, AppStats>>;
  /** The broker of the application; missing without an `App`. */
  readonly broker?: BrokerFigures | undefined;
}

/**
 * The source of {@linkcode operations}: a {@linkcode Server}, or an object that speaks for several.
 */
export interface Operated {
  /** Whether new connections are welcome. */
  readonly ready: boolean;
  /**
   * Returns a snapshot.
   *
   * @returns A snapshot.
   */
  stats(): ServerStats | Promise<ServerStats>;
}
