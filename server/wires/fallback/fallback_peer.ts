/** A client that speaks by plain HTTP requests, as a peer of the application. */

import { Closes } from "../../../wire/close_code.ts";
import type { EventError } from "../../app/events/errors.ts";
import type { Outgoing } from "../../app/events/outgoing.ts";
import type { AckId, Answer, Peer, Session, WelcomeFields } from "../../app/peer.ts";
import type { Joined, JoinFrom } from "../../app/streams/position.ts";
import { type ClientMessage, pongText } from "../../../wire/client_message.ts";
import {
  encodeAuthOk,
  encodeJoined,
  encodeLeft,
  encodeWelcome,
} from "../../../wire/server_message.ts";
import { contain, type Report } from "../../contain.ts";
import type { CloseInfo, Notice, Notify, SendResult, Traffic } from "../../types.ts";
import { encodeError, encodeReply, report } from "../json/json_message.ts";
import type { FallbackTransport, SessionEnd } from "./fallback_transport.ts";
import { PeerQueue, type QueueSettings } from "./peer_queue.ts";
import { type QueuedEvent, sharedEvent } from "./queued_event.ts";

/** The facts of the request that opened it. */
export interface Opening {
  /** Names the session; a secret between client and server. */
  readonly sessionId: string;
  readonly request: Request;
  readonly remoteAddress: string;
  /** The `data` that the `upgrade` hook attached. */
  readonly data: unknown;
}

/** Collects messages for the response to the events themselves, as long as that is not answered. */
export interface Replies {
  readonly texts: string[];
  /** About how many bytes they have. */
  bytes: number;
  open: boolean;
}

/** The owner of a peer. */
export interface PeerOwner {
  /** Called once, when the session is to be forgotten. */
  readonly closed: (close: CloseInfo) => void;
  /** The application's session has failed where no request waits for it. Does not throw. */
  readonly failed: Report;
  /** Tells the operator of the server something about the client. */
  readonly notify: Notify;
}

/** An answer, whether or not its client wants an acknowledgement. */
type AskingMessage = Extract<ClientMessage, { readonly kind: "event" | "join" | "leave" }>;

interface Expected {
  readonly event: string;
  readonly ackId: AckId | undefined;
  readonly replies: Replies;
  readonly settle: () => void;
}

/** Joins an transport to a session of the application. */
export class FallbackPeer implements Peer {
  readonly #opening: Opening;
  readonly #maxReplies: number;
  readonly #queue: PeerQueue;
  readonly #transport: FallbackTransport;
  readonly #rooms: readonly string[];
  readonly #owner: PeerOwner;
  #session: Session | undefined;
  #end: SessionEnd | undefined;
  /** Traffic of requests that bring events; the transport counts the bytes of the others. */
  readonly #counts = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };
  /** Events that came by a request which waits for their answers. */
  readonly #expected = new Map<AckId, Expected>();
  #lastAckId = 0;
  #awaitsClient: PromiseWithResolvers<void> | undefined;
  /** Where a refusal belongs that is made at this moment. */
  #replies: Replies | undefined;

  /** Not the session's, which is a secret. */
  readonly id: string = crypto.randomUUID();
  /** None: there is no handshake to agree on one. */
  readonly protocol = "";

