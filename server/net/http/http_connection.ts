/** The HTTP/1.1 loop of one connection: request after request, until it ends or is upgraded. */

import { HandshakeError } from "../../../protocol/errors.ts";
import { isUpgradeRequest } from "../../../protocol/handshake.ts";
import { type RequestHead, RequestParser } from "../../../protocol/http1.ts";
import type { MemoryAccount, MemoryHolder } from "../../types.ts";
import type { DeadlineItem } from "../../deadlines.ts";
import { ProxyHeaderError } from "../listen/proxy_protocol.ts";
import type { Socket } from "../listen/socket.ts";
import { countable } from "../memory_budget.ts";
import type { HttpContext } from "./http_context.ts";
import { type ExchangeOwner, HttpExchange, type Outcome } from "./http_exchange.ts";
import { HttpStream } from "./http_stream.ts";
import { ReportedRequest } from "./reported_request.ts";
import { encodeRefusal } from "./response_head.ts";
import { answerUpgrade, type UpgradeOwner } from "./upgrade_exchange.ts";

/** An idle connection ends after this time, so that a request that has arrived is read. Milliseconds. */
const lastLook = 5;

/** A connection from accept to its end or its upgrade. */
export class HttpConnection implements DeadlineItem, MemoryHolder, ExchangeOwner, UpgradeOwner {
  readonly context: HttpContext;
  readonly socket: Socket;
  readonly #memory: MemoryAccount;
  readonly #stream: HttpStream;
  readonly #parser: RequestParser;
  /** `idle` until the first byte of a head, `late` when its time is over. */
  #state: "idle" | "head" | "late" | "busy" = "idle";
  /** The request at work. */
  #request: ReportedRequest | undefined;
  /** Bytes that its head holds, where they are not few. */
  #headSize = 0;
  #exchange: HttpExchange | undefined;
  release: (() => void) | undefined;
  #isFirst = true;
  #lastLook: ReturnType<typeof setTimeout> | undefined;
  closing = false;
  listIndex: number | undefined;

  constructor(socket: Socket, context: HttpContext) {
    const { options, deadlines, readBuffers, turns } = context;
    const { now } = deadlines;
    const memory = context.memory.open(this);
    this.context = context;
    this.socket = socket;
    this.#memory = memory;
    const { bodyTimeout } = options;
    this.#stream = new HttpStream(socket, { readBuffers, now, bodyTimeout, memory, turns });
    this.#parser = new RequestParser(options);
    this.#stream.readBy(deadlines.now() + options.handshakeTimeout);
    deadlines.add(this);
  }

  /** Serves requests until the connection has ended or was upgraded. Never rejects. */
  async run(): Promise<void> {
    let outcome: Outcome = "cut";
    try {
      if (this.socket.handshake !== undefined) await this.#finishHandshake(this.socket.handshake());
      if (!this.#countReported()) return await this.refuse(429, "Too many connections");
      outcome = await this.#serveRequests();
    } catch {
      // The network's end of a connection: reset by the peer, or closed by us at a deadline.
      outcome = "cut";
    }
    if (outcome === "upgraded") this.#leave();
    else await this.#finish(outcome);
  }

  #leave(): void {
    this.context.deadlines.delete(this);
    clearTimeout(this.#lastLook);
    this.#forgetHead();
  }

  /** Refuses the connection before anything was read. Never rejects. */
  async refuse(status: number, message: string): Promise<void> {
    let outcome: Outcome = "cut";
    try {
      outcome = await this.#sendRefusal(new HandshakeError(status, message));
    } catch {
      // The peer has not waited for the answer.
    }
    await this.#finish(outcome);
  }

  /** Ends the connection now if it waits for a request, else after the response at work. */
  shutdown(): void {
    this.closing = true;
    if (this.#state === "idle") this.#endIdle();
  }

  /** Ends the connection, unless a request has arrived that we have not read yet. */
  #endIdle(): void {
    this.#lastLook ??= setTimeout(() => {
      this.#lastLook = undefined;
      if (this.#state !== "idle") return;
      if (this.closing) return this.#stream.close();
      this.context.counters.timeouts++;
      // A request that is on its way meets the end of the stream, not a reset.
      this.#state = "late";
      this.#stream.endWriting().catch(() => this.#stream.close());
    }, lastLook);
  }

  /** Ends the connection now. */
  terminate(): void {
    this.#stream.close();
  }

  get deadline(): number {
    return this.#stream.deadline;
  }

