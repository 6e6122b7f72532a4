/** The options of a client: meaning, unit, default, check. */

import { type Clock, systemClock } from "./clock.ts";
import type { Token, TokenMethod } from "./credentials.ts";
import type { FallbackPaths, Fetch, HttpOptions } from "./http.ts";
import { type Network, systemNetwork } from "./network.ts";
import type { QueueOptions } from "./outbox.ts";
import type { Way } from "./route.ts";
import type { TransportName } from "./transport.ts";
import { pollTransport } from "./transport_poll.ts";
import { sseTransport } from "./transport_sse.ts";
import {
  findWebSocket,
  type WebSocketConstructor,
  webSocketTransport,
} from "./transport_websocket.ts";

/**
 * Options of a client. Times are in milliseconds.
 *
 * @example A client with a token, by plain HTTP
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { type ClientOptions, connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const verify = (token: string) => Promise.resolve({ user: `user of ${token}` });
 * const app = new App({ auth: { verify }, fallback: true });
 * app.on("who am I", ({ user }) => user);
 * await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
 * const options: ClientOptions = { token: "s3cr3t", transports: ["sse", "poll"], maxRetries: 5 };
 * await using client = connect(`http://127.0.0.1:${server.addr.port}/ws`, options);
 * assertEquals(await client.emitWithAck("who am I"), "user of s3cr3t");
 * ```
 */
export interface ClientOptions extends QueueOptions {
  /**
   * Says who the client is. A function is asked again for each connection, and before a JWT of it
   * expires.
   *
   * @default {undefined}
   */
  readonly token?: Token;
  /**
   * How the token is presented. In the address it stands in logs.
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
   * Silence after which the server is asked for a sign of life, by a request `ping`, which need not
   * be handled there; without one within `connectTimeout`, the connection counts as lost. 0 never
   * asks: for servers that do not speak JSON.
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
  /** Ways to the server, the best one first. @default {["websocket", "sse", "poll"]} */
  readonly transports?: readonly TransportName[];
  /**
   * Attempts in a row after which a first way that has not opened once is given up for the next.
   *
   * @default {3}
   */
  readonly fallbackAfter?: number;
  /** Where the other ways are, beside the address. */
  readonly paths?: FallbackPaths;
  /** The class to connect with, where the runtime has none, as Node before 22. */
  readonly WebSocket?: WebSocketConstructor;
  /** What the other ways use. @default {globalThis.fetch} */
  readonly fetch?: Fetch;
  /**
   * Is told what handlers throw; by default it is uncaught, as with event listeners. What it throws
   * itself goes to the console.
   */
  readonly onError?: (error: unknown) => void;
  /** Time, as tests let it pass. */
  readonly clock?: Clock;
  /** Chance, from 0 to below 1, as tests decide it. */
  readonly random?: () => number;
  /** What is known of the network. */
  readonly network?: Network;
}

/** The options as the client uses them. */
export interface ResolvedOptions extends
  Required<
    Omit<ClientOptions, "token" | "transports" | "paths" | "WebSocket" | "fetch">
  > {
  readonly token: Token | undefined;
  readonly ways: readonly Way[];
}

const names: readonly string[] = ["websocket", "sse", "poll"] satisfies TransportName[];
const methods: readonly string[] = ["message", "query", "subprotocol"] satisfies TokenMethod[];
const policies: readonly string[] = ["drop-oldest", "drop-newest", "reject"] satisfies NonNullable<
  QueueOptions["onQueueFull"]
>[];

/**
 * Checks and completes the options.
 *
 * @throws {TypeError} An option is none of its values, or there is no WebSocket.
 * @throws {RangeError} A number is out of range.
 */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const { maxMessageSize = 16_777_216, clock = systemClock } = options;
  const resolved = {
    token: options.token,
    tokenBy: options.tokenBy ?? "message",
    protocols: options.protocols ?? [],
    minDelay: options.minDelay ?? 1_000,
    maxDelay: options.maxDelay ?? 30_000,
    maxRetries: options.maxRetries ?? Infinity,
    connectTimeout: options.connectTimeout ?? 10_000,
    idleTimeout: options.idleTimeout ?? 60_000,
    maxMessageSize,
    fallbackAfter: options.fallbackAfter ?? 3,
    maxQueue: options.maxQueue ?? 100,
    onQueueFull: options.onQueueFull ?? "drop-oldest",
    flushRate: options.flushRate ?? 10,
    onError: options.onError === undefined ? throwUncaught : contained(options.onError),
    clock,
    random: options.random ?? Math.random,
    network: options.network ?? systemNetwork,
    ways: findWays(options, { maxMessageSize, clock }),
  };
  const { minDelay, maxDelay, maxRetries, connectTimeout, idleTimeout, ...rest } = resolved;
  const { fallbackAfter, maxQueue, flushRate } = rest;
  const positive = { minDelay, maxDelay, connectTimeout, maxMessageSize, fallbackAfter };
  for (const [name, value] of Object.entries(positive)) checkNumber(name, value, 1);
  for (const [name, value] of Object.entries({ maxRetries, idleTimeout, maxQueue, flushRate })) {
    checkNumber(name, value, 0);
  }
  checkChoice("tokenBy", rest.tokenBy, methods);
  checkChoice("onQueueFull", rest.onQueueFull, policies);
  return resolved;
}

function findWays(
  options: ClientOptions,
  bounds: Pick<HttpOptions, "maxMessageSize" | "clock">,
): readonly Way[] {
  const { transports = ["websocket", "sse", "poll"], paths } = options;
  const { sse = "/sse", poll = "/poll", events = "/events" } = paths ?? {};
  const http = {
    paths: { sse, poll, events },
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    ...bounds,
  };
  if (transports.length === 0) throw new TypeError("Cannot use transports: there is none");
  return transports.map((name): Way => {
    checkChoice("transports", name, names);
    if (name === "sse") return { name, open: sseTransport(http) };
    if (name === "poll") return { name, open: pollTransport(http) };
    const WebSocket = findWebSocket(options.WebSocket);
    if (WebSocket === undefined) {
      throw new TypeError("Cannot connect: there is no WebSocket, set the option WebSocket");
    }
    return { name, open: webSocketTransport(WebSocket) };
  });
}

function checkNumber(name: string, value: number, least: number): void {
  if (typeof value === "number" && value >= least) return;
  throw new RangeError(`Cannot use ${name} as it must be >= ${least}: current value is ${value}`);
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new TypeError(
    `Cannot use ${name} as it must be one of ${choices.join(", ")}: current value is ${value}`,
  );
}

/** Keeps from the client what a function throws, or rejects with. */
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

/** Throws where nobody catches: the runtime reports it. */
function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

/**
 * Reads the address of a server.
 *
 * @param url Of any of ws, wss, http and https; in a browser it may be relative.
 * @returns The address of its WebSocket.
 * @throws {TypeError} It is none.
 */
export function resolveUrl(url: string | URL): URL {
  const resolved = new URL(url, globalThis.location?.href);
  resolved.protocol = resolved.protocol.replace(/^http/, "ws");
  if (resolved.protocol !== "ws:" && resolved.protocol !== "wss:") {
    throw new TypeError(`Cannot connect: "${resolved.protocol}" is none of ws, wss, http, https`);
  }
  // RFC 6455 §3: an address has no fragment.
  resolved.hash = "";
  return resolved;
}
