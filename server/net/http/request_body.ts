/** The body of one plain request, taken from the connection as the handler asks for it. */

import { HandshakeError } from "../../../protocol/errors.ts";
import { type HeadLimits, requestBody, type RequestHead } from "../../../protocol/http1.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";

/** The connection that a body is read from. */
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
  /** Counts bytes that are held from now on, or with a negative number are not any more. */
  hold(bytes: number): void;
}

/**
 * How large the body of a plain request may be. More is answered with 413, and trailers that are
 * larger than the fields of a head may be with 431.
 */
export interface BodyLimits extends HeadLimits {
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

/**
 * An unread body is read away up to this many bytes, to use the connection again.
 *
 * @limit bytes: the connection ends
 */
const maxDrained = 64 * 1024;

/**
 * Of a body that the handler reads as a stream, this much is counted as held: the handler may
 * collect the parts. A handler that reads more than this is assumed to pass them on.
 *
 * @limit bytes: no more is counted against memoryBudget
 */
const mostOfStream = 1024 * 1024;

/** The assumed cost of a part besides its bytes. */
const partCharge = 256;

/** Whether a request's head says anything of a body. */
export function mayHaveBody({ fields }: RequestHead): boolean {
  return fields.has("content-length") || fields.has("transfer-encoding") || fields.has("expect");
}

/** A request's body: its framing, its limits, and what of it has been read. */
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
  /** Bytes that the handler is assumed to hold. */
  #held = 0;
  #isCollected = false;
  #failure: HandshakeError | undefined;
  #stopReading: (error: HandshakeError) => void = () => {};

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
    this.#chunks = isChunked ? new ChunkedDecoder(limits) : undefined;
    this.#left = framing.kind === "length" ? framing.length : 0;
    if (isChunked) this.#left = limits.maxBodySize;
    if (this.#left > limits.maxBodySize) throw this.#tooLarge();
    this.#awaitsContinue = expectsContinue(head) && !this.finished;
  }

  /** `true` once the whole body has been read, or when there is none. */
  get finished(): boolean {
    return this.#chunks === undefined ? this.#left === 0 : this.#chunks.done;
  }

  /** The error in the body, if there was one. */
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
      cancel: () => this.#release(),
    });
  }

  /** The handler reads the body as a whole: what has arrived is held until it is complete. */
  collect(): void {
    this.#isCollected = true;
  }

  /** The request is answered: the handler gets no more of the body and is assumed to hold nothing. */
  close(): void {
    this.#answered = true;
    this.#release();
  }

  /** Ends the reading by an error. */
  fail(error: HandshakeError): void {
    this.#failure = error;
    this.#stopReading(error);
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
    if (part === undefined) return undefined;
    if (this.finished) {
      this.#release();
      this.#onEnd();
    } else {
      this.#hold(part.length + partCharge);
    }
    return part;
  }

  #release(): void {
    this.#source.hold(-this.#held);
    this.#held = 0;
  }

  #hold(bytes: number): void {
    if (this.#answered) return;
    if (this.#held > mostOfStream && !this.#isCollected) return;
    this.#held += bytes;
    this.#source.hold(bytes);
  }

  /** The next bytes, valid until the next read; `undefined` at the body's end. */
  async #read(): Promise<Uint8Array | undefined> {
    try {
      if (this.#failure !== undefined) throw this.#failure;
      while (!this.finished) {
        if (this.#awaitsContinue) await this.#continue();
        if (this.#source.length === 0 && !(await this.#fill())) {
          throw new HandshakeError(400, "Body is incomplete");
        }
        const part = this.#take();
        if (part.length > 0) return part;
      }
      return undefined;
    } catch (error) {
      this.#failure ??= failureOf(error);
      throw error;
    }
  }

  /** Reads once, but waits no longer than until the body has failed. */
  #fill(): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#stopReading = reject;
      this.#source.fill().then(resolve, reject);
    });
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

/** A connection that was reset or closed in the midst of a body is its peer's fault, not ours. */
function failureOf(error: unknown): HandshakeError | undefined {
  if (error instanceof HandshakeError) return error;
  const isOurFault = error instanceof TypeError || error instanceof RangeError;
  return isOurFault ? undefined : new HandshakeError(400, "Body is incomplete");
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
