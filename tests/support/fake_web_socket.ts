/** WebSockets whose network is the test: for tests of time and chance. */

import type { Data } from "../../client/transports/transport.ts";
import type {
  SocketEvent,
  WebSocketConstructor,
  WebSocketLike,
} from "../../client/transports/websocket.ts";

/** A WebSocket that does what a test says. */
export class FakeWebSocket implements WebSocketLike {
  binaryType = "blob";
  readyState = 0;
  bufferedAmount = 0;
  /** The sent messages; JSON is parsed. */
  // deno-lint-ignore no-explicit-any -- tests compare whatever it is
  readonly sent: any[] = [];
  /** The arguments of `close`, if it was called. */
  closedWith: [code: number | undefined, reason: string | undefined] | undefined;
  readonly #listeners: [type: string, listener: (event: SocketEvent) => void][] = [];

  constructor(readonly url: string, readonly protocols: string[]) {}

  addEventListener(type: string, listener: (event: SocketEvent) => void): void {
    this.#listeners.push([type, listener]);
  }

  send(data: Data): void {
    this.sent.push(typeof data === "string" && data.startsWith("{") ? JSON.parse(data) : data);
  }

  close(code?: number, reason?: string): void {
    if (this.readyState < 2) this.readyState = 2;
    this.closedWith ??= [code, reason];
  }

  /** Takes what was sent since the last time. */
  // deno-lint-ignore no-explicit-any -- tests compare whatever it is
  take(): any[] {
    return this.sent.splice(0);
  }

  /** The handshake is done. */
  open(): void {
    this.readyState = 1;
    this.#fire({ type: "open" });
  }

  /** A message comes: text, or JSON of anything else. */
  receive(message: unknown): void {
    const data = typeof message === "string" || message instanceof ArrayBuffer
      ? message
      : JSON.stringify(message);
    this.#fire({ type: "message", data });
  }

  /** The connection ends. */
  end(code = 1006, reason = "", wasClean = code !== 1006): void {
    this.readyState = 3;
    if (code === 1006) this.#fire({ type: "error" });
    this.#fire({ type: "close", code, reason, wasClean });
  }

  #fire(event: SocketEvent): void {
    for (const [type, listener] of this.#listeners) if (type === event.type) listener(event);
  }
}

/** A class of WebSockets, and those that were made of it. */
export interface FakeWebSockets {
  readonly WebSocket: WebSocketConstructor;
  readonly sockets: FakeWebSocket[];
}

/** Makes a class of one's own. */
export function fakeWebSockets(): FakeWebSockets {
  const sockets: FakeWebSocket[] = [];
  const WebSocket = class extends FakeWebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  return { WebSocket, sockets };
}
