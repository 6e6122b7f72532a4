/** The HTTP/1.1 loop of one connection: request after request, until it ends or is upgraded. */

import { HandshakeError } from "../../protocol/errors.ts";
import { isUpgradeRequest } from "../../protocol/handshake.ts";
import { type RequestHead, RequestParser } from "../../protocol/http1.ts";
import type { DeadlineItem } from "./deadlines.ts";
import type { HttpContext } from "./http_context.ts";
import { HttpExchange, type Outcome } from "./http_exchange.ts";
import { HttpStream } from "./http_stream.ts";
import type { Seat } from "./members.ts";
import { requestUrl } from "./request.ts";
import { encodeRefusal } from "./response_head.ts";
import { writeResponse } from "./response_writer.ts";
import type { Socket } from "./socket.ts";

/** A connection from accept to its end or its upgrade. */
export class HttpConnection implements DeadlineItem {
  readonly #context: HttpContext;
  readonly #socket: Socket;
  readonly #stream: HttpStream;
  readonly #parser: RequestParser;
  /** `idle` until the first byte of a head, `late` when its time is over. */
  #state: "idle" | "head" | "late" | "busy" = "idle";
  /** The head of the request at work. */
  #head: RequestHead | undefined;
  #isFirst = true;
  #closing = false;
  /** See {@linkcode DeadlineItem}. */
  seat: Seat<DeadlineItem> | undefined;

  constructor(socket: Socket, context: HttpContext) {
    const { options, deadlines, readBuffers } = context;
    this.#context = context;
    this.#socket = socket;
    this.#stream = new HttpStream(socket, readBuffers, deadlines.now, options);
    this.#parser = new RequestParser(options);
    this.#stream.readBy(deadlines.now() + options.handshakeTimeout);
    deadlines.add(this);
  }

  /** Serves requests until the connection has ended or was upgraded. Never rejects. */
  run(): Promise<void> {
    return this.#runToEnd(() => this.#serve());
  }

  /** Says no before anything was read, and ends the connection. Never rejects. */
  refuse(status: number, message: string): Promise<void> {
    return this.#runToEnd(() => this.#sendRefusal(new HandshakeError(status, message)));
  }

