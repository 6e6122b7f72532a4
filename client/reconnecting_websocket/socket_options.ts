/** The options of a reconnecting WebSocket: meaning, unit, default, check. */

import { type Clock, systemClock } from "../../wire/clock.ts";
import { checkNames, checkNumbers, type NumberRange } from "../../wire/option_checks.ts";
import { checkProtocols, openRange } from "../option_checks.ts";
import { findWebSocket, type WebSocketConstructor } from "../transports/websocket.ts";

/**
 * Options of a {@linkcode ReconnectingWebSocket}.
 */
export interface ReconnectingWebSocketOptions {
  /** Called whenever a connection has opened. */
  readonly onopen?: (event: Event) => void;
  /** Called for each message, as `event.data`. */
  readonly onmessage?: (event: MessageEvent) => void;
  /** Called whenever a connection has ended, or could not be made. */
  readonly onclose?: (event: CloseEvent) => void;
  /** Called before `onclose`, where something went wrong. */
  readonly onerror?: (event: Event) => void;
  /**
   * Shortest delay before another attempt, in milliseconds; it doubles up to 30 s.
   *
   * @default {1_000}
   */
  readonly reconnectInterval?: number;
  /**
   * Attempts in a row without a good connection; then it stays closed. A connection is good once it
   * has lasted as long as the delay before it.
   *
   * @default {10}
   */
  readonly maxRetries?: number;
  /**
   * Milliseconds that the server has to answer {@linkcode ReconnectingWebSocket.close}; then the
   * connection counts as closed, with 1006.
   *
   * @default {3_000}
   */
  readonly closeTimeout?: number;
  /** Subprotocols to offer. @default {[]} */
  readonly protocols?: readonly string[];
  /** The class to connect with, where the runtime has none, as Node before 22. */
  readonly WebSocket?: WebSocketConstructor;
  /** Time, as tests let it pass. */
  readonly clock?: Clock;
  /** Chance, from 0 to below 1, as tests decide it. */
  readonly random?: () => number;
}

/** The options as the socket uses them. */
export type ResolvedSocketOptions = Required<
  Omit<ReconnectingWebSocketOptions, "onopen" | "onmessage" | "onclose" | "onerror">
>;

const names = Object.keys(
  {
    WebSocket: true,
    clock: true,
    closeTimeout: true,
    maxRetries: true,
    onclose: true,
    onerror: true,
    onmessage: true,
    onopen: true,
    protocols: true,
    random: true,
    reconnectInterval: true,
  } satisfies Record<keyof ReconnectingWebSocketOptions, true>,
);

const ranges = {
  reconnectInterval: { ...openRange, least: 1, unit: "ms" },
  maxRetries: { ...openRange, least: 0 },
  closeTimeout: { ...openRange, least: 0, unit: "ms" },
} as const satisfies Record<string, NumberRange>;

/**
 * Checks and completes the options.
 *
 * @throws {TypeError} An option is not known, a subprotocol is none, or there is no WebSocket.
 * @throws {RangeError} A number is out of range.
 */
export function resolveSocketOptions(options: ReconnectingWebSocketOptions): ResolvedSocketOptions {
  checkNames("ReconnectingWebSocket", options, names);
  const { reconnectInterval = 1_000, maxRetries = 10, closeTimeout = 3_000 } = options;
  checkNumbers("", { reconnectInterval, maxRetries, closeTimeout }, ranges);
  const { protocols = [], clock = systemClock, random = Math.random } = options;
  checkProtocols(protocols);
  const WebSocket = findWebSocket(options.WebSocket);
  if (WebSocket === undefined) {
    throw new TypeError("Cannot connect: there is no WebSocket, set the option WebSocket");
  }
  return { reconnectInterval, maxRetries, closeTimeout, protocols, clock, random, WebSocket };
}
