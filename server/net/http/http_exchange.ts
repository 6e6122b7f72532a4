/** One plain request and its response. */

import { HandshakeError } from "../../../protocol/errors.ts";
import { includesElement } from "../../../protocol/header_fields.ts";
import type { RequestHead } from "../../../protocol/http1.ts";
import { containListeners } from "../../contain.ts";
import type { FetchInfo, RequestMaker } from "../../types.ts";
import type { ExchangeInfo } from "./exchange_info.ts";
import type { HttpStream } from "./http_stream.ts";
import { makeRequest } from "./request.ts";
import { type BodyLimits, RequestBody } from "./request_body.ts";
import { writeResponse } from "./response_writer.ts";

/**
 * How a connection goes on after a request: `next`, with another one; `end`, so that the peer sees
 * the response; `cut`, at once, so that it sees that something is missing; `upgraded`, it is no
 * longer ours.
 */
export type Outcome = "next" | "end" | "cut" | "upgraded";

/** What an exchange needs besides the stream. */
export interface ExchangeContext {
  readonly limits: BodyLimits;
  readonly url: string;
  readonly info: ExchangeInfo;
  fetch(request: RequestMaker, info: FetchInfo): Response | Promise<Response>;
  /** A handler has thrown, or the stream of its response has failed. */
  readonly handlerFailed: (error: unknown) => void;
  /** Seconds for which the connection is kept after the response, as the peer is told. */
  readonly keepAlive: number | undefined;
  /** `true` once the connection is to end after this response. */
  closing(): boolean;
}

/** A plain request on its way to the handler and back. */
export class HttpExchange implements RequestMaker {
  readonly #head: RequestHead;
  readonly #stream: HttpStream;
  readonly #context: ExchangeContext;
  readonly #body: RequestBody;
  readonly #abort = new AbortController();
  /** Why no standard request could be made of the peer's. */
  #unsupported: HandshakeError | undefined;
  #responding = false;
  #answered = false;

  /** @throws {HandshakeError} The request cannot be answered by a handler. */
  constructor(head: RequestHead, stream: HttpStream, context: ExchangeContext) {
    this.#head = head;
    this.#stream = stream;
    this.#context = context;
    checkMethod(head.method);
    this.#body = new RequestBody(head, stream, context.limits, () => this.#watch());
  }

  /**
   * Ends the exchange early, if its body has not come whole and no response has begun: the handler
   * is told, and the request answered, by this error. Returns `false` where it is too late for that.
   */
  giveUp(error: HandshakeError): boolean {
    if (this.#body.finished || this.#responding) return false;
    this.#body.fail(error);
    return true;
  }

  /** @throws {HandshakeError} The body turned out to be unacceptable before a response began. */
  async run(): Promise<Outcome> {
    try {
      return await this.#run();
    } finally {
      this.#body.close();
      this.#stream.unwatch();
      this.#context.info.complete(this.#answered);
    }
  }

  async #run(): Promise<Outcome> {
    if (this.#body.finished) this.#watch();
    const response = await this.#callHandler();
    this.#responding = true;
    const close = this.#context.closing() || !staysOpen(this.#head) || !this.#body.drainable ||
      includesElement([response.headers.get("connection") ?? ""], "close");
    try {
      await this.#write(response, close);
    } catch (error) {
      if (this.#abort.signal.aborted || this.#stream.closed) return "cut";
      this.#context.handlerFailed(error);
      if (this.#stream.sent > 0) return "cut";
      await this.#write(internalError(), true);
      return "end";
    }
    this.#answered = true;
    this.#stream.unwatch();
    return !close && await this.#drain() ? "next" : "end";
  }

  async #callHandler(): Promise<Response> {
    try {
      const response: unknown = await this.#context.fetch(this, this.#context.info);
      if (response instanceof Response) return response;
      throw new TypeError("Cannot answer the request: the handler did not return a Response");
    } catch (error) {
      const peersFault = this.#unsupported ?? this.#body.failure;
      if (peersFault !== undefined) throw peersFault;
      if (!this.#abort.signal.aborted) this.#context.handlerFailed(error);
      return internalError();
    }
  }

  /** See {@linkcode RequestMaker}. */
  get url(): string {
    return this.#context.url;
  }

  /**
   * See {@linkcode RequestMaker}. To be called once.
   *
   * @throws {HandshakeError} The peer has sent what the Fetch standard has no place for.
   */
  makeRequest(): Request {
    const body = this.#body.finished ? undefined : this.#body;
    try {
      return makeRequest(this.#head, { url: this.url, body, signal: this.#abort.signal });
    } catch {
      throw this.#unsupported = new HandshakeError(400, "Request is not supported");
    }
  }

  #write(response: Response, close: boolean): Promise<void> {
    const { method, version } = this.#head;
    return writeResponse(response, {
      method,
      version,
      close,
      keepAlive: this.#context.keepAlive,
      signal: this.#abort.signal,
      send: (bytes) => this.#send(bytes),
    });
  }

  async #send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#stream.send(bytes);
    } catch (error) {
      this.#abortRequest(error);
      throw error;
    }
  }

  /** Tells the handler, by its request's signal, that nobody waits any more. */
  #abortRequest(reason: unknown): void {
    containListeners(() => this.#abort.abort(reason), this.#context.handlerFailed);
  }

  async #drain(): Promise<boolean> {
    try {
      return await this.#body.drain();
    } catch (error) {
      if (error instanceof HandshakeError) return false;
      throw error;
    }
  }

  /**
   * Reads ahead while the handler works, to see whether the peer goes. What comes instead may be
   * the next request, which then waits.
   */
  #watch(): void {
    if (this.#stream.length > 0 || this.#answered) return;
    this.#stream.watch(() => {
      this.#abortRequest(new DOMException("The peer is gone", "AbortError"));
    });
  }
}

/**
 * RFC 9110 §9.3.6, §9.3.8: tunnels are not for us, and the Fetch standard has none of these. RFC
 * 9110 §9.1: methods are case-sensitive, so `get` is not GET. A Request would make GET of it, and
 * DELETE of a `delete` that a proxy has let through.
 */
function checkMethod(method: string): void {
  const isForbidden = /^(?:connect|trace|track)$/i.test(method);
  const isRenamed = /^(?:delete|get|head|options|post|put)$/i.test(method) &&
    method !== method.toUpperCase();
  if (isForbidden || isRenamed) throw new HandshakeError(501, "Method is not supported");
}

/** RFC 9112 §9.3. HTTP/1.0 connections are not kept, although the client may ask for it. */
function staysOpen({ version, fields }: RequestHead): boolean {
  return version === 1 && !includesElement(fields.getAll("connection"), "close");
}

function internalError(): Response {
  return new Response("Internal Server Error\n", { status: 500 });
}
