/** A WebSocket that connects again, and knows nothing of events: for servers of any kind. */

import type { Address } from "../address.ts";
import { type ReconnectingWebSocketOptions, resolveSocketOptions } from "./socket_options.ts";
import type { Data } from "../transports/transport.ts";
import { WebSocketAttempts } from "./websocket_attempts.ts";

/** The states of a WebSocket. WHATWG WebSockets, "Interface definition". */
const [connecting, open, closed] = [0, 1, 3] as const;

/**
 * A WebSocket that connects again after each close but those after which another attempt would end
 * the same way, see {@linkcode mayReconnect}. It has what the standard one has; there are never two
 * connections, and what an old one reports is ignored.
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
export class ReconnectingWebSocket extends EventTarget {
  readonly #attempts: WebSocketAttempts;

  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onopen: ((event: Event) => void) | null | undefined;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onmessage: ((event: MessageEvent) => void) | null | undefined;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onclose: ((event: CloseEvent) => void) | null | undefined;
  /** See {@linkcode ReconnectingWebSocketOptions}. */
  onerror: ((event: Event) => void) | null | undefined;

  /**
   * Connects.
   *
   * @param url Address of the server, or a function that gets it before each attempt.
   * @param options Handlers, and how to connect again.
   * @throws {TypeError} An option is wrong, or the runtime has no WebSocket.
   * @throws {RangeError} A number is out of range.
   * @throws {DOMException} The address is wrong. Classes other than those of browsers and Deno may
   * throw another `SyntaxError`.
   */
  constructor(url: Address, options: ReconnectingWebSocketOptions = {}) {
    super();
    this.#attempts = new WebSocketAttempts(url, resolveSocketOptions(options), (event) => {
      this.dispatchEvent(event);
    });
    this.onopen = options.onopen;
    this.onmessage = options.onmessage;
    this.onclose = options.onclose;
    this.onerror = options.onerror;
    this.addEventListener("open", (event) => this.onopen?.(event));
    this.addEventListener("message", (event) => this.onmessage?.(event));
    this.addEventListener("close", (event) => this.onclose?.(event));
    this.addEventListener("error", (event) => this.onerror?.(event));
    this.connect();
  }

  /** Attempts in a row since the last good connection. */
  get retries(): number {
    return this.#attempts.retries;
  }

  // ----- As of a WebSocket -----

  /** Address of the last connection; empty before a function has returned one. */
  get url(): string {
    return this.#attempts.url;
  }

  /** 0 to 3: connecting, open, closing, closed; 3 between two attempts. */
  get readyState(): number {
    const { socket, isActive } = this.#attempts;
    return socket?.readyState ?? (isActive ? connecting : closed);
  }

  /** Bytes that the connection has not sent yet. */
  get bufferedAmount(): number {
    return this.#attempts.socket?.bufferedAmount ?? 0;
  }

  /** The subprotocol that the server has chosen, or an empty text. */
  get protocol(): string {
    return this.#attempts.socket?.protocol ?? "";
  }

  /** The extensions that were agreed on, or an empty text. */
  get extensions(): string {
    return this.#attempts.socket?.extensions ?? "";
  }

  /** As what bytes come: as a `Blob`, if it is not set to `"arraybuffer"`. */
  get binaryType(): BinaryType {
    return this.#attempts.binaryType;
  }

  set binaryType(type: BinaryType) {
    this.#attempts.binaryType = type;
  }

  /**
   * Adds a listener, for all connections that follow.
   *
   * @param type `open`, `message`, `error` or `close`.
   * @param listener Called with each event.
   * @param options As of any event target.
   *
   * @example The first message only
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { ReconnectingWebSocket } from "@hawser/ws/client";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.send("Ahoy");
   * });
   * const ws = new ReconnectingWebSocket(`ws://127.0.0.1:${server.addr.port}`);
   * const { data } = await new Promise<MessageEvent>((resolve) => {
   *   ws.addEventListener("message", resolve, { once: true });
   * });
   * await new Promise((resolve) => (ws.onclose = resolve, ws.close()));
   * assertEquals(data, "Ahoy");
   * ```
   */
  override addEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: ((event: WebSocketEventMap[Type]) => void) | EventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, listener, options);
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
    this.#attempts.resume();
    if (this.readyState > open) this.#attempts.connect();
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
   * await new Promise((resolve) => ws.onopen = resolve);
   * sent.push(ws.send("Ahoy"));
   * await new Promise((resolve) => (ws.onclose = resolve, ws.close()));
   * assertEquals(sent, [false, true]);
   * ```
   */
  send(data: Data): boolean {
    const { socket } = this.#attempts;
    if (socket?.readyState !== open) return false;
    socket.send(data);
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
    this.#attempts.close(code, reason);
  }
}
