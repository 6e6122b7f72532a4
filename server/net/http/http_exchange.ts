/** One plain request and its response. */

import { HandshakeError } from "../../../protocol/errors.ts";
import { includesElement } from "../../../protocol/header_fields.ts";
import type { RequestHead } from "../../../protocol/http1.ts";
import { containListeners } from "../../contain.ts";
import { prepareLater } from "../../prepared_response.ts";
import type { RequestMaker } from "../../types.ts";
import type { Socket } from "../listen/socket.ts";
import { ExchangeInfo } from "./exchange_info.ts";
import type { HttpContext } from "./http_context.ts";
import { type HttpStream, isSmall } from "./http_stream.ts";
import { type LazyParts, makeLazyRequest } from "./lazy_request.ts";
import type { ReportedRequest } from "./reported_request.ts";
import { listFields, makeRequest } from "./request.ts";
import { mayHaveBody, RequestBody } from "./request_body.ts";
import type { ResponseTarget } from "./response_target.ts";
import { writeResponse } from "./response_writer.ts";

/**
 * How a connection goes on after a request: `next`, with another one; `end`, so that the peer sees
 * the response; `cut`, at once, so that it sees that something is missing; `upgraded`, it is no
 * longer HTTP.
 */
export type Outcome = "next" | "end" | "cut" | "upgraded";

/** The connection, as its exchanges see it. */
export interface ExchangeOwner {
  readonly socket: Socket;
  readonly context: HttpContext;
  /** `true` once the connection is to end after this response. */
  readonly closing: boolean;
  /** A handler has thrown, or the stream of its response has failed. */
  handlerFailed(error: unknown): void;
}

/** A plain request on its way to the handler and back. */
export class HttpExchange implements RequestMaker, LazyParts, ResponseTarget {
  readonly #request: ReportedRequest;
  readonly #head: RequestHead;
  readonly #stream: HttpStream;
  readonly #owner: ExchangeOwner;
  readonly #info: ExchangeInfo;
  /** Absent where there is none. */
  readonly #body: RequestBody | undefined;
  /** Made when the signal is read, or when the peer disconnects. */
  #abort: AbortController | undefined;
  /** The reason why no standard request could be made. */
  #unsupported: HandshakeError | undefined;
  #answer: Response | Promise<Response> | undefined;
  /** The response being written. */
  #writing: Promise<void> | undefined;
  #beginsAtOnce = false;
  /** The one write of a small response that was begun at once. */
  #write: Promise<number> | undefined;
  /** Whether that write has taken all, and the turn is not over. */
  #isWritten: boolean | undefined;
  #responding = false;
  #answered = false;
  #ending = false;
  /** Nothing but the last write can fail any more. */
  #sendsWhole = false;

  /** @throws {HandshakeError} The request cannot be answered by a handler. */
  constructor(request: ReportedRequest, stream: HttpStream, owner: ExchangeOwner) {
    const { head } = request;
    this.#request = request;
    this.#head = head;
    this.#stream = stream;
    this.#owner = owner;
    checkMethod(head.method);
    if (mayHaveBody(head)) {
      this.#body = new RequestBody(head, stream, owner.context.options, () => this.#watch());
    }
    this.#info = new ExchangeInfo(request, owner.socket);
  }

