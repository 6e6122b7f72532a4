/** The common part of the two transports over HTTP: a session, an uplink, and one end. */

import { type CloseInfo, maxReasonLength } from "../close_code.ts";
import { closeOfError, HttpChannel, type HttpOptions } from "./http.ts";
import { isObject } from "../../wire/parse_json.ts";
import type { Data, MessageKind, Target, Transport, TransportHandlers } from "./transport.ts";
import { Uplink } from "./uplink.ts";

/** The direction from the server to the client. */
export interface Downlink {
  /** Receives messages; runs until the connection ends. */
  readonly receive: (context: DownlinkContext) => Promise<CloseInfo>;
  /** Where the server is told of the end; without it, the end of a request tells it. */
  readonly leave?: "poll";
}

/** The part of a connection that a downlink uses. */
export interface DownlinkContext {
  /** Makes its requests. */
  readonly channel: HttpChannel;
  /** The server has named the session: messages can be sent. */
  opened(session: string): void;
  /** A message has come. */
  message(text: string): void;
  /** The server is there. */
  alive(): void;
}

/** A connection made of requests. */
export class HttpTransport implements Transport {
  readonly #channel: HttpChannel;
  readonly #uplink: Uplink;
  readonly #handlers: TransportHandlers;
  readonly #ended: Promise<void>;
  readonly #leave: Downlink["leave"];
  /** Aborts the request that tells of the end. */
  readonly #leaving = new AbortController();
  #session: string | undefined;
  #isClosed = false;

  constructor(
    target: Target,
    handlers: TransportHandlers,
    options: HttpOptions,
    downlink: Downlink,
  ) {
    this.#handlers = handlers;
    this.#leave = downlink.leave;
    const channel = this.#channel = new HttpChannel(target, options);
    this.#uplink = new Uplink(channel, {
      message: (text) => this.#message(text),
      refused: (text, error) => this.#isClosed || this.#handlers.refused(text, error),
      failed: (error) => this.#finish(closeOfError(error)),
    });
    this.#ended = this.#run(downlink.receive);
  }

  /** See {@linkcode Transport}. */
  get bufferedAmount(): number {
    return this.#uplink.queuedBytes;
  }

  /** See {@linkcode Transport}. */
  get isCongested(): boolean {
    return this.#uplink.queuedBytes > 0;
  }

  /** See {@linkcode Transport}. */
  send(data: Data, kind: MessageKind = "event"): void {
    this.#uplink.send(data, kind);
  }

  /** See {@linkcode Transport}. The server is not told the code: HTTP has no place for it. */
  async close(): Promise<void> {
    const isOpen = !this.#isClosed;
    this.#isClosed = true;
    this.#channel.abort();
    if (isOpen && this.#leave !== undefined && this.#session !== undefined) {
      await this.#channel.leave(this.#leave, this.#session, this.#leaving.signal);
    }
    await this.#ended;
  }

  /** See {@linkcode Transport}. */
  terminate(): void {
    this.#leaving.abort();
  }

  async #run(receive: Downlink["receive"]): Promise<void> {
    const context: DownlinkContext = {
      channel: this.#channel,
      opened: (session) => this.#open(session),
      message: (text) => this.#message(text),
      alive: () => this.#isClosed || this.#handlers.alive(),
    };
    this.#finish(await receive(context).catch(closeOfError));
  }

  #open(session: string): void {
    this.#session = session;
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

/** The longest id of a session; it becomes part of an address. */
const maxSessionLength = 1_024;

/** Reads the id of the session that a message names; `undefined` where it names none. */
export function readSession(message: unknown): string | undefined {
  const session = isObject(message) ? message.session : undefined;
  return typeof session === "string" && session.length <= maxSessionLength ? session : undefined;
}

/** Reads the close that a server announces. */
export function readClose(value: unknown): CloseInfo {
  const { code, reason } = isObject(value) ? value : {};
  const isCode = typeof code === "number" && Number.isInteger(code) && code >= 1000 && code < 5000;
  return {
    code: isCode ? code : 1006,
    reason: typeof reason === "string" ? reason.slice(0, maxReasonLength) : "",
    wasClean: isCode,
  };
}
