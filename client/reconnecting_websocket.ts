/** A WebSocket that connects again, and knows nothing of events: for servers of any kind. */

import { backoffDelay } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import { mayReconnect } from "./close_code.ts";
import type { Data } from "./transport.ts";
import {
  findWebSocket,
  type SocketEvent,
  type WebSocketConstructor,
  type WebSocketLike,
} from "./transport_websocket.ts";

/**
 * Options of a {@linkcode ReconnectingWebSocket}.
 *
 * @example A server that restarts
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { ReconnectingWebSocket, type ReconnectingWebSocketOptions } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * let count = 0;
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
 *   connection.close(++count === 1 ? 1012 : 1000);
 * });
 * const codes: number[] = [];
 * await new Promise<void>((resolve) => {
 *   const options: ReconnectingWebSocketOptions = {
 *     reconnectInterval: 1,
 *     onclose: ({ code }) => codes.push(code) === 2 && resolve(),
 *   };
 *   new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`, options);
 * });
 * assertEquals(codes, [1012, 1000]);
 * ```
 */
export interface ReconnectingWebSocketOptions {
  /** Called whenever a connection has opened. */
  readonly onopen?: () => void;
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
  /** Attempts in a row without a connection; then it stays closed. @default {10} */
  readonly maxRetries?: number;
  /** Subprotocols to offer. @default {[]} */
  readonly protocols?: readonly string[];
  /** The class to connect with, where the runtime has none, as Node before 22. */
  readonly WebSocket?: WebSocketConstructor;
  /** Time, as tests let it pass. */
  readonly clock?: Clock;
  /** Chance, from 0 to below 1, as tests decide it. */
  readonly random?: () => number;
}

const longestDelay = 30_000;

/**
 * A WebSocket with the handlers of the standard one. It connects again after each close but those
 * after which another attempt would end the same way, see {@linkcode mayReconnect}. There are never
 * two connections, and what an old one reports is ignored.
 *
 * @example Text to and fro
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { ReconnectingWebSocket } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
 *   connection.on("message", (data) => void connection.send(`Echo: ${data}`));
 * });
 *
 * const echo = await new Promise((resolve) => {
 *   const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`, {
 *     onopen: () => ws.send("Ahoy"),
 *     onmessage: ({ data }) => {
 *       ws.onclose = () => resolve(data);
 *       ws.close();
 *     },
 *   });
 * });
 * assertEquals(echo, "Echo: Ahoy");
 * ```
 */
export class ReconnectingWebSocket {
  readonly #options: ReconnectingWebSocketOptions;
  readonly #WebSocket: WebSocketConstructor;
  #socket: WebSocketLike | undefined;
  #isStopped = false;
  #stopTimer: () => void = () => {};

  /** Where it connects to. */
  readonly url: string;
  /** Attempts in a row since the last connection. */
  retries = 0;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onopen: (() => void) | undefined;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onmessage: ((event: MessageEvent) => void) | undefined;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onclose: ((event: CloseEvent) => void) | undefined;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onerror: ((event: Event) => void) | undefined;

  /**
   * Connects.
   *
   * @param url Address of the server.
   * @param options Handlers, and how to connect again.
   * @throws {TypeError} The runtime has no WebSocket.
   * @throws {DOMException} The address is wrong. Classes other than those of browsers and Deno may
   * throw another `SyntaxError`.
   */
  constructor(url: string | URL, options: ReconnectingWebSocketOptions = {}) {
    const WebSocket = findWebSocket(options.WebSocket);
    if (WebSocket === undefined) {
      throw new TypeError("Cannot connect: there is no WebSocket, set the option WebSocket");
    }
    this.#WebSocket = WebSocket;
    this.#options = options;
    this.url = String(url);
    this.onopen = options.onopen;
    this.onmessage = options.onmessage;
    this.onclose = options.onclose;
    this.onerror = options.onerror;
    this.connect();
  }

