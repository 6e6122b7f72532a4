/** What a server's network half counts, for metrics. */

import { type StatusLabel, statusLabel, statusLabels, zeros } from "./count_labels.ts";

/** Plain numbers that only grow. */
export class NetCounters {
  /** Connections that were accepted, also those that were refused right away. */
  accepted = 0;
  /** Connections refused because of `maxConnections` or `maxConnectionsPerAddress`. */
  refused = 0;
  /** Errors of `accept`, such as too many open files. */
  acceptErrors = 0;
  /** TLS handshakes that failed: no TLS, nothing in common, cut off, too slow. */
  tlsFailures = 0;
  /** Connections that ended before their first head was complete, whoever ended them. */
  abandoned = 0;
  /** Connections on which a deadline passed before they were upgraded. */
  timeouts = 0;
  /** Heads that were complete, upgrade requests among them. */
  requests = 0;
  /** Requests answered with an error because of what HTTP or the opening handshake demand. */
  rejected = 0;
  /** The same, by status. */
  readonly rejections: Record<StatusLabel, number> = zeros(statusLabels);
  /** Handlers that threw and response streams that failed. */
  handlerErrors = 0;

  /** Counts a request that was answered with an error. */
  reject(status: number): void {
    this.rejected++;
    this.rejections[statusLabel(status)]++;
  }
}