  /**
   * Ends the exchange early, if its body has not come whole and no response has begun: reading the
   * body rejects with this error, and the request is answered by it. Returns `false` where it is
   * too late for that.
   */
  giveUp(error: HandshakeError): boolean {
    if (this.#body === undefined || this.#body.finished || this.#responding) return false;
    this.#body.fail(error);
    return true;
  }

  /**
   * Calls the handler. Where it answers at once with a small response that is known whole, this is
   * being written when the call returns, by the promise that is returned: to be awaited, and to be
   * ended by {@linkcode HttpExchange.end}. In all other cases {@linkcode HttpExchange.run} goes on.
   *
   * @throws {HandshakeError} The body turned out to be unacceptable before a response began.
   */
  begin(): Promise<number> | undefined {
    try {
      const answer = this.#answer = this.#callHandler();
      if (!(answer instanceof Response)) return undefined;
      this.#beginsAtOnce = true;
      this.#beginWriting(answer);
      this.#beginsAtOnce = false;
      return this.#write;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** Ends what `begin` has begun. Returns `false` where `run` is to go on. */
  end(written: number): boolean {
    this.#write = undefined;
    this.#isWritten = this.#stream.endSmall(written);
    if (!this.#isWritten || this.#ending || this.#body !== undefined || this.aborted) return false;
    this.#answered = true;
    this.#close();
    return true;
  }

  /** The write that `begin` has begun has failed. */
  writingBroke(error: unknown): void {
    if (this.#write === undefined) return;
    this.#write = undefined;
    this.#abortRequest(error);
    this.#close();
  }

  /**
   * Answers, as far as that is not done.
   *
   * @throws {HandshakeError} The body turned out to be unacceptable before a response began.
   */
  async run(): Promise<Outcome> {
    try {
      const answer = this.#answer!;
      const response = answer instanceof Response ? answer : await this.#inTurn(answer);
      if (this.#writing === undefined) this.#beginWriting(response);
      try {
        await this.#writing;
        if (this.#isWritten === false) await this.#stream.restOfSmall();
        if (this.aborted) this.signal.throwIfAborted();
      } catch (error) {
        if (this.#sendsWhole) this.#abortRequest(error);
        return await this.#writingFailed(error);
      }
      this.#answered = true;
      this.#stream.unwatch();
      if (this.#ending) return "end";
      return this.#body === undefined || await this.#drain(this.#body) ? "next" : "end";
    } finally {
      this.#close();
    }
  }

  /** One message may answer hundreds of polls. */
  async #inTurn(answer: Promise<Response>): Promise<Response> {
    const response = await answer;
    await this.turnToWrite();
    return response;
  }

  #beginWriting(response: Response): void {
    this.#responding = true;
    try {
      this.#writing = writeResponse(response, this);
    } catch (error) {
      this.#writing = Promise.reject(error);
    }
  }

  #close(): void {
    this.#body?.close();
    this.#stream.unwatch();
    this.#info.complete(this.#answered);
  }

  // ----- The handler -----

  #callHandler(): Response | Promise<Response> {
    try {
      const answer: unknown = this.#owner.context.handlers.fetch(this, this.#info);
      return answer instanceof Response ? answer : this.#awaitHandler(answer);
    } catch (error) {
      return this.#handlerFailed(error);
    }
  }

  async #awaitHandler(answer: unknown): Promise<Response> {
    try {
      if (this.#body === undefined || this.#body.finished) this.#watch();
      const response = await answer;
      if (response instanceof Response) return response;
      throw new TypeError("Cannot answer the request: the handler did not return a Response");
    } catch (error) {
      return this.#handlerFailed(error);
    }
  }

  /** Answers in place of a handler that has thrown, unless the peer is the cause. */
  #handlerFailed(error: unknown): Response {
    const peersFault = this.#unsupported ?? this.#body?.failure;
    if (peersFault !== undefined) throw peersFault;
    if (!this.aborted) this.#owner.handlerFailed(error);
    return internalError();
  }

  get method(): string {
    return this.#head.method;
  }

  get url(): string {
    return this.#request.url;
  }

  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }

  fields(): [name: string, value: string][] {
    return listFields(this.#head.fields);
  }

  /** To be called once. */
  makeRequest(): Request {
    const body = this.#body;
    // An absolute-form target may be no URL that the Fetch standard takes.
    if (body === undefined && this.#head.target.startsWith("/")) return makeLazyRequest(this);
    const content = body === undefined || body.finished ? undefined : body;
    return this.#standardOr400(() =>
      makeRequest(this.#head, { url: this.url, body: content, signal: this.signal })
    );
  }

  /** @throws {HandshakeError} The peer has sent what the Fetch standard has no place for. */
  makeStandard(headers: HeadersInit): Request {
    const { method, url, signal } = this;
    return this.#standardOr400(() => new Request(url, { method, headers, signal }));
  }

  #standardOr400(make: () => Request): Request {
    try {
      return make();
    } catch {
      throw this.#unsupported = new HandshakeError(400, "Request is not supported");
    }
  }

  // ----- The response -----

  get version(): 0 | 1 {
    return this.#head.version;
  }

  ends(isAsked: boolean): boolean {
    const isKept = !isAsked && !this.#ending && !this.#owner.closing && staysOpen(this.#head) &&
      (this.#body === undefined || this.#body.drainable);
    return this.#ending = !isKept;
  }

  /** A second less than the timeout, so that the peer closes the connection first. */
  get keepAlive(): number | undefined {
    const { idleTimeout } = this.#owner.context.options;
    return idleTimeout === Infinity ? undefined : Math.max(0, Math.floor(idleTimeout / 1000) - 1);
  }

  get aborted(): boolean {
    return this.#abort !== undefined && this.#abort.signal.aborted;
  }

  sendWhole(head: string, body: Uint8Array): Promise<void> {
    this.#sendsWhole = true;
    if (!this.#beginsAtOnce || !isSmall(head.length + body.length)) {
      return this.#stream.sendHead(head, body);
    }
    this.#write = this.#stream.beginHead(head, body);
    return begun;
  }

  sendPrepared(bytes: Uint8Array): Promise<void> {
    this.#sendsWhole = true;
    if (!this.#beginsAtOnce || !isSmall(bytes.length)) return this.#stream.sendShared(bytes);
    this.#write = this.#stream.beginSmall(bytes);
    return begun;
  }

  async sendHead(head: string, body: Uint8Array): Promise<void> {
    try {
      await this.#stream.sendHead(head, body);
    } catch (error) {
      this.#abortRequest(error);
      throw error;
    }
  }

  async send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#stream.send(bytes);
    } catch (error) {
      this.#abortRequest(error);
      throw error;
    }
  }

  turnToWrite(): Promise<void> {
    return new Promise((flush) => this.#owner.context.cork.add({ flush }));
  }

  /** Watches for the peer's end while a body is written that takes time. */
  streaming(): void {
    this.#watch();
  }

  async #writingFailed(error: unknown): Promise<Outcome> {
    if (this.aborted || this.#stream.closed) return "cut";
    this.#owner.handlerFailed(error);
    if (this.#stream.sent > 0) return "cut";
    this.#ending = true;
    this.#sendsWhole = false;
    await writeResponse(internalError(), this);
    return "end";
  }

  /** Aborts the request's signal: the peer has disconnected. */
  #abortRequest(reason: unknown): void {
    const abort = this.#abort ??= new AbortController();
    containListeners(() => abort.abort(reason), (error) => this.#owner.handlerFailed(error));
  }

  async #drain(body: RequestBody): Promise<boolean> {
    try {
      return await body.drain();
    } catch (error) {
      if (error instanceof HandshakeError) return false;
      throw error;
    }
  }

  /**
   * Reads ahead while the handler works, to see whether the peer disconnects. Bytes that come
   * instead may be the next request, which then waits.
   */
  #watch(): void {
    if (this.#stream.length > 0 || this.#answered) return;
    this.#stream.watch(() => {
      this.#abortRequest(new DOMException("The peer has disconnected", "AbortError"));
    });
  }
}

/** Nothing is to be waited for but the write. */
const begun = Promise.resolve();

/**
 * RFC 9110 §9.3.6, §9.3.8: tunnels are not supported, and the Fetch standard has none of these. RFC
 * 9110 §9.1: methods are case-sensitive, so `get` is not GET. A Request would make GET of it, and
 * DELETE of a `delete` that a proxy has let through.
 */
function checkMethod(method: string): void {
  if (method === "GET" || method === "POST") return;
  const isForbidden = /^(?:connect|trace|track)$/i.test(method);
  const isRenamed = /^(?:delete|get|head|options|post|put)$/i.test(method) &&
    method !== method.toUpperCase();
  if (isForbidden || isRenamed) throw new HandshakeError(501, "Method is not supported");
}

/** RFC 9112 §9.3. HTTP/1.0 connections are not kept, although the client may ask for it. */
function staysOpen({ version, fields }: RequestHead): boolean {
  return version === 1 && !includesElement(fields.getAll("connection"), "close");
}

const internalError = prepareLater("Internal Server Error\n", { status: 500 });
