/** A client that does what it should: it asks, reads what comes and answers pings. */

import {
  checkUpgradeResponse,
  encodeUpgradeRequest,
  type FrameHeader,
  offerDeflate,
  Opcode,
  ResponseParser,
  type UpgradeOffer,
} from "@hawser/ws/protocol";
import { inflateRawSync } from "node:zlib";
import { clientFrame } from "../../peers/raw_socket.ts";
import { BoundSocket, type SocketAddress } from "../bound_socket.ts";
import type { Dialect } from "../dialects.ts";
import { join, utf8 } from "../floods/bytes.ts";
import { compressedText, deflate } from "../floods/deflate_blocks.ts";
import { SmallFrames } from "./small_frames.ts";

const headLimits = { maxRequestLine: 8_192, maxHeaderSize: 16_384, maxHeaders: 100 };

/** Each message stands for itself, so that those that are passed over need not be inflated. */
const extensions = [offerDeflate({ serverNoContextTakeover: true, clientNoContextTakeover: true })];

/** RFC 7692 §7.2.2: what a receiver appends; the final block ends the stream. */
const tail = Uint8Array.of(0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff);

/** Times of messages since the last look. */
export interface ClientTimes {
  /** Milliseconds from each message to its answer. */
  readonly answered: readonly number[];
  /** How long those without an answer have waited so far. */
  readonly waiting: readonly number[];
}

/** A connection that is opening or open. */
export class HonestClient implements Disposable {
  readonly #dialect: Dialect;
  readonly #opened = Promise.withResolvers<void>();
  readonly #parser = new ResponseParser(headLimits);
  readonly #request: UpgradeOffer;
  #socket: BoundSocket | undefined;
  readonly #frames = new SmallFrames((header, payload) => this.#hear(header, payload));
  #isOpen = false;
  #deflates = false;
  /** When each message was sent that has no answer. */
  readonly #pending = new Map<number, number>();
  #answered: number[] = [];
  #asked = 0;
  #ended = false;
  #onAnswer: () => void = () => {};

  /** Use {@linkcode HonestClient.open}. */
  constructor(port: number, dialect: Dialect) {
    this.#dialect = dialect;
    this.#request = {
      host: `127.0.0.1:${port}`,
      target: dialect.target,
      key: crypto.getRandomValues(new Uint8Array(16)).toBase64(),
      extensions: dialect.deflate ? extensions : [],
    };
    this.#opened.promise.catch(() => {});
  }

  /**
   * Connects, shakes hands and says hello.
   *
   * @throws {Error} The server does not let it in.
   */
  static async open(address: SocketAddress, dialect: Dialect): Promise<HonestClient> {
    const client = new HonestClient(address.port, dialect);
    client.#socket = await BoundSocket.connect(address, {
      data: (bytes) => client.#receive(bytes),
      end: () => client.#end(),
    });
    client.#socket.write(encodeUpgradeRequest(client.#request));
    try {
      await client.#opened.promise;
    } catch (error) {
      client[Symbol.dispose]();
      throw error;
    }
    for (const text of dialect.hello) client.#send(text);
    return client;
  }

  /** Whether the connection has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends a small message. On an ended connection it has no answer. */
  ask(): void {
    if (this.#ended) return;
    this.#pending.set(++this.#asked, performance.now());
    this.#send(this.#dialect.ask(this.#asked));
  }

  /**
   * Sends a small message and waits for its answer.
   *
   * @throws {Error} The connection ends first.
   */
  async askAndWait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onAnswer = resolve;
    this.ask();
    await promise;
    if (this.#pending.size > 0) throw new Error("The server has hung up");
  }

  /** Takes the times of the answers that have come since the last call. */
  takeTimes(): ClientTimes {
    const now = performance.now();
    const waiting = [...this.#pending.values()].map((sent) => now - sent);
    const answered = this.#answered;
    this.#answered = [];
    return { answered, waiting };
  }

  /** Ends it, without a closing handshake. */
  [Symbol.dispose](): void {
    this.#socket?.[Symbol.dispose]();
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isOpen) return this.#frames.push(bytes);
    try {
      const used = this.#parser.push(bytes);
      if (this.#parser.head === undefined) return;
      const agreed = checkUpgradeResponse(this.#parser.head, this.#request);
      this.#deflates = agreed.extensions.length > 0;
      this.#isOpen = true;
      this.#frames.push(bytes.subarray(used));
      this.#opened.resolve();
    } catch (error) {
      this.#opened.reject(error);
    }
  }

  #send(text: string): void {
    const payload = utf8(text);
    const frame = this.#deflates
      ? compressedText(deflate(payload))
      : clientFrame(Opcode.Text, payload);
    this.#socket?.write(frame);
  }

  #hear({ opcode, rsv1 }: FrameHeader, payload: Uint8Array): void {
    if (opcode === Opcode.Ping) this.#socket?.write(clientFrame(Opcode.Pong, payload));
    if (opcode === Opcode.Close) {
      this.#socket?.write(clientFrame(Opcode.Close, payload));
      this.#end();
    }
    if (opcode !== Opcode.Text) return;
    const bytes = rsv1 ? inflateRawSync(join([payload, tail])) : payload;
    const number = this.#dialect.answered(new TextDecoder().decode(bytes));
    const sent = number === undefined ? undefined : this.#pending.get(number);
    if (sent === undefined) return;
    this.#pending.delete(number!);
    this.#answered.push(performance.now() - sent);
    this.#onAnswer();
  }

  #end(): void {
    this.#ended = true;
    this.#opened.reject(new Error("The server has hung up"));
    this.#onAnswer();
  }
}
