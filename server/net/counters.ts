/** Counts of a server's network half, for metrics. */

import { type StatusLabel, statusLabel, statusLabels, zeros } from "./count_labels.ts";

/**
 * Numbers of TCP connections, and of requests until they are upgraded, over all of a server's
 * time.
 */
export interface HttpStats {
  /** Connections that were accepted, also those that were refused or reset right away. */
  readonly accepted: number;
  /** Connections refused because of `maxConnections` or `maxConnectionsPerAddress`. */
  readonly refused: number;
  /** Errors of `accept` that are the system's: too many open files, no memory. */
  readonly acceptErrors: number;
  /** TLS handshakes that failed: no TLS, nothing in common, cut off, too slow. */
  readonly tlsFailures: number;
  /** Connections of proxies without a good header, where `proxyProtocol` wants one. */
  readonly proxyFailures: number;
  /**
   * Connections that ended before their first head was complete, by either side; also those
   * that were reset before they could be accepted.
   */
  readonly abandoned: number;
  /** Connections on which a deadline passed before they were upgraded. */
  readonly timeouts: number;
  /** Heads that were complete, upgrade requests among them. */
  readonly requests: number;
  /**
   * Requests answered with an error because of what HTTP or the opening handshake demand, and
   * upgrade requests refused by the application. Answers of a `fetch` handler are not looked at.
   */
  readonly rejected: number;
  /** The same, by status; statuses that are not usual are counted as `other`. */
  readonly rejections: Readonly<Record<string, number>>;
  /** Handlers that threw and response streams that failed. */
  readonly handlerErrors: number;
}

/** Plain numbers that only grow. */
export class NetCounters implements HttpStats {
  accepted = 0;
  refused = 0;
  acceptErrors = 0;
  tlsFailures = 0;
  proxyFailures = 0;
  abandoned = 0;
  timeouts = 0;
  requests = 0;
  rejected = 0;
  readonly rejections: Record<StatusLabel, number> = zeros(statusLabels);
  handlerErrors = 0;

  /** Counts a request that was answered with an error. */
  reject(status: number): void {
    this.rejected++;
    this.rejections[statusLabel(status)]++;
  }

  /** A snapshot. */
  stats(): HttpStats {
    return { ...this, rejections: { ...this.rejections } };
  }
}
