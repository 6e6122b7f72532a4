/** Sends messages without WebSocket, by `POST /events`. */

import { type HttpChannel, HttpFailure } from "./http.ts";
import { isObject } from "../../wire/parse_json.ts";
import { provokedRate, TokenBucket } from "./token_bucket.ts";
import type { Data, MessageKind } from "./transport.ts";

/** Reports of an uplink. */
export interface UplinkHandlers {
  /** A message has come as an answer. */
  message(text: string): void;
  /** The server does not take a message. */
  refused(text: string, error: unknown): void;
  /** A request has failed, and the connection with it. */
  failed(error: unknown): void;
}

/** Messages in one request; the server takes a thousand. */
const maxBatch = 100;

/** Characters in one request of several messages; the server takes a mebibyte. */
const maxBatchSize = 65_536;

/** Messages that wait for one kind of request. One request follows the other, to keep order. */
interface Queue {
  /** Limits the rate of requests; without it, one follows the other at once. */
  readonly bucket?: TokenBucket;
  readonly waiting: string[];
  isSending: boolean;
}

/** Sends by `POST /events`. */
export class Uplink {
  readonly #channel: HttpChannel;
  readonly #handlers: UplinkHandlers;
  readonly #queues: Readonly<Record<MessageKind, Queue>>;
  #session: string | undefined;
  #bytes = 0;

  constructor(channel: HttpChannel, handlers: UplinkHandlers) {
    this.#channel = channel;
    this.#handlers = handlers;
    const { clock } = channel.options;
    this.#queues = {
      event: { waiting: [], isSending: false },
      // The server decides how often it asks.
      answer: { waiting: [], isSending: false, bucket: new TokenBucket(provokedRate, clock) },
      probe: { waiting: [], isSending: false },
    };
  }

  /** About how many bytes wait. */
  get queuedBytes(): number {
    return this.#bytes;
  }

  /** The server has named the session. */
  open(session: string): void {
    this.#session = session;
  }

  /**
   * Sends a message, behind those of its kind.
   *
   * @throws {TypeError} It is no text.
   */
  send(data: Data, kind: MessageKind): void {
    if (typeof data !== "string") {
      throw new TypeError("Cannot send bytes: there is no WebSocket, and HTTP carries JSON only");
    }
    this.#bytes += data.length;
    const queue = this.#queues[kind];
    queue.waiting.push(data);
    if (!queue.isSending) void this.#run(queue);
  }

  async #run(queue: Queue): Promise<void> {
    queue.isSending = true;
    try {
      // Messages of one turn go in one request.
      await Promise.resolve();
      while (queue.waiting.length > 0) {
        await queue.bucket?.turn(this.#channel.signal);
        await this.#post(takeBatch(queue.waiting));
      }
    } catch (error) {
      this.#handlers.failed(error);
    }
    queue.isSending = false;
  }

  /** Posts messages; each by itself, where they are too long together. */
  async #post(texts: readonly string[]): Promise<void> {
    const body = texts.length === 1 ? texts[0] : `[${texts.join(",")}]`;
    try {
      const query = { session: this.#session ?? "" };
      const answer = await this.#channel.requestJson("events", query, body);
      this.#bytes -= sizeOf(texts);
      this.#report(answer);
    } catch (error) {
      // RFC 9110 §15.5.14, Content Too Large.
      if (!(error instanceof HttpFailure) || error.status !== 413) throw error;
      if (texts.length > 1) { for (const text of texts) await this.#post([text]); }
      else this.#refuse(texts, error);
    }
  }

  #refuse(texts: readonly string[], error: HttpFailure): void {
    this.#bytes -= sizeOf(texts);
    for (const text of texts) this.#handlers.refused(text, error);
  }

  /** A close is told by the other direction, too. */
  #report(answer: unknown): void {
    const messages = isObject(answer) && Array.isArray(answer.messages) ? answer.messages : [];
    for (const message of messages) this.#handlers.message(JSON.stringify(message));
  }
}

/**
 * Takes messages for one request. Text that is no JSON goes alone: the server refuses the whole
 * request.
 */
function takeBatch(waiting: string[]): string[] {
  let count = 0;
  for (let size = 0; count < Math.min(maxBatch, waiting.length); count++) {
    const text = waiting[count]!;
    size += text.length;
    if (size > maxBatchSize || !isJson(text)) break;
  }
  return waiting.splice(0, Math.max(1, count));
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((size, text) => size + text.length, 0);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
