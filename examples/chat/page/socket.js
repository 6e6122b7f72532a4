// @ts-check
/// <reference lib="dom" />
/** A WebSocket that connects again: at most one at a time, until told to stop. */

import { mayReconnect, reconnectDelay } from "./reconnect.js";

/**
 * @typedef {(
 *   | { phase: "connecting" }
 *   | { phase: "open" }
 *   | { phase: "waiting", until: number, code: number }
 *   | { phase: "stopped", code: number, reason: string }
 * )} SocketState
 *
 * @typedef {object} SocketHandlers
 * @property {(state: SocketState) => void} onState
 * @property {(text: string) => void} onMessage
 */

/** How long a server may take to answer the opening handshake. */
const HANDSHAKE_TIMEOUT = 10_000;

/** A connection that lasted this long counts as a success: the next delay is short again. */
const STABLE_AFTER = 5_000;

const ABNORMAL_CLOSURE = 1006;

/** Connects at once, and again after each close that is worth it. */
export class ReconnectingSocket {
  #url;
  #handlers;
  /** The only socket whose events count; an abandoned one may still be closing. */
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #failures = 0;
  #openedAt = 0;
  #listening = new AbortController();

  /**
   * @param {URL} url
   * @param {SocketHandlers} handlers
   */
  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    const { signal } = this.#listening;
    // What the network was before may hold no longer, so an open connection is replaced too.
    addEventListener("online", () => this.restart(), { signal });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#socket === undefined) this.restart();
    }, { signal });
    this.restart();
  }

  /** @returns {boolean} True once it will not connect again. */
  get isStopped() {
    return this.#listening.signal.aborted;
  }

  /** Drops the present connection, if there is one, and connects now. */
  restart() {
    if (this.isStopped) return;
    this.#abandon();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lost(ABNORMAL_CLOSURE, ""), HANDSHAKE_TIMEOUT);
    socket.addEventListener("open", () => {
      if (socket === this.#socket) this.#opened();
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.#socket && typeof data === "string") this.#handlers.onMessage(data);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (socket === this.#socket) this.#lost(code, reason);
    });
    this.#handlers.onState({ phase: "connecting" });
  }

  /**
   * @param {string} text
   * @returns {boolean} False when there is no open connection to send on.
   */
  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Ends the connection for good. */
  close() {
    this.#listening.abort();
    this.#abandon();
  }

  #opened() {
    clearTimeout(this.#timer);
    this.#openedAt = Date.now();
    this.#handlers.onState({ phase: "open" });
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    if (this.#openedAt > 0 && Date.now() - this.#openedAt >= STABLE_AFTER) this.#failures = 0;
    this.#abandon();
    if (!mayReconnect(code)) {
      this.close();
      this.#handlers.onState({ phase: "stopped", code, reason });
      return;
    }
    const delay = reconnectDelay(this.#failures++);
    this.#timer = setTimeout(() => this.restart(), delay);
    this.#handlers.onState({ phase: "waiting", until: Date.now() + delay, code });
  }

  #abandon() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#openedAt = 0;
    socket?.close(1000);
  }
}
