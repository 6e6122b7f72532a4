/** The states of a client. */

import type { CloseInfo } from "./close_code.ts";
import type { TransportName } from "./transports/transport.ts";

/**
 * `"connecting"`: for the first time, or after it was closed; `"open"`: connected, and known to the
 * server where there is a token; `"reconnecting"`: the connection was lost or could not be made,
 * and another one is waited for; `"closed"`: for good.
 */
export type ClientState = "connecting" | "open" | "reconnecting" | "closed";

/**
 * A change of state. `"reconnecting"` is reported twice for each attempt: when the client begins to
 * wait for it, and with `retryIn` 0 when it is made.
 */
export interface StateChange {
  /** The new state. */
  readonly state: ClientState;
  /** When open: by which transport. */
  readonly transport?: TransportName;
  /** Why the connection ended, when reconnecting or closed. */
  readonly close?: CloseInfo;
  /** When connecting or reconnecting: milliseconds until the next attempt; 0, it is made now. */
  readonly retryIn?: number;
}
