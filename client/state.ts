/** Where a client stands. */

import type { CloseInfo } from "./close_code.ts";
import type { TransportName } from "./transports/transport.ts";

/**
 * `"connecting"`: for the first time, or after it was closed; `"open"`: connected, and known to the
 * server where there is a token; `"reconnecting"`: the connection was lost or could not be made,
 * and another one is waited for; `"closed"`: for good.
 *
 * @example A word for each
 * ```ts
 * import { type ClientState, connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const words: Record<ClientState, string> = {
 *   connecting: "Connecting",
 *   open: "Connected",
 *   reconnecting: "Connection lost",
 *   closed: "Signed out",
 * };
 * const client = connect("ws://127.0.0.1:1");
 * const shown = [words[client.state]];
 * await client.close();
 * assertEquals([...shown, words[client.state]], ["Connecting", "Signed out"]);
 * ```
 */
export type ClientState = "connecting" | "open" | "reconnecting" | "closed";

/**
 * A change of state.
 *
 * @example When the next attempt is made
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { connect, type StateChange } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
 *   connection.close(1012, "Restart");
 * });
 * const url = `ws://127.0.0.1:${server.addr.port}`;
 * await using client = connect(url, { minDelay: 60_000, random: () => 0 });
 * const line = await new Promise((resolve) => {
 *   client.onState(({ state, close, retryIn = 0 }: StateChange) => {
 *     if (state === "reconnecting") resolve(`${close?.reason}: again in ${retryIn / 1_000} s`);
 *   });
 * });
 * assertEquals(line, "Restart: again in 60 s");
 * ```
 */
export interface StateChange {
  /** What it is now. */
  readonly state: ClientState;
  /** When open: by which transport. */
  readonly transport?: TransportName;
  /** Why the connection ended, when reconnecting or closed. */
  readonly close?: CloseInfo;
  /** When connecting or reconnecting: milliseconds until the next attempt. */
  readonly retryIn?: number;
}