  /** 0 to 3, as of a WebSocket: connecting, open, closing, closed; 3 between two attempts. */
  get readyState(): number {
    return this.#socket?.readyState ?? 3;
  }

  /**
   * Connects now: instead of later, or after a close. A connection that is there, or about to be,
   * is kept.
   *
   * @example Connecting again after a close
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { ReconnectingWebSocket } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
   * const codes: number[] = [];
   * await new Promise<void>((resolve) => {
   *   const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`, {
   *     onopen: () => ws.close(4000 + codes.length),
   *     onclose: ({ code }) => codes.push(code) < 2 ? ws.connect() : resolve(),
   *   });
   * });
   * assertEquals(codes, [4000, 4001]);
   * ```
   */
  connect(): void {
    this.#stopTimer();
    this.#isStopped = false;
    if (this.readyState <= 1) return;
    const socket = new this.#WebSocket(this.url, [...this.#options.protocols ?? []]);
    this.#socket = socket;
    // The cast: what a WebSocket class makes is what its listeners take.
    const whenCurrent = <E extends Event>(handle: (event: E) => void) => (event: SocketEvent) => {
      if (socket === this.#socket) handle(event as E);
    };
    socket.addEventListener("open", whenCurrent(() => this.#opened()));
    socket.addEventListener("message", whenCurrent((e: MessageEvent) => this.onmessage?.(e)));
    socket.addEventListener("error", whenCurrent((e: Event) => this.onerror?.(e)));
    socket.addEventListener("close", whenCurrent((e: CloseEvent) => this.#closed(e)));
  }

  /**
   * Sends a message. Nothing waits here for a connection: ask again in `onopen`.
   *
   * @param data Text or bytes.
   * @returns `false` where there is no open connection: the message is not sent.
   *
   * @example Before and after the connection has opened
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { ReconnectingWebSocket } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
   * const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`);
   * const sent = [ws.send("Too early")];
   * await new Promise<void>((resolve) => ws.onopen = resolve);
   * sent.push(ws.send("Ahoy"));
   * await new Promise((resolve) => (ws.onclose = resolve, ws.close()));
   * assertEquals(sent, [false, true]);
   * ```
   */
  send(data: Data): boolean {
    if (this.#socket?.readyState !== 1) return false;
    this.#socket.send(data);
    return true;
  }

  /**
   * Closes the connection, and makes no other until {@linkcode ReconnectingWebSocket.connect}.
   *
   * @param code Close code, 1000 or from 3000 to 4999, RFC 6455 §7.4; none by default.
   * @param reason Close reason, at most 123 bytes of UTF-8.
   * @throws {DOMException} The WebSocket does not allow the code or the reason. Classes other than
   * those of browsers and Deno may throw other errors.
   *
   * @example A close that is the end
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { ReconnectingWebSocket } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * const heard = Promise.withResolvers<{ code: number; reason: string }>();
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.on("close", heard.resolve);
   * });
   * const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`);
   * ws.onopen = () => ws.close(4000, "Signed out");
   * await new Promise((resolve) => ws.onclose = resolve);
   * assertEquals([(await heard.promise).reason, ws.readyState], ["Signed out", 3]);
   * ```
   */
  close(code?: number, reason?: string): void {
    this.#socket?.close(code, reason);
    this.#isStopped = true;
    this.#stopTimer();
  }

  #opened(): void {
    this.retries = 0;
    this.onopen?.();
  }

  #closed(event: CloseEvent): void {
    const { maxRetries = 10, reconnectInterval: minDelay = 1_000 } = this.#options;
    this.#socket = undefined;
    if (!this.#isStopped && mayReconnect(event.code) && this.retries < maxRetries) {
      const { random = Math.random, clock = systemClock } = this.#options;
      const delay = backoffDelay(this.retries, { minDelay, maxDelay: longestDelay, random });
      this.#stopTimer = clock.after(delay, () => {
        this.retries++;
        this.connect();
      });
    }
    this.onclose?.(event);
  }
}
