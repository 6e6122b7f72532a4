/** The body of one plain request, taken from the connection as the handler asks for it. */

import { HandshakeError } from "../../protocol/errors.ts";
import { requestBody, type RequestHead } from "../../protocol/http1.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";

/** Where a body comes from. */
export interface BodySource {
  /** How many bytes wait. */
  readonly length: number;
  /** Shows the bytes that wait. */
  peek(): Uint8Array;
  /** Takes the first bytes. */
  take(size: number): Uint8Array;
  /** Reads once, when nothing waits; `false` at the end of the stream. */
  fill(): Promise<boolean>;
  /** Sends `100 Continue`. RFC 9110 §10.1.1. */
  sendContinue(): Promise<void>;
}

/** How large the body of a plain request may be. More is answered with 413. */
export interface BodyLimits {
  /**
   * Largest body in bytes, without the chunked coding.
   *
   * @default {1_048_576}
   */
  maxBodySize: number;
  /**
   * Most chunks of fewer than 128 bytes; there may be any number of longer ones.
   *
   * @default {16_384}
   */
  maxSmallChunks: number;
}

/** An unread body is read away up to this many bytes, to use the connection again. */
const maxDrained = 64 * 1024;

/** A request's body: its framing, its limit, and what of it has been read. */
export class RequestBody {
  readonly #source: BodySource;
  readonly #limits: BodyLimits;
  readonly #onEnd: () => void;
  readonly #chunks: ChunkedDecoder | undefined;
  /** Bytes to come; of a chunked body the bytes that may come. */
  #left: number;
  #awaitsContinue: boolean;
  #pending: Promise<Uint8Array | undefined> | undefined;
  #answered = false;
  #failure: HandshakeError | undefined;

  /**
   * @param onEnd Called when the handler has read the whole body; the source is free then.
   * @throws {HandshakeError} 400, 413, 417 or 501: the request's head makes no acceptable body.
   */
  constructor(head: RequestHead, source: BodySource, limits: BodyLimits, onEnd: () => void) {
    const framing = requestBody(head);
    this.#source = source;
    this.#limits = limits;
    this.#onEnd = onEnd;
    const isChunked = framing.kind === "chunked";
    this.#chunks = isChunked ? new ChunkedDecoder(limits.maxSmallChunks) : undefined;
    this.#left = framing.kind === "length" ? framing.length : 0;
    if (isChunked) this.#left = limits.maxBodySize;
    if (this.#left > limits.maxBodySize) throw this.#tooLarge();
    this.#awaitsContinue = expectsContinue(head) && !this.finished;
  }

  /** `true` once the whole body has been read, or when there is none. */
  get finished(): boolean {
    return this.#chunks === undefined ? this.#left === 0 : this.#chunks.done;
  }

  /** What was wrong with the body, if anything was. */
  get failure(): HandshakeError | undefined {
    return this.#failure;
  }

  /** Tells whether `drain` is worth trying: little is to come, and it comes without being asked. */
  get drainable(): boolean {
    if (this.#failure !== undefined) return false;
    if (this.finished) return true;
    if (this.#awaitsContinue) return false;
    return this.#chunks !== undefined || this.#left <= maxDrained;
  }

  /** The body for a `Request`. Nothing is read before the handler reads. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      type: "bytes",
      pull: async (controller) => {
        const part = await this.#pull();
        if (part !== undefined) return controller.enqueue(part);
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
  }

  /** Reads an unread body away. Returns `false` when that takes too much. */
  async drain(): Promise<boolean> {
    this.#answered = true;
    await this.#pending?.catch(() => {});
    if (!this.drainable) return false;
    for (let drained = 0; drained <= maxDrained;) {
      const part = await this.#read();
      if (part === undefined) return true;
      drained += part.length;
    }
    return this.finished;
  }

  async #pull(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#answered) throw new TypeError("Cannot read the body: the request was answered");
    this.#pending = this.#read();
    const part = (await this.#pending)?.slice();
    if (part !== undefined && this.finished) this.#onEnd();
    return part;
  }

  /** The next bytes, valid until the next read; `undefined` at the body's end. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      while (!this.finished) {
        if (this.#awaitsContinue) await this.#continue();
        if (this.#source.length === 0 && !(await this.#source.fill())) {
          throw new HandshakeError(400, "Body is incomplete");
        }
        const part = this.#take();
        if (part.length > 0) return part;
      }
      return undefined;
    } catch (error) {
      if (error instanceof HandshakeError) this.#failure = error;
      throw error;
    }
  }

  async #continue(): Promise<void> {
    this.#awaitsContinue = false;
    // RFC 9110 §10.1.1: not needed when some of the body has come already.
    if (this.#source.length === 0) await this.#source.sendContinue();
  }

  #take(): Uint8Array {
    if (this.#chunks === undefined) {
      const part = this.#source.take(this.#left);
      this.#left -= part.length;
      return part;
    }
    this.#source.take(this.#chunks.push(this.#source.peek()));
    const { data } = this.#chunks;
    this.#left -= data.length;
    if (this.#left < 0) throw this.#tooLarge();
    return data;
  }

  #tooLarge(): HandshakeError {
    return new HandshakeError(413, `Body is larger than ${this.#limits.maxBodySize} bytes`);
  }
}

/** RFC 9110 §10.1.1: `100-continue` is the one expectation there is; HTTP/1.0 has none. */
function expectsContinue(head: RequestHead): boolean {
  const expectations = head.fields.getAll("expect");
  if (expectations.length === 0 || head.version === 0) return false;
  if (expectations.length > 1 || expectations[0]?.toLowerCase() !== "100-continue") {
    throw new HandshakeError(417, "Expectation is not supported");
  }
  return true;
}