  onDeadline(): void {
    if (this.#state === "idle" && !this.#isFirst) return this.#endIdle();
    this.context.counters.timeouts++;
    if (this.#state !== "head") return this.#stream.close();
    this.#refuseHead(new HandshakeError(408, "Request head took too long"));
  }

  evict(): void {
    const error = new HandshakeError(503, "Server is short of memory", { "retry-after": "5" });
    if (this.#state === "head") this.#refuseHead(error);
    else if (!this.#exchange?.giveUp(error)) this.#stream.close();
  }

  /** Answers while the rest of a head is awaited. */
  #refuseHead(error: HandshakeError): void {
    this.#state = "late";
    // The pending read ends the loop when the peer has seen the answer, or when it takes too long.
    this.#sendRefusal(error)
      .then(() => this.#stream.endWriting())
      .catch(() => this.#stream.close());
  }

  async #finish(outcome: Outcome): Promise<void> {
    try {
      if (outcome === "end") await this.#stream.end();
    } catch {
      // The peer or a deadline was faster.
    }
    this.#stream.close();
    this.#leave();
    this.release?.();
    await this.#stream.dispose();
  }

  // ----- Clients of proxies -----

  /** Counts the connection for the client that the PROXY protocol has named, if it may be. */
  #countReported(): boolean {
    const { remoteAddress, hops } = this.socket;
    if (hops === undefined || this.context.trust.isProxy(remoteAddress, hops)) return true;
    return this.#countFor(remoteAddress);
  }

  #countFor(address: string): boolean {
    this.release = this.context.limits.claim(address);
    if (this.release === undefined) this.context.counters.refused++;
    return this.release !== undefined;
  }

  async #finishHandshake(handshake: Promise<void>): Promise<void> {
    try {
      await handshake;
    } catch (error) {
      if (error instanceof ProxyHeaderError) this.context.counters.proxyFailures++;
      else this.context.counters.tlsFailures++;
      throw error;
    }
  }

  /** Serves one request after the other, until one of them is the last. */
  async #serveRequests(): Promise<Outcome> {
    try {
      this.#state = "idle";
      for (;;) {
        if (this.#stream.length === 0) {
          if (!this.#mayRead()) break;
          const more = this.#stream.isReading
            ? await this.#stream.readAhead()
            : this.#stream.endRead(await this.#stream.beginRead(this.#state === "idle"));
          if (!more) break;
        }
        if (this.#isLate) break;
        const head = this.#takeHead();
        if (head === undefined) continue;
        const request = this.#request = new ReportedRequest(head, this.socket, this.context);
        request.checkTarget();
        if (isUpgradeRequest(head)) return await this.#startUpgrade(request);
        const exchange = this.#beginExchange(request);
        const write = exchange.begin();
        if (write === undefined || !exchange.end(await write)) {
          const outcome = await exchange.run();
          if (outcome !== "next") return outcome;
        }
        this.#state = "idle";
        this.#forgetHead();
      }
    } catch (error) {
      // A request that is no good may hide another: nothing more is read as one.
      if (error instanceof HandshakeError) return await this.#sendRefusal(error);
      if (this.#isFirst) this.context.counters.abandoned++;
      this.#exchange?.writingBroke(error);
      throw error;
    }
    if (this.#isFirst) this.context.counters.abandoned++;
    return "end";
  }

  async #startUpgrade(request: ReportedRequest): Promise<Outcome> {
    const { turns } = this.context;
    // Those who are connected already go before newcomers in hundreds.
    if (turns.overAtRead()) await turns.next();
    return this.#stream.closed ? "cut" : await this.#upgrade(request);
  }

  // ----- Heads -----

  /** Whether the deadline has passed, which happens while bytes are awaited. */
  get #isLate(): boolean {
    return this.#state === "late";
  }

  /** Whether bytes are to be waited for; `false` where there will be none for a head. */
  #mayRead(): boolean {
    if (this.#state !== "idle") return true;
    if (this.closing) return false;
    if (!this.#isFirst) this.#setTime(this.context.options.idleTimeout);
    return true;
  }

  /** Takes what has come of a head; `undefined` where its end has not. */
  #takeHead(): RequestHead | undefined {
    const begins = this.#state === "idle";
    this.#state = "head";
    this.#stream.skip(this.#parser.push(this.#stream.peek()));
    this.#countHead();
    const { head } = this.#parser;
    if (head === undefined) {
      if (begins && !this.#isFirst) this.#setTime(this.context.options.handshakeTimeout);
      return undefined;
    }
    this.#state = "busy";
    this.#isFirst = false;
    this.context.counters.requests++;
    return head;
  }

  /** Before the next request, which may be long in coming, nothing is kept of the last one. */
  #forgetHead(): void {
    this.#request = undefined;
    this.#exchange = undefined;
    this.#parser.reset();
    this.#countHead();
  }

  #countHead(): void {
    const size = countable(this.#parser.heldBytes);
    if (size === this.#headSize) return;
    this.#memory.bytes += size - this.#headSize;
    this.#headSize = size;
  }

  #setTime(timeout: number): void {
    this.#stream.readBy(this.context.deadlines.now() + timeout);
  }

  // ----- Answers -----

  #beginExchange(request: ReportedRequest): HttpExchange {
    this.#stream.readBy(Infinity);
    this.#stream.beginRequest();
    return this.#exchange = new HttpExchange(request, this.#stream, this);
  }

  /** @throws {HandshakeError} The upgrade is refused. */
  #upgrade(request: ReportedRequest): Outcome | Promise<Outcome> {
    const { remoteAddress } = request;
    if (remoteAddress !== this.socket.remoteAddress && !this.#countFor(remoteAddress)) {
      throw new HandshakeError(429, "Too many connections");
    }
    return answerUpgrade(request, this.#stream, this);
  }

  async #sendRefusal(error: HandshakeError): Promise<Outcome> {
    this.rejected(error.status, error.message);
    await this.#stream.send(encodeRefusal(error.status, error.message, error.headers));
    return "end";
  }

  rejected(status: number, reason: string): void {
    const { counters, handlers } = this.context;
    const request = this.#request;
    counters.reject(status);
    const { remoteAddress } = request ?? this.socket;
    handlers.rejected?.({ status, reason, remoteAddress, request });
  }

  handlerFailed(error: unknown): void {
    this.context.counters.handlerErrors++;
    this.context.handlers.handlerFailed(error);
  }
}