  /** Ends the connection now if it waits for a request, else after the response at work. */
  shutdown(): void {
    this.#closing = true;
    if (this.#state === "idle") this.#stream.close();
  }

  /** Ends the connection now. */
  terminate(): void {
    this.#stream.close();
  }

  /** See {@linkcode DeadlineItem}. */
  get deadline(): number {
    return this.#stream.deadline;
  }

  /** See {@linkcode DeadlineItem}. */
  onDeadline(): void {
    this.#context.counters.timeouts++;
    if (this.#state !== "head") return this.#stream.close();
    this.#state = "late";
    const message = "Request head took too long";
    // The pending read ends the loop when the peer has seen the answer, or when it takes too long.
    this.#sendRefusal(new HandshakeError(408, message))
      .then(() => this.#stream.endWriting())
      .catch(() => this.#stream.close());
  }

  async #runToEnd(serve: () => Promise<Outcome>): Promise<void> {
    let outcome: Outcome = "cut";
    try {
      outcome = await serve();
      if (outcome === "end") await this.#stream.end();
    } catch {
      // The network's end of a connection: reset by the peer, or closed by us at a deadline.
    }
    this.#context.deadlines.delete(this);
    if (outcome === "upgraded") return;
    this.#stream.close();
    await this.#stream.dispose();
  }

  async #serve(): Promise<Outcome> {
    try {
      await this.#socket.handshake?.();
    } catch {
      this.#context.counters.tlsFailures++;
      return "cut";
    }
    let outcome: Outcome;
    do outcome = await this.#serveRequest(); while (outcome === "next");
    return outcome;
  }

  async #serveRequest(): Promise<Outcome> {
    try {
      const head = await this.#readHead();
      if (head === undefined) return "end";
      return isUpgradeRequest(head) ? await this.#upgrade(head) : await this.#answer(head);
    } catch (error) {
      // A request that is no good may hide another: nothing more is read as one.
      if (error instanceof HandshakeError) return await this.#sendRefusal(error);
      throw error;
    }
  }

  // ----- Heads -----

  /** Reads the next head; `undefined` where the connection ends instead. */
  async #readHead(): Promise<RequestHead | undefined> {
    const { counters } = this.#context;
    this.#state = "idle";
    this.#head = undefined;
    try {
      while (await this.#fill()) {
        if (this.#state === "idle") this.#beginHead();
        const { head } = this.#parse();
        if (head === undefined) continue;
        this.#state = "busy";
        this.#head = head;
        this.#isFirst = false;
        counters.requests++;
        return head;
      }
    } catch (error) {
      if (this.#isFirst && !(error instanceof HandshakeError)) counters.abandoned++;
      throw error;
    }
    if (this.#isFirst) counters.abandoned++;
    return undefined;
  }

  /** Waits for bytes; `false` where there will be none for a head. */
  async #fill(): Promise<boolean> {
    if (this.#stream.length > 0) return true;
    if (this.#state === "idle" && this.#closing) return false;
    if (this.#state === "idle" && !this.#isFirst) this.#setTime(this.#context.options.idleTimeout);
    return await this.#stream.readAhead() && this.#state !== "late";
  }

  #beginHead(): void {
    this.#state = "head";
    if (!this.#isFirst) this.#setTime(this.#context.options.handshakeTimeout);
    this.#parser.reset();
  }

  #parse(): RequestParser {
    this.#stream.take(this.#parser.push(this.#stream.peek()));
    return this.#parser;
  }

  #setTime(timeout: number): void {
    this.#stream.readBy(this.#context.deadlines.now() + timeout);
  }

  // ----- Answers -----

  async #answer(head: RequestHead): Promise<Outcome> {
    const { options, handlers } = this.#context;
    this.#stream.readBy(Infinity);
    this.#stream.beginRequest();
    const exchange = new HttpExchange(head, this.#stream, {
      maxBodySize: options.maxBodySize,
      url: this.#url(head),
      info: { remoteAddress: this.#clientAddress(head), protocols: [] },
      fetch: (request, info) => handlers.fetch(request, info),
      handlerFailed: (error) => this.#handlerFailed(error),
      closing: () => this.#closing,
    });
    return await exchange.run();
  }

  async #upgrade(head: RequestHead): Promise<Outcome> {
    const refusal = await this.#callUpgrade(head);
    if (refusal === undefined) return "upgraded";
    this.#countRejection(refusal.status, "Refused by the application");
    await writeResponse(refusal, {
      method: head.method,
      version: head.version,
      // A proxy may believe that this is a tunnel now: no further request is read from it.
      close: true,
      signal: new AbortController().signal,
      send: (bytes) => this.#stream.send(bytes),
    });
    return "end";
  }

  /** @throws {HandshakeError} The upgrade is refused. */
  async #callUpgrade(head: RequestHead): Promise<Response | undefined> {
    try {
      return await this.#context.handlers.upgrade({
        socket: this.#socket,
        head,
        rest: this.#stream.release(),
        remoteAddress: this.#clientAddress(head),
        url: this.#url(head),
      });
    } catch (error) {
      // A deadline may have closed the socket under the handler.
      if (error instanceof HandshakeError || this.#stream.closed) throw error;
      this.#handlerFailed(error);
      throw new HandshakeError(500, "Internal Server Error");
    }
  }

  async #sendRefusal(error: HandshakeError): Promise<Outcome> {
    this.#countRejection(error.status, error.message);
    await this.#stream.send(encodeRefusal(error.status, error.message, error.headers));
    return "end";
  }

  #countRejection(status: number, reason: string): void {
    const { counters, handlers } = this.#context;
    counters.reject(status);
    const head = this.#head;
    const remoteAddress = head === undefined
      ? this.#socket.remoteAddress
      : this.#clientAddress(head);
    const url = (head: RequestHead) => this.#url(head);
    handlers.rejected?.({ status, reason, remoteAddress, head, url });
  }

  #handlerFailed(error: unknown): void {
    this.#context.counters.handlerErrors++;
    this.#context.handlers.handlerFailed(error);
  }

  #clientAddress(head: RequestHead): string {
    return this.#context.trust.clientAddress(this.#socket.remoteAddress, head.fields);
  }

  #url(head: RequestHead): string {
    return requestUrl(head, this.#context.secure, "localhost");
  }
}
