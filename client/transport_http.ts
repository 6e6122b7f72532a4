/** What the two transports over HTTP have in common: a session, an uplink, and one end. */

import type { CloseInfo } from "./close_code.ts";
import { closeOfError, type FallbackPaths, type Fetch, HttpChannel } from "./http.ts";
import { isObject } from "./message.ts";
import type { Data, Target, Transport, TransportHandlers } from "./transport.ts";
import { Uplink } from "./uplink.ts";

/** What receives: runs until the connection ends. */
export type Downlink = (line: HttpLine) => Promise<CloseInfo>;

/** What a downlink uses of its connection. */
export interface HttpLine {
  /** Makes its requests. */
  readonly channel: HttpChannel;
  /** The server has named the session: messages can be sent. */
  opened(session: string): void;
  /** A message has come. */
  message(text: string): void;
  /** The server is there. */
  alive(): void;
}

/** Settings of the transports over HTTP. */
export interface HttpOptions {
  readonly paths: Required<FallbackPaths>;
  readonly fetch: Fetch;
}

/** A connection made of requests. */
export class HttpTransport implements Transport {
  readonly #channel: HttpChannel;
  readonly #uplink: Uplink;
  readonly #handlers: TransportHandlers;
  readonly #ended: Promise<void>;
  #isClosed = false;

  constructor(
    target: Target,
    handlers: TransportHandlers,
    { paths, fetch }: HttpOptions,
    downlink: Downlink,
  ) {
    this.#handlers = handlers;
    const channel = this.#channel = new HttpChannel(target, paths, fetch);
    this.#uplink = new Uplink(channel, {
      message: (text) => this.#message(text),
      failed: (error) => this.#finish(closeOfError(error)),
    });
    this.#ended = this.#run(downlink);
  }

  /** See {@linkcode Transport}. */
  get bufferedAmount(): number {
    return this.#uplink.queuedBytes;
  }

  /** See {@linkcode Transport}. */
  send(data: Data, isUrgent = false): void {
    this.#uplink.send(data, isUrgent);
  }

  /** See {@linkcode Transport}. The server is not told the code: HTTP has no place for it. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#channel.abort();
    return this.#ended;
  }

  async #run(downlink: Downlink): Promise<void> {
    const line: HttpLine = {
      channel: this.#channel,
      opened: (session) => this.#open(session),
      message: (text) => this.#message(text),
      alive: () => this.#isClosed || this.#handlers.alive(),
    };
    this.#finish(await downlink(line).catch(closeOfError));
  }

  #open(session: string): void {
    this.#uplink.open(session);
    if (!this.#isClosed) this.#handlers.opened();
  }

  #message(text: string): void {
    if (!this.#isClosed) this.#handlers.message(text);
  }

  #finish(close: CloseInfo): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#channel.abort();
    this.#handlers.closed(close);
  }
}

/** Reads the close that a server announces. */
export function readClose(value: unknown): CloseInfo {
  const { code, reason } = isObject(value) ? value : {};
  return {
    code: typeof code === "number" ? code : 1006,
    reason: typeof reason === "string" ? reason : "",
    wasClean: typeof code === "number",
  };
}
