/** Polling: the request that waits for packets, and the one that brings them. */

import { PeerQueue, type QueueSettings } from "../wires/fallback/peer_queue.ts";
import type { SendResult, Traffic } from "../types.ts";
import {
  decodePayload,
  encodeEnginePacket,
  encodePayload,
  type EngineMessage,
} from "./engine_packet.ts";
import type { EngineEnd, EngineSession, EngineTransport } from "./engine_session.ts";
import { errorResponse, textResponse } from "./engine_answer.ts";

const noop = encodeEnginePacket("noop");
const close = encodeEnginePacket("close");

/** The packet for a waiting poll at the end of its session. */
const lastPackets: Partial<Record<EngineEnd, string>> = {
  "transport close": noop,
  "parse error": encodePayload([noop, close]),
};

/** Gathers packets between polls. */
export class PollingTransport implements EngineTransport {
  readonly name = "polling";
  readonly #session: EngineSession;
  readonly #maxPayload: number;
  readonly #ended: (reason: EngineEnd | undefined, traffic: Traffic) => void;
  readonly #queue: PeerQueue<string>;
  #waiting: string[] = [];
  #queuedBytes = 0;
  #heldBytes = 0;
  #takenBytes = 0;
  /** Tells the poll that waits to be answered: with what waits, or with this. */
  #poll: PromiseWithResolvers<string | undefined> | undefined;
  /** Whether polls are answered at once, as the client is to stop polling. */
  #endsPolls = false;
  #isReceiving = false;
  #messagesIn = 0;
  #messagesOut = 0;
  #bytesIn = 0;
  taken: () => void = () => {};

  /**
   * @param maxPayload Bytes that one request may bring.
   * @param ended Called when nothing is sent by it any more.
   */
  constructor(
    session: EngineSession,
    maxPayload: number,
    settings: QueueSettings,
    ended: (reason: EngineEnd | undefined, traffic: Traffic) => void,
  ) {
    this.#session = session;
    this.#maxPayload = maxPayload;
    this.#ended = ended;
    this.#queue = new PeerQueue<string>(this, settings, () => session.end("slow consumer"));
  }

  // ----- What is sent -----

  /** About how many bytes wait. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** About how many of them are for this client alone. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** About how many bytes the client has fetched. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  get bufferedAmount(): number {
    return this.#queuedBytes;
  }

  get congested(): boolean {
    return this.#queue.congested;
  }

  get writable(): boolean {
    return this.#poll !== undefined;
  }

  send(message: EngineMessage, isShared: boolean): SendResult {
    this.#messagesOut++;
    // Before the queue counts: a message that it does not take ends the session.
    if (!isShared) this.#heldBytes += message.size;
    return this.#queue.push(message.text);
  }

  sendPacket(packet: string): void {
    this.push(packet);
  }

  /** Its traffic, for a log. */
  get #traffic(): Traffic {
    return {
      messagesIn: this.#messagesIn,
      messagesOut: this.#messagesOut,
      bytesIn: this.#bytesIn,
      bytesOut: this.#takenBytes,
    };
  }

  drained(): Promise<void> {
    return this.#queue.drained();
  }

  /** Adds a packet, also to a full queue. */
  push(packet: string): void {
    this.#waiting.push(packet);
    this.#queuedBytes += packet.length;
    this.#answer(undefined);
  }

  // ----- Requests -----

  /** Answers the request that asks for packets, when there are some. */
  async poll(signal: AbortSignal): Promise<Response> {
    const session = this.#session;
    if (this.#poll !== undefined) {
      session.end("transport error");
      return errorResponse("badRequest");
    }
    const poll = this.#poll = Promise.withResolvers();
    const leave = () => session.end("transport close");
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    else if (this.#waiting.length > 0 || this.#endsPolls) this.#endPoll();
    const last = await poll.promise;
    signal.removeEventListener("abort", leave);
    this.#poll = undefined;
    if (!session.isOpen) session.forget();
    return textResponse(last ?? this.#take());
  }

  /** Answers the waiting poll and each that comes at once, or with `false` none any more. */
  endPolls(endsPolls: boolean): void {
    this.#endsPolls = endsPolls;
    if (endsPolls) this.#endPoll();
  }

  /** With `noop`, where nothing waits for the poll. */
  #endPoll(): void {
    this.#answer(this.#waiting.length > 0 ? undefined : noop);
  }

  /** @param last The body, in the place of what waits. */
  #answer(last: string | undefined): void {
    this.#poll?.resolve(last);
  }

  #take(): string {
    const payload = encodePayload(this.#takeWaiting());
    this.taken();
    return payload;
  }

  /** Ends, as another transport takes over what waits. */
  retire(): readonly string[] {
    const waiting = this.#takeWaiting();
    this.#queue.stop();
    this.#endPoll();
    this.#ended(undefined, this.#traffic);
    return waiting;
  }

  #takeWaiting(): readonly string[] {
    const waiting = this.#waiting;
    this.#takenBytes += this.#queuedBytes;
    this.#queuedBytes = 0;
    this.#heldBytes = 0;
    this.#waiting = [];
    return waiting;
  }

  /** Takes the packets of a request. */
  async receive(request: Request): Promise<Response> {
    const session = this.#session;
    if (this.#isReceiving) {
      session.end("transport error");
      return errorResponse("badRequest");
    }
    this.#isReceiving = true;
    try {
      const body = await readBody(request, this.#maxPayload);
      return body === undefined
        ? new Response(null, { status: 413 })
        : await this.#receivePayload(body, request);
    } catch (error) {
      session.end("transport error");
      throw error;
    } finally {
      this.#isReceiving = false;
    }
  }

  /** Packets behind the client's end, or ours, are ignored. */
  async #receivePayload(body: Uint8Array, request: Request): Promise<Response> {
    const session = this.#session;
    this.#bytesIn += body.length;
    const payload = decodeText(body);
    if (payload === undefined) return this.#refuse();
    for (const packet of decodePayload(payload)) {
      if (packet === undefined) return this.#refuse();
      if (packet.type === "message") this.#messagesIn++;
      const held = session.receive(packet, request);
      if (held !== undefined) await held;
    }
    return textResponse("ok");
  }

  #refuse(): Response {
    this.#session.end("parse error");
    return errorResponse("badRequest");
  }

  // ----- The end -----

  end(reason: EngineEnd): boolean {
    this.#queue.stop();
    this.#ended(reason, this.#traffic);
    if (reason !== "forced close") {
      this.#answer(lastPackets[reason] ?? close);
      return true;
    }
    const isFetched = this.#poll !== undefined;
    this.push(close);
    return isFetched;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Reads a body. Returns `undefined` where it is too long, which its head may say. */
async function readBody(request: Request, limit: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return undefined;
  const body = await request.bytes();
  return body.length > limit ? undefined : body;
}
