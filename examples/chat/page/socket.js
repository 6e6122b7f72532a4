// @ts-check
/// <reference lib="dom" />
/** A connection that comes back: at most one at a time, by WebSocket if that gets through. */

import { HttpSocket, OPEN } from "./http_socket.js";
import { isRateClose, MAX_DELAY, mayReconnect, reconnectDelay } from "./reconnect.js";

/**
 * - `socket`: WebSocket; a token follows as the first message
 * - `bearer`: WebSocket with the token in the upgrade request, as a subprotocol
 * - `http`: without WebSocket
 *
 * @typedef {"socket" | "bearer" | "http"} Way
 *
 * @typedef {object} Destination
 * @property {URL} socketUrl
 * @property {URL} streamUrl
 * @property {string} token Empty where there is none.
 *
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

/** Without WebSocket, when to see whether it gets through by now; twice as long each time. */
const FIRST_PROBE = 5_000;
const LONGEST_PROBE = 300_000;

const ABNORMAL_CLOSURE = 1006;

/** Connects at once, and again after each close that is worth it. */
export class ReconnectingSocket {
  #destination;
  #handlers;
  /** The only socket whose events count; an abandoned one may still be closing. */
  /** @type {WebSocket | HttpSocket | undefined} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #failures = 0;
  #openedAt = 0;
  #listening = new AbortController();
  /** By WebSocket first, and there what has worked last. */
  /** @type {Way[]} */
  #ways;
  /** @type {Way[]} */
  #untried = [];
  /** @type {WebSocket | undefined} */
  #probe;
  #probeDelay = FIRST_PROBE;

  /**
   * @param {Destination} destination
   * @param {SocketHandlers} handlers
   */
  constructor(destination, handlers) {
    this.#destination = destination;
    this.#handlers = handlers;
    this.#ways = waysWith(destination.token);
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

  /** @returns {boolean} True while it does without WebSocket. */
  get isLimited() {
    return this.#socket instanceof HttpSocket;
  }

  /** Drops the present connection, if there is one, and connects now. */
  restart() {
    if (this.isStopped) return;
    this.#abandon();
    this.#untried = [...this.#ways];
    this.#tryNext();
    this.#handlers.onState({ phase: "connecting" });
  }

  /**
   * @param {string} text
   * @returns {boolean} False when there is no open connection to send on.
   */
  send(text) {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Ends the connection for good. */
  close() {
    this.#listening.abort();
    this.#abandon();
  }

  #tryNext() {
    const way = this.#untried.shift() ?? "http";
    const socket = way === "http"
      ? new HttpSocket(this.#destination.streamUrl, this.#destination.token)
      : openSocket(this.#destination, way);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lost(ABNORMAL_CLOSURE, ""), HANDSHAKE_TIMEOUT);
    socket.addEventListener("open", () => {
      if (socket === this.#socket) this.#opened(way);
    });
    socket.addEventListener("message", (event) => {
      const isText = event instanceof MessageEvent && typeof event.data === "string";
      if (socket === this.#socket && isText) this.#handlers.onMessage(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (socket !== this.#socket || !(event instanceof CloseEvent)) return;
      this.#lost(event.code, event.reason);
    });
  }

  /** @param {Way} way */
  #opened(way) {
    clearTimeout(this.#timer);
    this.#openedAt = Date.now();
    if (way === "http") {
      this.#timer = setTimeout(() => this.#probeSocket(), this.#probeDelay);
    } else {
      this.#probeDelay = FIRST_PROBE;
      this.#prefer(way);
    }
    this.#handlers.onState({ phase: "open" });
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    const wasOpen = this.#openedAt > 0;
    if (wasOpen && Date.now() - this.#openedAt >= STABLE_AFTER) this.#failures = 0;
    this.#abandon();
    if (!wasOpen && code === ABNORMAL_CLOSURE && this.#untried.length > 0) return this.#tryNext();
    if (!mayReconnect(code, reason)) {
      this.close();
      this.#handlers.onState({ phase: "stopped", code, reason });
      return;
    }
    const usual = reconnectDelay(this.#failures++);
    const delay = isRateClose(code, reason) ? MAX_DELAY : usual;
    this.#timer = setTimeout(() => this.restart(), delay);
    this.#handlers.onState({ phase: "waiting", until: Date.now() + delay, code });
  }

  /** Sees beside the present connection whether WebSocket works again, and goes over to it. */
  #probeSocket() {
    const way = this.#ways[0] ?? "http";
    if (way === "http") return;
    const probe = openSocket(this.#destination, way);
    this.#probe = probe;
    this.#probeDelay = Math.min(LONGEST_PROBE, 2 * this.#probeDelay);
    probe.addEventListener("open", () => {
      if (probe === this.#probe) this.restart();
    });
    probe.addEventListener("close", () => {
      if (probe !== this.#probe) return;
      const other = this.#ways.find((other) => other !== way && other !== "http");
      if (other) this.#prefer(other);
      this.#timer = setTimeout(() => this.#probeSocket(), this.#probeDelay);
    });
  }

  /** @param {Way} way */
  #prefer(way) {
    this.#ways = [way, ...this.#ways.filter((other) => other !== way)];
  }

  #abandon() {
    clearTimeout(this.#timer);
    const [socket, probe] = [this.#socket, this.#probe];
    this.#socket = undefined;
    this.#probe = undefined;
    this.#openedAt = 0;
    socket?.close(1000);
    probe?.close(1000);
  }
}

/**
 * @param {string} token
 * @returns {Way[]}
 */
function waysWith(token) {
  if (typeof WebSocket === "undefined") return ["http"];
  // Other texts cannot be a subprotocol (RFC 6455 §4.1), and are no JSON Web Tokens either.
  return /^[\w.-]+$/.test(token) ? ["socket", "bearer", "http"] : ["socket", "http"];
}

/**
 * @param {Destination} destination
 * @param {Way} way
 */
function openSocket({ socketUrl, token }, way) {
  return new WebSocket(socketUrl, way === "bearer" ? [`bearer.${token}`] : []);
}
