/** A client that does what it should: it asks, reads what comes and answers pings. */

import {
  acceptDeflate,
  checkUpgradeResponse,
  encodeUpgradeRequest,
  offerDeflate,
  Protocol,
  ResponseParser,
  type UpgradeOffer,
} from "@hawser/ws/protocol";
import { BoundSocket, type SocketAddress } from "../bound_socket.ts";
import type { Dialect } from "../dialects.ts";

const headLimits = { maxRequestLine: 8_192, maxHeaderSize: 16_384, maxHeaders: 100 };

/** A message of a server may be as long as it likes: that is not what is measured. */
const maxMessageSize = 2 ** 30;

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
  #protocol: Protocol | undefined;
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
      extensions: dialect.deflate ? [offerDeflate({})] : [],
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
    for (const text of dialect.hello) client.#protocol!.send(text);
    client.#flush();
    return client;
  }

  /** Whether the connection has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Sends a small message. What an ended connection is asked has no answer. */
  ask(): void {
    if (this.#ended) return;
    this.#pending.set(++this.#asked, performance.now());
    this.#protocol!.send(this.#dialect.ask(this.#asked));
    this.#flush();
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
    if (this.#protocol !== undefined) {
      this.#protocol.receive(bytes);
      return this.#flush();
    }
    try {
      const used = this.#parser.push(bytes);
      if (this.#parser.head === undefined) return;
      this.#protocol = this.#open();
      this.#protocol.receive(bytes.subarray(used));
      this.#opened.resolve();
    } catch (error) {
      this.#opened.reject(error);
    }
  }

  #open(): Protocol {
    const { extensions } = checkUpgradeResponse(this.#parser.head!, this.#request);
    const [answer] = extensions;
    const deflate = answer && acceptDeflate(answer, {});
    return new Protocol("client", { maxMessageSize, deflate }, {
      message: (data) => this.#hear(data),
      closed: () => this.#end(),
    });
  }

  #hear(data: string | Uint8Array): void {
    const number = typeof data === "string" ? this.#dialect.answered(data) : undefined;
    const sent = number === undefined ? undefined : this.#pending.get(number);
    if (sent === undefined) return;
    this.#pending.delete(number!);
    this.#answered.push(performance.now() - sent);
    this.#onAnswer();
  }

  #flush(): void {
    const bytes = this.#protocol!.takeOutput();
    if (bytes.length > 0) this.#socket?.write(bytes);
  }

  #end(): void {
    this.#ended = true;
    this.#opened.reject(new Error("The server has hung up"));
    this.#onAnswer();
  }
}
