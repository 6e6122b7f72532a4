/** A connection on which anything may be sent, and on which nothing is answered by itself. */

import {
  encodeFrame,
  encodeUpgradeRequest,
  type Extension,
  parseFrameHeader,
  type ResponseHead,
  ResponseParser,
} from "@hawser/ws/protocol";

const headLimits = { maxRequestLine: 8_192, maxHeaderSize: 16_384, maxHeaders: 100 };

/** Any key will do. */
const maskingKey = 0x12345678;

/** The key of RFC 6455 §1.3. */
export const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==";

/** The result of {@linkcode RawSocket.within} after the time is over. */
export const late: unique symbol = Symbol("late");

/** The request of a socket. */
export interface RawRequest {
  /** Path and query. @default {"/"} */
  readonly target?: string;
  /** More fields. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Offers of extensions. */
  readonly extensions?: readonly Extension[];
}

/** A frame as a server has sent it. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** Masks a frame as a client must. */
export function clientFrame(opcode: number, payload: Uint8Array, fin = true): Uint8Array {
  return encodeFrame({ opcode, payload, fin, maskingKey });
}

/** Sends bytes, and reads heads and frames. */
export class RawSocket implements Disposable {
  readonly #conn: Deno.Conn;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Use {@linkcode RawSocket.connect}. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects to a port of this machine. */
  static async connect(port: number): Promise<RawSocket> {
    return new RawSocket(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /**
   * Asks for an upgrade as it should be.
   *
   * @returns The response, whatever it is.
   */
  async upgrade(port: number, request: RawRequest = {}): Promise<ResponseHead> {
    const { target = "/", headers, extensions } = request;
    const host = `127.0.0.1:${port}`;
    await this.send(encodeUpgradeRequest({ host, target, key: sampleKey, headers, extensions }));
    return await this.head();
  }

  /** Sends all bytes. */
  async send(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(await this.#conn.write(rest));
  }

  /** Sends a text message. */
  async sendText(text: string): Promise<void> {
    await this.send(clientFrame(1, new TextEncoder().encode(text)));
  }

  /** The head of a response. */
  async head(): Promise<ResponseHead> {
    const parser = new ResponseParser(headLimits);
    while (parser.head === undefined) {
      if (this.#bytes.length === 0 && !await this.#read()) {
        throw new Error("the server has hung up");
      }
      this.#bytes = this.#bytes.subarray(parser.push(this.#bytes));
    }
    return parser.head;
  }

  /** The next frame; `undefined` at the end. */
  async frame(): Promise<RawFrame | undefined> {
    for (;;) {
      const header = parseFrameHeader(this.#bytes);
      const start = header?.headerLength ?? 0;
      const end = header === undefined ? Infinity : start + header.payloadLength;
      if (header !== undefined && this.#bytes.length >= end) {
        const payload = this.#bytes.slice(start, end);
        this.#bytes = this.#bytes.subarray(end);
        return { opcode: header.opcode, payload };
      }
      if (!await this.#read()) return undefined;
    }
  }

  /** How the connection ends: the code of its Close, or `undefined` where it has none. */
  async end(): Promise<number | "without code" | undefined> {
    for (let frame; (frame = await this.frame()) !== undefined;) {
      if (frame.opcode === 8) return closeCode(frame.payload) ?? "without code";
    }
    return undefined;
  }

  /** Counts the bytes that come, up to the end, or up to as many. */
  async count(most = Infinity): Promise<{ bytes: number; ended: boolean }> {
    let bytes = this.#bytes.length;
    this.#bytes = new Uint8Array(0);
    const buffer = new Uint8Array(65_536);
    while (bytes < most) {
      const size = await this.#conn.read(buffer).catch(asEnd);
      if (size === null) return { bytes, ended: true };
      bytes += size;
    }
    return { bytes, ended: false };
  }

  /**
   * Does something with the socket, and closes it where that takes longer.
   *
   * @returns Its result, or {@linkcode late}.
   */
  async within<Result>(
    milliseconds: number,
    run: () => Promise<Result>,
  ): Promise<Result | typeof late> {
    const timer = setTimeout(() => this[Symbol.dispose](), milliseconds);
    try {
      return await run();
    } catch (error) {
      if (isClosed(error)) return late;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it, without a closing handshake. */
  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #read(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const size = await this.#conn.read(buffer);
    if (size === null) return false;
    const joined = new Uint8Array(this.#bytes.length + size);
    joined.set(this.#bytes);
    joined.set(buffer.subarray(0, size), this.#bytes.length);
    this.#bytes = joined;
    return true;
  }
}

/** The code of a Close frame, if it has one. */
export function closeCode(payload: Uint8Array): number | undefined {
  const [high, low] = payload;
  return low === undefined ? undefined : (high! << 8) | low;
}

/** A reset ends a connection as well; one that we close ends by our own will. */
function asEnd(error: unknown): null {
  if (isClosed(error)) throw error;
  return null;
}

/** Whether an error says that it was us who closed. */
export function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource;
}