  constructor(
    opening: Opening,
    settings: QueueSettings,
    transport: FallbackTransport,
    rooms: readonly string[],
    owner: PeerOwner,
  ) {
    this.#opening = opening;
    this.#maxReplies = settings.limits.maxQueuedBytes;
    this.#queue = new PeerQueue(transport, settings, (end) => {
      this.#finish(end, { wasClean: false, dropWaiting: true });
    });
    this.#transport = transport;
    this.#rooms = rooms;
    this.#owner = owner;
  }

  /** How it has ended, once it has. */
  get ended(): SessionEnd | undefined {
    return this.#end;
  }

  /** How much has gone in both directions. */
  get traffic(): Traffic {
    return { ...this.#counts, bytesOut: this.#counts.bytesOut + this.#transport.sentBytes };
  }

  // ----- What the client does -----

  /** Introduces the client to the application. */
  open(accept: (peer: Peer) => Session): void {
    this.#session = accept(this);
    this.#session.open();
  }

  /** Joins rooms as a client does by `room:join`: the application decides. Never rejects. */
  async join(from: readonly (JoinFrom | undefined)[]): Promise<void> {
    if (this.#rooms.length === 0) return;
    try {
      const rooms = this.#rooms.map((room, index) => ({ room, from: from[index] }));
      // The rooms of a URL are one request, however many there are.
      await this.#session?.join({ rooms, isCounted: true });
    } catch (error) {
      this.#owner.failed(error);
      this.close(Closes.internalError.code, Closes.internalError.reason);
    }
  }

  /** Resolves when the application waits for the client to take what waits for it. */
  awaitsClient(): Promise<void> {
    this.#awaitsClient ??= Promise.withResolvers();
    return this.#awaitsClient.promise;
  }

  /** Counts the bytes of a request that brings events, and of its response. */
  count(bytesIn: number, bytesOut: number): void {
    this.#counts.bytesIn += bytesIn;
    this.#counts.bytesOut += bytesOut;
  }

  /** Asks whether a request that brings events may be read; if not, the answer says why. */
  mayRead(size: number, replies: Replies): boolean {
    if (this.#end !== undefined) return false;
    this.#replies = replies;
    const mayRead = this.#session?.mayRead?.(size) ?? true;
    this.#replies = undefined;
    return mayRead;
  }

  /** Takes what has come by one request. Resolves when all of it is answered. Never rejects. */
  async receive(messages: readonly ClientMessage[], replies: Replies): Promise<void> {
    const answered: Promise<void>[] = [];
    for (const message of messages) {
      const session = this.#session;
      if (session === undefined || this.#end !== undefined) break;
      this.#counts.messagesIn++;
      if (message.kind === "event" || message.kind === "join" || message.kind === "leave") {
        const { promise, ackId } = this.#expect(message, replies);
        answered.push(promise);
        const held = report(session, message, ackId);
        // At the end of the client, the handler may go on, but nobody waits for it.
        await Promise.race([held, promise]);
      } else if (message.kind === "ping") {
        this.#reply(pongText, replies);
      } else {
        this.#replies = replies;
        const held = report(session, message);
        this.#replies = undefined;
        await held;
      }
    }
    await Promise.all(answered);
  }

  /** The client is gone. */
  disconnected(reason: string): void {
    this.#finish({ code: 1006, reason }, { wasClean: false, dropWaiting: true });
  }

  #expect(
    message: AskingMessage,
    replies: Replies,
  ): { promise: Promise<void>; ackId: number } {
    const { promise, resolve } = Promise.withResolvers<void>();
    // Clients use texts, so a number is never one of theirs.
    const own = ++this.#lastAckId;
    const event = message.kind === "event" ? message.event : `room:${message.kind}`;
    this.#expected.set(own, { event, ackId: message.id, replies, settle: resolve });
    return { promise, ackId: own };
  }

  // ----- Peer -----

  get request(): Request {
    return this.#opening.request;
  }

  get remoteAddress(): string {
    return this.#opening.remoteAddress;
  }

  get data(): unknown {
    return this.#opening.data;
  }

  get bufferedAmount(): number {
    return this.#transport.queuedBytes;
  }

  get congested(): boolean {
    return this.#queue.congested;
  }

  welcome(fields: WelcomeFields): SendResult {
    return this.#push(encodeWelcome({ ...fields, session: this.#opening.sessionId }));
  }

  authenticated(claims?: Readonly<Record<string, unknown>>): SendResult {
    return this.#push(encodeAuthOk(claims));
  }

  send(outgoing: Outgoing): SendResult {
    return this.#push(sharedEvent(outgoing));
  }

  answer(ackId: AckId, answer: Answer): SendResult {
    const expected = this.#expected.get(ackId);
    if (expected === undefined) return "dropped";
    const text = replyTo(expected, answer);
    this.#expected.delete(ackId);
    const result = text === undefined ? "sent" : this.#reply(text, expected.replies);
    expected.settle();
    return result;
  }

  refuse(error: EventError, event?: string): SendResult {
    return this.#reply(encodeError(error, event), this.#replies);
  }

  joined(room: string, joined: Joined): SendResult {
    if (this.#end === undefined) this.#transport.joined(room, joined);
    return this.#push(encodeJoined(room, joined, joined.fields));
  }

  left(room: string): SendResult {
    return this.#push(encodeLeft(room));
  }

  drained(): Promise<void> {
    if (this.#end !== undefined) return Promise.resolve();
    this.#awaitsClient?.resolve();
    return this.#queue.drained();
  }

  notice(notice: Notice): void {
    const { id, remoteAddress: address } = this;
    this.#owner.notify({ ...notice, subject: id, id, address });
  }

  close(code = 1005, reason = ""): void {
    this.#finish({ code, reason }, { wasClean: true, dropWaiting: false });
  }

  terminate(): void {
    this.disconnected("");
  }

  #reply(text: string, replies: Replies | undefined): SendResult {
    const isFull = replies === undefined || replies.bytes + text.length > this.#maxReplies;
    if (isFull || !replies.open) return this.#push(text);
    this.#counts.messagesOut++;
    replies.bytes += text.length;
    replies.texts.push(text);
    return "sent";
  }

  #push(event: QueuedEvent): SendResult {
    if (this.#end !== undefined) return "dropped";
    const result = this.#queue.push(event);
    if (result !== "dropped") this.#counts.messagesOut++;
    return result;
  }

  #finish(end: SessionEnd, how: { wasClean: boolean; dropWaiting: boolean }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#transport.end(end, how.dropWaiting);
    this.#queue.stop();
    for (const { settle } of this.#expected.values()) settle();
    this.#expected.clear();
    const close = { ...end, wasClean: how.wasClean };
    this.#owner.closed(close);
    // The application is told after the call that has led here, as on a socket.
    queueMicrotask(() => contain(() => this.#session?.closed(close), this.#owner.failed));
  }
}

/** An event that wanted no acknowledgement is answered only where it failed. */
function replyTo({ event, ackId }: Expected, answer: Answer): string | undefined {
  if (ackId !== undefined) return encodeReply(ackId, answer);
  return "error" in answer ? encodeError(answer.error, event) : undefined;
}
