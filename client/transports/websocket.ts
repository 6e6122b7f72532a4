/** WebSocket as a transport: of the browser, of the runtime, or of a package. */

import { Deferred } from "../deferred.ts";
import type { Data, OpenTransport, Target, Transport, TransportHandlers } from "./transport.ts";

/**
 * As much of a WebSocket's events as the client uses: of `open`, `message`, `error` and `close`.
 */
export interface SocketEvent {
  /** Name of the event. */
  readonly type: string;
  /** Of a message: text, or bytes as `binaryType` says. */
  readonly data?: unknown;
  /** Of an error: what is known of it. */
  readonly error?: unknown;
  /** Of an error: the same for people. */
  readonly message?: string;
  /** Of a close: its code. */
  readonly code?: number;
  /** Of a close: its reason. */
  readonly reason?: string;
  /** Of a close: whether the closing handshake was done. */
  readonly wasClean?: boolean;
}

/**
 * As much of a WebSocket as the client uses: that of browsers and of the package `ws` fit, and so
 * does one that a test makes up.
 */
export interface WebSocketLike {
  /** The type in which bytes arrive. */
  binaryType: string;
  /** 0 to 3: connecting, open, closing, closed. */
  readonly readyState: number;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number;
  /** The subprotocol that was agreed on. */
  readonly protocol?: string;
  /** The extensions that were agreed on. */
  readonly extensions?: string;
  /** Sends a message. */
  send(data: Data): void;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the connection at once, where the class has that. */
  terminate?(): void;
  /** Adds a listener of `open`, `message`, `error` or `close`. */
  addEventListener(type: string, listener: (event: SocketEvent) => void): void;
}

/**
 * A WebSocket class, for the option `WebSocket`: in Node before 22 the one of the package `ws`, or
 * one of your own.
 */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/**
 * Finds the WebSocket class to use.
 *
 * @param given Value of the option `WebSocket`.
 * @returns It, or the runtime's own; `undefined` where there is none, as in Node before 22.
 */
export function findWebSocket(
  given: WebSocketConstructor | undefined,
): WebSocketConstructor | undefined {
  return given ?? globalThis.WebSocket;
}

/** Bytes that the network does not take at once: what is sent then waits. */
const highWaterMark = 65_536;

/**
 * Makes a transport of a WebSocket class.
 *
 * @param WebSocket The class.
 * @param awaitsWelcome Whether the server speaks first. Then a connection has opened with its first
 * message: not all that answers 101 carries any.
 * @returns A function that opens connections.
 */
export function webSocketTransport(
  WebSocket: WebSocketConstructor,
  awaitsWelcome: boolean,
): OpenTransport {
  return function openWebSocket(target, handlers): Transport {
    const socket = new WebSocket(addressOf(target), protocolsOf(target));
    return new WebSocketTransport(socket, handlers, awaitsWelcome);
  };
}

class WebSocketTransport implements Transport {
  readonly #socket: WebSocketLike;
  readonly #handlers: TransportHandlers;
  readonly #ended = new Deferred<void>();
  #hasOpened = false;
  #isClosed = false;

  constructor(socket: WebSocketLike, handlers: TransportHandlers, awaitsWelcome: boolean) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      if (this.#isClosed) return;
      if (awaitsWelcome) handlers.connected();
      else this.#open();
    });
    socket.addEventListener("message", ({ data }) => {
      if (!this.#hasOpened) this.#open();
      // The cast: `binaryType` says so.
      if (!this.#isClosed) handlers.message(data as string | ArrayBuffer);
    });
    // A close follows; the error says nothing. Packages end the program where nobody listens.
    socket.addEventListener("error", () => {});
    socket.addEventListener("close", ({ code = 1006, reason = "", wasClean = false }) => {
      this.#ended.resolve();
      if (this.#isClosed) return;
      this.#isClosed = true;
      // Deno says 0 where browsers say 1006.
      handlers.closed({ code: code === 0 ? 1006 : code, reason, wasClean });
    });
  }

  #open(): void {
    this.#hasOpened = true;
    if (!this.#isClosed) this.#handlers.opened();
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  get isCongested(): boolean {
    return this.#socket.bufferedAmount > highWaterMark;
  }

  send(data: Data): void {
    this.#socket.send(data);
  }

  close(code?: number, reason?: string): Promise<void> {
    this.#isClosed = true;
    this.#socket.close(code, reason);
    return this.#ended.promise;
  }

  terminate(): void {
    this.#socket.terminate?.();
  }
}

function addressOf({ url, token, tokenBy }: Target): string {
  if (token === undefined || tokenBy !== "query") return url.href;
  const address = new URL(url);
  address.searchParams.set("token", token);
  return address.href;
}

function protocolsOf({ protocols, token, tokenBy }: Target): string[] {
  return token !== undefined && tokenBy === "subprotocol"
    ? [...protocols, `bearer.${token}`]
    : [...protocols];
}
