/** Server-Sent Events: everything that a client is sent, as one response that does not end. */

import type { Clock } from "../app/clock.ts";
import type { Outlet, PeerEnd } from "./fallback_peer.ts";
import type { PositionList } from "./position_list.ts";

/** Milliseconds after which a browser tries again, and up to as many more, so that not all come at once. */
const retryAfter = 2_000;

/** Neither a cache nor a proxy may hold an event back. */
const headers: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

const encoder = new TextEncoder();

/** What an event stream goes by. */
export interface SseTiming {
  readonly clock: Clock;
  /** Milliseconds between two comments. */
  readonly heartbeat: number;
}

/**
 * Writes an event stream. Each event has the id that brings the client back to where it stands
 * then, as soon as that changes: a browser sends the last one as `Last-Event-ID`. HTML standard,
 * "Server-sent events".
 */
export class SseOutlet implements Outlet {
  readonly #positions: PositionList;
  readonly #timing: SseTiming;
  readonly #gone: () => void;
  #waiting: Uint8Array[] = [];
  #queuedBytes = 0;
  #sentBytes = 0;
  #lastId = "";
  #ended = false;
  /** Resolves when the reader of the stream need not wait any more. */
  #wanted: PromiseWithResolvers<void> | undefined;
  #stopHeartbeat: () => void = () => {};

  /** @param gone Called when nobody reads any more. */
  constructor(positions: PositionList, timing: SseTiming, gone: () => void) {
    this.#positions = positions;
    this.#timing = timing;
    this.#gone = gone;
    this.#write(`retry: ${retryAfter + Math.floor(Math.random() * retryAfter)}\n\n`);
    this.#beat();
  }

  /** The response, to be made once. */
  response(): Response {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => this.#pull(controller),
      cancel: () => this.#gone(),
    }, { highWaterMark: 0 });
    return new Response(body, { headers });
  }

  /** See {@linkcode Outlet}. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** See {@linkcode Outlet}. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** See {@linkcode Outlet}. JSON has no line breaks, so a message is one line. */
  push(text: string): void {
    this.#write(`${this.#idLine()}data: ${text}\n\n`);
  }

  /** See {@linkcode Outlet}. An event without data only sets the id. */
  moved(): void {
    const line = this.#idLine();
    if (line !== "") this.#write(`${line}\n`);
  }

  /** See {@linkcode Outlet}. */
  end(end: PeerEnd, dropWaiting: boolean): void {
    this.#stopHeartbeat();
    if (dropWaiting) {
      this.#waiting = [];
      this.#queuedBytes = 0;
    }
    const { code, reason } = end;
    this.#write(`event: close\ndata: ${JSON.stringify({ code, reason })}\n\n`);
    this.#ended = true;
  }

  #idLine(): string {
    const id = this.#positions.toString();
    if (id === this.#lastId) return "";
    this.#lastId = id;
    return `id: ${id}\n`;
  }

  #write(text: string): void {
    const bytes = encoder.encode(text);
    this.#waiting.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#wanted?.resolve();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#waiting.length === 0 && !this.#ended) {
      this.#wanted = Promise.withResolvers();
      await this.#wanted.promise;
      this.#wanted = undefined;
    }
    const bytes = this.#take();
    try {
      if (bytes.length > 0) controller.enqueue(bytes);
      else controller.close();
    } catch {
      // The reader has gone, and the event that ends the stream is for nobody.
    }
  }

  #take(): Uint8Array {
    const bytes = new Uint8Array(this.#queuedBytes);
    let offset = 0;
    for (const part of this.#waiting) {
      bytes.set(part, offset);
      offset += part.length;
    }
    this.#waiting = [];
    this.#queuedBytes = 0;
    this.#sentBytes += bytes.length;
    return bytes;
  }

  #beat(): void {
    const { clock, heartbeat } = this.#timing;
    this.#stopHeartbeat = clock.after(heartbeat, () => {
      if (this.#queuedBytes === 0) this.#write(":\n\n");
      this.#beat();
    });
  }
}
