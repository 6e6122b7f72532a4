/** What a client without WebSocket sends: one request after the other, so that order is kept. */

import type { HttpChannel } from "./http.ts";
import { isObject } from "./message.ts";
import type { Data } from "./transport.ts";

/** What comes of it. */
export interface UplinkHandlers {
  /** A message has come as an answer. */
  message(text: string): void;
  /** A request has failed, and the connection with it. */
  failed(error: unknown): void;
}

/** Messages in one request; the server takes a thousand. */
const maxBatch = 100;

/** Sends by `POST /events`. */
export class Uplink {
  readonly #channel: HttpChannel;
  readonly #handlers: UplinkHandlers;
  #session: string | undefined;
  #waiting: string[] = [];
  #isSending = false;
  #bytes = 0;

  constructor(channel: HttpChannel, handlers: UplinkHandlers) {
    this.#channel = channel;
    this.#handlers = handlers;
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
   * Sends a message.
   *
   * @param isUrgent It need not wait for others, which the server may answer only after this one.
   * @throws {TypeError} It is no text.
   */
  send(data: Data, isUrgent: boolean): void {
    if (typeof data !== "string") {
      throw new TypeError("Cannot send bytes: there is no WebSocket, and HTTP carries JSON only");
    }
    this.#bytes += data.length;
    if (isUrgent) return void this.#post([data]);
    this.#waiting.push(data);
    if (!this.#isSending) this.#run();
  }

  async #run(): Promise<void> {
    this.#isSending = true;
    // What is sent within this turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0 && await this.#post(this.#takeBatch()));
    this.#isSending = false;
  }

  /** What is no JSON goes alone, so that the server refuses nothing else with it. */
  #takeBatch(): string[] {
    const end = this.#waiting.slice(0, maxBatch).findIndex((text) => !isJson(text));
    return this.#waiting.splice(0, end < 0 ? maxBatch : Math.max(1, end));
  }

  async #post(texts: readonly string[]): Promise<boolean> {
    const body = texts.length === 1 ? texts[0] : `[${texts.join(",")}]`;
    try {
      const response = await this.#channel.request(
        "events",
        { session: this.#session ?? "" },
        body,
      );
      const answer: unknown = await response.json();
      for (const text of texts) this.#bytes -= text.length;
      this.#report(answer);
      return true;
    } catch (error) {
      this.#handlers.failed(error);
      return false;
    }
  }

  /** A close is told by the other direction, too. */
  #report(answer: unknown): void {
    const messages = isObject(answer) && Array.isArray(answer.messages) ? answer.messages : [];
    for (const message of messages) this.#handlers.message(JSON.stringify(message));
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
