/** What is known of a running server, as plain numbers. */

import type { AppStats } from "../app/meter.ts";
import type { ConnectionStats } from "../net/connection_set.ts";
import type { HttpStats } from "../net/counters.ts";
import type { HttpClients } from "../types.ts";

/** A snapshot of a server; what counts things only grows. */
export interface ServerStats {
  /** `false` once the server shuts down. */
  readonly ready: boolean;
  /** WebSocket connections. */
  readonly connections: ConnectionStats;
  /** TCP connections, and requests until they are upgraded. */
  readonly http: HttpStats;
  /** Clients of the application without a WebSocket connection. */
  readonly httpClients: HttpClients;
  /** The application's namespaces, by name. */
  readonly app: Readonly<Record<string, AppStats>>;
}

/** Something to be operated: a server. */
export interface Operated {
  /** Whether new connections are welcome. */
  readonly ready: boolean;
  /** Takes stock. */
  stats(): ServerStats;
}
