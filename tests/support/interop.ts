/** Exercises two WebSocket implementations against each other. */

import { assertEquals } from "@std/assert";
import { WebSocket as NpmWebSocket } from "ws";

/** A client's end of a connection. */
export interface InteropClient {
  send(data: string | Uint8Array): void;
  /** The next message. */
  next(): Promise<string | Uint8Array | undefined>;
  /** Starts the closing handshake. */
  close(code: number, reason: string): void;
  /** How the connection has ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Value of Sec-WebSocket-Extensions in the answer. */
  readonly extensions: string;
}

const mebibyte = 1_048_576;

/** Messages of every kind, each to be echoed. */
export const messages: readonly (string | Uint8Array)[] = [
  "héllo 👋",
  Uint8Array.from({ length: 256 }, (_, i) => i),
  "",
  new Uint8Array(0),
  "\0",
  "large ".repeat(mebibyte / 6),
  crypto.getRandomValues(new Uint8Array(65_536)),
  new Uint8Array(mebibyte).fill(7),
];

/** Has every message echoed, one at a time and then all at once. */
export async function exchange(client: InteropClient): Promise<void> {
  for (const message of messages) {
    client.send(message);
    assertEquals(await client.next(), message);
  }
  for (const message of messages) client.send(message);
  for (const message of messages) assertEquals(await client.next(), message);
}

/** Messages that have come and ends that have, for who asks. */
class Inbox {
  readonly #messages: (string | Uint8Array)[] = [];
  readonly #asks: ((message: string | Uint8Array | undefined) => void)[] = [];
  #ended = false;

  push(message: string | Uint8Array): void {
    const ask = this.#asks.shift();
    if (ask === undefined) this.#messages.push(message);
    else ask(message);
  }

  end(): void {
    this.#ended = true;
    for (const ask of this.#asks.splice(0)) ask(undefined);
  }

  next(): Promise<string | Uint8Array | undefined> {
    const message = this.#messages.shift();
    if (message !== undefined || this.#ended) return Promise.resolve(message);
    return new Promise((resolve) => this.#asks.push(resolve));
  }
}

/** Deno's own client. */
export async function connectDeno(url: string): Promise<InteropClient> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const inbox = new Inbox();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.onmessage = ({ data }) => {
    inbox.push(typeof data === "string" ? data : new Uint8Array(data));
  };
  socket.onclose = ({ code, reason }) => {
    inbox.end();
    closed.resolve({ code, reason });
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.onerror = null;
  return {
    send: (data) => socket.send(typeof data === "string" ? data : data.slice()),
    next: () => inbox.next(),
    close: (code, reason) => socket.close(code, reason),
    closed: closed.promise,
    extensions: socket.extensions,
  };
}

/** The client of npm `ws`, which can also ping, and send fragments. */
export interface NpmClient extends InteropClient {
  sendFragments(fragments: readonly string[]): void;
  /** Resolves to the pong's payload. */
  ping(payload: string): Promise<string>;
}

/** Connects by npm `ws`. */
export async function connectNpm(url: string, compress: boolean): Promise<NpmClient> {
  const socket = new NpmWebSocket(url, { perMessageDeflate: compress });
  const inbox = new Inbox();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.on("message", (data: Uint8Array, isBinary: boolean) => {
    inbox.push(isBinary ? new Uint8Array(data) : new TextDecoder().decode(data));
  });
  socket.on("close", (code: number, reason: Uint8Array) => {
    inbox.end();
    closed.resolve({ code, reason: new TextDecoder().decode(reason) });
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return {
    send: (data) => socket.send(data),
    next: () => inbox.next(),
    close: (code, reason) => socket.close(code, reason),
    closed: closed.promise,
    extensions: socket.extensions,
    sendFragments(fragments) {
      for (const [index, fragment] of fragments.entries()) {
        socket.send(fragment, { fin: index === fragments.length - 1 });
      }
    },
    ping(payload) {
      const pong = Promise.withResolvers<string>();
      socket.once("pong", (data: Uint8Array) => pong.resolve(new TextDecoder().decode(data)));
      socket.ping(payload);
      return pong.promise;
    },
  };
}
