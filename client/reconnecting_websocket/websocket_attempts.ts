/** The connections of a reconnecting WebSocket: one at a time, and when the next one is made. */

import { type CloseInfo, isRateClose, mayReconnect } from "../close_code.ts";
import { describe } from "../errors.ts";
import { delayBefore } from "../line/backoff.ts";
import type { Address } from "../address.ts";
import { closeEvent, errorEvent, messageEvent } from "./socket_events.ts";
import type { ResolvedSocketOptions } from "./socket_options.ts";
import type { WebSocketLike } from "../transports/websocket.ts";

/** Milliseconds, see {@linkcode delayBefore}. */
const longestDelay = 30_000;

/** Makes connections, one after the other. Reports of earlier ones are ignored. */
export class WebSocketAttempts {
  readonly #address: Address;
  readonly #options: ResolvedSocketOptions;
  readonly #dispatch: (event: Event) => void;
  #url = "";
  #binaryType: BinaryType = "blob";
  /** The present attempt, which may have become a connection. */
  #current: object | undefined;
  #socket: WebSocketLike | undefined;
  #openedAt: number | undefined;
  /** The delay before the present connection. */
  #delay: number;
  #isStopped = false;
  #stopTimer: () => void = () => {};
  /** Attempts in a row since the last good connection. */
  retries = 0;

  /** @param dispatch Reports `open`, `message`, `error` and `close` of the present connection. */
  constructor(address: Address, options: ResolvedSocketOptions, dispatch: (event: Event) => void) {
    this.#address = address;
    this.#options = options;
    this.#dispatch = dispatch;
    this.#delay = options.reconnectInterval;
  }

  /** Address of the last connection; empty before there was one. */
  get url(): string {
    return this.#url;
  }

  /** The present WebSocket; `undefined` between attempts, and while the address is asked for. */
  get socket(): WebSocketLike | undefined {
    return this.#socket;
  }

  /** Whether there is an attempt, or a connection. */
  get isActive(): boolean {
    return this.#current !== undefined;
  }

  /** The type in which bytes arrive, on this and all later connections. */
  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(type: BinaryType) {
    this.#binaryType = type;
    if (this.#socket !== undefined) this.#socket.binaryType = type;
  }

  /** Allows attempts again, after {@linkcode WebSocketAttempts.close}. */
  resume(): void {
    this.#isStopped = false;
  }

  /**
   * Connects now, leaving the present connection to itself.
   *
   * @throws {DOMException} The address is wrong.
   */
  connect(): void {
    this.#stopTimer();
    const attempt = this.#current = {};
    this.#socket = undefined;
    try {
      if (typeof this.#address === "function") void this.#openLater(this.#address, attempt);
      else this.#open(this.#address, attempt);
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  /**
   * Closes the connection, and makes no other.
   *
   * @throws {DOMException} The WebSocket does not allow the code or the reason.
   */
  close(code?: number, reason?: string): void {
    const { clock, closeTimeout } = this.#options;
    const socket = this.#socket;
    socket?.close(code, reason);
    this.#isStopped = true;
    this.#stopTimer();
    if (this.#current === undefined) return;
    // Without a socket there is no peer that could answer.
    this.#stopTimer = clock.after(socket === undefined ? 0 : closeTimeout, () => {
      socket?.terminate?.();
      this.#ended({ code: 1006, reason: "", wasClean: false });
    });
  }

  async #openLater(address: Extract<Address, () => unknown>, attempt: object): Promise<void> {
    try {
      const url = await address();
      if (attempt === this.#current && !this.#isStopped) this.#open(url, attempt);
    } catch (error) {
      if (attempt === this.#current && !this.#isStopped) this.#failed(error);
    }
  }

  #open(url: string | URL, attempt: object): void {
    const { WebSocket, protocols } = this.#options;
    this.#url = String(url);
    const socket = new WebSocket(this.#url, [...protocols]);
    this.#socket = socket;
    socket.binaryType = this.#binaryType;
    const isCurrent = () => attempt === this.#current;
    socket.addEventListener("open", () => isCurrent() && this.#opened());
    socket.addEventListener("message", (event) => {
      if (isCurrent()) this.#dispatch(messageEvent(event));
    });
    socket.addEventListener("error", ({ error, message }) => {
      if (isCurrent()) this.#dispatch(errorEvent(error, message ?? ""));
    });
    socket.addEventListener("close", ({ code = 1006, reason = "", wasClean = false }) => {
      // Deno reports 0 where browsers report 1006.
      if (isCurrent()) this.#ended({ code: code === 0 ? 1006 : code, reason, wasClean });
    });
  }

  #opened(): void {
    this.#openedAt = this.#options.clock.now();
    this.#dispatch(new Event("open"));
  }

  #failed(error: unknown): void {
    const attempt = this.#current;
    this.#dispatch(errorEvent(error));
    if (attempt !== this.#current) return;
    this.#ended({ code: 1006, reason: describe(error), wasClean: false });
  }

  #ended(close: CloseInfo): void {
    const { maxRetries, reconnectInterval: minDelay, random, clock } = this.#options;
    const lasted = this.#openedAt === undefined ? -1 : clock.now() - this.#openedAt;
    if (lasted >= this.#delay) this.retries = 0;
    this.#stopTimer();
    this.#current = undefined;
    this.#socket = undefined;
    this.#openedAt = undefined;
    const { code, reason } = close;
    if (!this.#isStopped && mayReconnect(code, reason) && this.retries < maxRetries) {
      const delay = delayBefore(this.retries, { minDelay, maxDelay: longestDelay, random });
      this.#delay = isRateClose(code, reason) ? Math.max(delay, longestDelay) : delay;
      this.#stopTimer = clock.after(this.#delay, () => this.#retry());
    }
    this.#dispatch(closeEvent(close));
  }

  #retry(): void {
    this.retries++;
    try {
      this.connect();
    } catch (error) {
      this.#failed(error);
    }
  }
}
