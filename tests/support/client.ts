/** A WebSocket client made of the protocol's client role and a Deno socket. */

import {
  acceptDeflate,
  checkUpgradeResponse,
  type Closed,
  type DeflateOptions,
  encodeUpgradeRequest,
  type Extension,
  offerDeflate,
  Protocol,
  type ProtocolOptions,
  ResponseParser,
} from "../../protocol/mod.ts";
import { headLimits } from "./heads.ts";

/** How a client connects, and the settings of its {@linkcode Protocol}. */
export interface ConnectOptions extends Omit<ProtocolOptions, "deflate"> {
  /** Terms of permessage-deflate; without them nothing is offered. */
  deflate?: DeflateOptions | undefined;
  /** Subprotocols to offer. */
  protocols?: string[];
  /** More fields of the request. */
  headers?: Iterable<readonly [name: string, value: string]>;
  /** Certificates to trust, as PEM texts, for `wss:`. */
  caCerts?: string[];
  /** Takes each message while it is received; without it they wait for {@linkcode TestClient.next}. */
  message?: (client: TestClient, data: string | Uint8Array) => void;
}

/**
 * Opens a connection.
 *
 * @throws {HandshakeError} The server has not answered with an acceptable 101.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<TestClient> {
  const conn = await openSocket(new URL(url), options.caCerts);
  try {
    return await shakeHands(conn, new URL(url), options);
  } catch (error) {
    conn.close();
    throw error;
  }
}

/** Opens TCP, or TLS for `wss:`. */
export function openSocket(url: URL, caCerts?: string[]): Promise<Deno.Conn> {
  const secure = url.protocol === "wss:";
  const port = Number(url.port || (secure ? 443 : 80));
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (!secure) return Deno.connect({ hostname, port });
  return Deno.connectTls(caCerts === undefined ? { hostname, port } : { hostname, port, caCerts });
}

/** A random `Sec-WebSocket-Key`. */
export function randomKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
}

async function shakeHands(conn: Deno.Conn, url: URL, options: ConnectOptions): Promise<TestClient> {
  const { deflate, protocols = [], headers = [], caCerts: _, ...settings } = options;
  const extensions = deflate === undefined ? [] : [offerDeflate(deflate)];
  const target = url.pathname + url.search;
  const offer = { host: url.host, target, key: randomKey(), protocols, extensions, headers };
  await writeAll(conn, encodeUpgradeRequest(offer));

  const parser = new ResponseParser(headLimits);
  const buffer = new Uint8Array(16_384);
  let rest: Uint8Array = new Uint8Array(0);
  while (parser.head === undefined) {
    const size = await conn.read(buffer);
    if (size === null) throw new Error("Cannot connect: the server has hung up");
    rest = buffer.slice(parser.push(buffer.subarray(0, size)), size);
  }
  const agreed = checkUpgradeResponse(parser.head, offer);
  const [answer] = agreed.extensions;
  return new TestClient(conn, rest, {
    ...settings,
    protocol: agreed.protocol ?? "",
    extensions: agreed.extensions,
    deflate: answer && acceptDeflate(answer, deflate ?? {}),
  });
}

interface Terms extends ProtocolOptions, Pick<ConnectOptions, "message"> {
  readonly protocol: string;
  readonly extensions: readonly Extension[];
}

/** An open connection, seen from the client. It reads all the time. */
export class TestClient {
  /** The subprotocol that was agreed on, or the empty string. */
  readonly protocol: string;
  /** The extensions that were agreed on. */
  readonly extensions: readonly Extension[];
  /** Resolves when the connection has ended and its socket is closed. */
  readonly closed: Promise<Closed>;
  /** Payloads of the pongs that have come. */
  readonly pongs: Uint8Array[] = [];
  readonly #conn: Deno.Conn;
  readonly #protocol: Protocol;
  readonly #messages: (string | Uint8Array)[] = [];
  readonly #waiting: ((message: string | Uint8Array | undefined) => void)[] = [];
  #close: Closed | undefined;
  #written: Promise<void> = Promise.resolve();

  /** Use {@linkcode connect}. */
  constructor(conn: Deno.Conn, rest: Uint8Array, terms: Terms) {
    const { protocol, extensions, message, ...options } = terms;
    this.protocol = protocol;
    this.extensions = extensions;
    this.#conn = conn;
    this.#protocol = new Protocol("client", options, {
      message: (data) => message === undefined ? this.#take(data) : message(this, data),
      pong: (data) => void this.pongs.push(data.slice()),
      closed: (close) => this.#close = close,
    });
    this.closed = this.#run(rest);
  }

  /** Sends one message. */
  send(data: string | Uint8Array): void {
    this.#protocol.send(data);
    this.#flush();
  }

  /** Sends a ping. */
  ping(data?: Uint8Array): void {
    this.#protocol.ping(data);
    this.#flush();
  }

  /** The next message, or `undefined` after the last one. */
  next(): Promise<string | Uint8Array | undefined> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#close !== undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Starts the closing handshake, and waits for its end. */
  close(code?: number, reason?: string): Promise<Closed> {
    this.#protocol.close(code, reason);
    this.#flush();
    return this.closed;
  }

  /** Writes bytes past the protocol, frames or not. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#written = this.#written.then(() => writeAll(this.#conn, bytes)).catch(() => {});
  }

  /** Cuts the connection. */
  terminate(): Promise<Closed> {
    this.#conn.close();
    return this.closed;
  }

  #take(data: string | Uint8Array): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(data);
    else waiting(data);
  }

  #flush(): Promise<void> {
    return this.#written = this.#written.then(() => this.#writeOutput()).catch(() => {});
  }

  async #writeOutput(): Promise<void> {
    const bytes = this.#protocol.takeOutput();
    if (bytes.length > 0) await writeAll(this.#conn, bytes);
  }

  async #run(rest: Uint8Array): Promise<Closed> {
    const buffer = new Uint8Array(65_536);
    try {
      this.#receive(rest);
      for (let size; (size = await this.#conn.read(buffer)) !== null;) {
        this.#receive(buffer.subarray(0, size));
      }
    } catch {
      // The network's end of a connection. It is told as 1006 below.
    }
    this.#protocol.receiveEnd();
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
    await this.#written;
    try {
      this.#conn.close();
    } catch {
      // It was cut.
    }
    return this.#close!;
  }

  #receive(chunk: Uint8Array): void {
    const wasOpen = !this.#protocol.closeExpected;
    this.#protocol.receive(chunk);
    const flushed = this.#flush();
    // RFC 6455 §7.1.1: the server ends TCP first, at the latest when it sees this.
    if (wasOpen && this.#protocol.closeExpected) {
      this.#written = flushed.then(() => this.#conn.closeWrite()).catch(() => {});
    }
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
