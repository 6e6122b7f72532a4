/** The options of a client: meaning, unit, default, check. */

import { type Clock, systemClock } from "../wire/clock.ts";
import type { Token, TokenMethod } from "./credentials.ts";
import type { FallbackPaths, Fetch } from "./transports/http.ts";
import { type Network, systemNetwork } from "./line/network.ts";
import { checkNames, checkNumbers, type NumberRange } from "../wire/option_checks.ts";
import { checkChoice, checkProtocols, openRange } from "./option_checks.ts";
import type { QueueOptions } from "./line/outbox.ts";
import type { TransportFactory } from "./transports/transport_selector.ts";
import type { TransportName } from "./transports/transport.ts";
import { pollTransport } from "./transports/poll.ts";
import { sseTransport } from "./transports/sse.ts";
import {
  findWebSocket,
  type WebSocketConstructor,
  webSocketTransport,
} from "./transports/websocket.ts";

/**
 * Options of a client. Times are in milliseconds.
 */
export interface ClientOptions extends QueueOptions {
  /**
   * The token of the client. A function is called for each connection, and before a JWT expires.
   *
   * @default {undefined}
   */
  readonly token?: Token;
  /**
   * Presentation of the token. In the address it is visible in logs.
   *
   * @default {"message"}
   */
  readonly tokenBy?: TokenMethod;
  /** Subprotocols to offer. @default {[]} */
  readonly protocols?: readonly string[];
  /** Shortest delay before another attempt. @default {1_000} */
  readonly minDelay?: number;
  /** Longest delay before another attempt. @default {30_000} */
  readonly maxDelay?: number;
  /** Attempts in a row, after which the client is closed. @default {Infinity} */
  readonly maxRetries?: number;
  /** Time for an attempt, with the token accepted. @default {10_000} */
  readonly connectTimeout?: number;
  /**
   * Time that the server has to answer a Close; then the connection is abandoned. @default {3_000}
   */
  readonly closeTimeout?: number;
  /**
   * Silence after which the server is asked for a sign of life, by a message `ping`, which is no
   * event; without one within `connectTimeout`, the connection counts as lost. The first sign of
   * life is the server's `welcome`, or another first message: a connection that carries nothing
   * does not become open. 0 neither asks nor waits: for servers that do not speak JSON.
   *
   * @default {60_000}
   */
  readonly idleTimeout?: number;
  /**
   * Longest message of the server, in characters or bytes; over HTTP, also the longest response. A
   * longer one ends the connection with 1009. Over WebSocket the runtime has read it by then.
   *
   * @default {16_777_216}
   */
  readonly maxMessageSize?: number;
  /** Transports, the preferred one first. @default {["websocket", "sse", "poll"]} */
  readonly transports?: readonly TransportName[];
  /**
   * Failed attempts in a row after which the first transport is given up for the next, where it has
   * never opened. A transport that connects twice and carries nothing is given up too. While
   * another transport is in use, the first is probed beside it: after 5 s, then more and more
   * rarely, up to 5 min.
   *
   * @default {3}
   */
  readonly fallbackAfter?: number;
  /** Paths of the fallback transports. */
  readonly paths?: FallbackPaths;
  /** The class to connect with, where the runtime has none, as Node before 22. */
  readonly WebSocket?: WebSocketConstructor;
  /** The function by which the fallback transports make requests. @default {globalThis.fetch} */
  readonly fetch?: Fetch;
  /**
   * Called with what handlers throw; by default the error is uncaught, as with event listeners. Its
   * own errors go to the console.
   */
  readonly onError?: (error: unknown) => void;
  /** The clock, for tests. */
  readonly clock?: Clock;
  /** Random numbers from 0 to below 1, for tests. */
  readonly random?: () => number;
  /** State and changes of the network, for tests. */
  readonly network?: Network;
  /** Closes the client when it aborts, for good. */
  readonly signal?: AbortSignal;
}

const ranges = {
  minDelay: { ...openRange, least: 1, unit: "ms" },
  maxDelay: { ...openRange, least: 1, unit: "ms" },
  connectTimeout: { ...openRange, least: 1, unit: "ms" },
  closeTimeout: { ...openRange, least: 0, unit: "ms" },
  idleTimeout: { ...openRange, least: 0, unit: "ms" },
  maxMessageSize: { ...openRange, least: 1, unit: "bytes" },
  fallbackAfter: { ...openRange, least: 1 },
  maxRetries: { ...openRange, least: 0 },
  maxQueue: { ...openRange, least: 0 },
  flushRate: { ...openRange, least: 0 },
} as const satisfies Record<string, NumberRange>;

/** The options as the client uses them. */
export interface ResolvedOptions extends
  Required<
    Omit<
      ClientOptions,
      "token" | "flushRate" | "transports" | "paths" | "WebSocket" | "fetch" | "signal"
    >
  > {
  readonly token: Token | undefined;
  readonly flushRate: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly factories: readonly TransportFactory[];
  /** Whether the server speaks JSON: it sends a first message, and answers a `ping`. */
  readonly speaksJson: boolean;
  /** Whether one of the transports carries bytes. */
  readonly carriesBytes: boolean;
}

const optionNames = Object.keys(
  {
    WebSocket: true,
    clock: true,
    closeTimeout: true,
    connectTimeout: true,
    fallbackAfter: true,
    fetch: true,
    flushRate: true,
    idleTimeout: true,
    maxDelay: true,
    maxMessageSize: true,
    maxQueue: true,
    maxRetries: true,
    minDelay: true,
    network: true,
    onError: true,
    onQueueFull: true,
    paths: true,
    protocols: true,
    random: true,
    signal: true,
    token: true,
    tokenBy: true,
    transports: true,
  } satisfies Record<keyof ClientOptions, true>,
);

const pathNames = Object.keys(
  { sse: true, poll: true, events: true } satisfies Record<keyof FallbackPaths, true>,
);

const transportNames: readonly string[] = [
  "websocket",
  "sse",
  "poll",
] satisfies TransportName[];
const methods: readonly string[] = ["message", "query", "subprotocol"] satisfies TokenMethod[];
const policies: readonly string[] = ["drop-oldest", "drop-newest", "reject"] satisfies NonNullable<
  QueueOptions["onQueueFull"]
>[];

/**
 * Checks and completes the options.
 *
 * @throws {TypeError} An option is not known, is none of its values, or there is no WebSocket.
 * @throws {RangeError} A number is out of range.
 */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  checkNames("the client", options, optionNames);
  const { maxMessageSize = 16_777_216, idleTimeout = 60_000, clock = systemClock } = options;
  const { transports = ["websocket", "sse", "poll"], onError } = options;
  const resolved = {
    token: options.token,
    tokenBy: options.tokenBy ?? "message",
    protocols: options.protocols ?? [],
    minDelay: options.minDelay ?? 1_000,
    maxDelay: options.maxDelay ?? 30_000,
    maxRetries: options.maxRetries ?? Infinity,
    connectTimeout: options.connectTimeout ?? 10_000,
    closeTimeout: options.closeTimeout ?? 3_000,
    idleTimeout,
    maxMessageSize,
    fallbackAfter: options.fallbackAfter ?? 3,
    maxQueue: options.maxQueue ?? 100,
    onQueueFull: options.onQueueFull ?? "drop-oldest",
    flushRate: options.flushRate,
    onError: onError === undefined ? throwUncaught : contained(onError),
    clock,
    random: options.random ?? Math.random,
    network: options.network ?? systemNetwork,
    signal: options.signal,
    speaksJson: idleTimeout > 0,
    carriesBytes: transports.includes("websocket"),
  };
  checkOptions(resolved);
  return {
    ...resolved,
    factories: makeFactories({ ...options, transports, maxMessageSize, clock }, resolved),
  };
}

function checkOptions(options: Omit<ResolvedOptions, "factories">): void {
  const { minDelay, maxDelay, connectTimeout, maxMessageSize, fallbackAfter } = options;
  const { maxRetries, closeTimeout, idleTimeout, maxQueue, flushRate = 0 } = options;
  checkNumbers("", {
    minDelay,
    maxDelay,
    connectTimeout,
    closeTimeout,
    idleTimeout,
    maxMessageSize,
    fallbackAfter,
    maxRetries,
    maxQueue,
    flushRate,
  }, ranges);
  checkChoice("tokenBy", options.tokenBy, methods);
  checkChoice("onQueueFull", options.onQueueFull, policies);
  checkProtocols(options.protocols);
}

/** Settings of the transports. */
type FactoryOptions =
  & Pick<ClientOptions, "paths" | "WebSocket" | "fetch">
  & Required<Pick<ClientOptions, "transports" | "maxMessageSize" | "clock">>;

function makeFactories(
  options: FactoryOptions,
  { speaksJson }: Pick<ResolvedOptions, "speaksJson">,
): readonly TransportFactory[] {
  const { transports, paths = {}, maxMessageSize, clock } = options;
  checkNames("paths", paths, pathNames);
  const { sse = "/sse", poll = "/poll", events = "/events" } = paths;
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const http = { paths: { sse, poll, events }, fetch, maxMessageSize, clock };
  if (transports.length === 0) throw new TypeError("Cannot use transports: there is none");
  return transports.map((name): TransportFactory => {
    checkChoice("transports", name, transportNames);
    if (name === "sse") return { name, open: sseTransport(http) };
    if (name === "poll") return { name, open: pollTransport(http) };
    const WebSocket = findWebSocket(options.WebSocket);
    if (WebSocket === undefined) {
      throw new TypeError("Cannot connect: there is no WebSocket, set the option WebSocket");
    }
    return { name, open: webSocketTransport(WebSocket, speaksJson) };
  });
}

/** Wraps a function, so that its errors and rejections go to the console. */
function contained(onError: (error: unknown) => unknown): (error: unknown) => void {
  // deno-lint-ignore no-console -- nobody else can be told
  const report = (failure: unknown) => console.error("Option onError has failed:", failure);
  return function tell(error): void {
    try {
      Promise.resolve(onError(error)).catch(report);
    } catch (failure) {
      report(failure);
    }
  };
}

/** Throws an uncaught error, which the runtime reports. */
function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
