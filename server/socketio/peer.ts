/** One namespace of one session as a peer of the application. */

import type { EventError } from "../app/events/errors.ts";
import type { Outgoing } from "../app/events/outgoing.ts";
import type { AckId, Answer, Peer, Session, WelcomeFields } from "../app/peer.ts";
import type { Joined } from "../app/streams/position.ts";
import type { CloseInfo, Notice, Notify, SendResult } from "../types.ts";
import type { Entry } from "../wires/wire.ts";
import { reportPacket } from "./incoming.ts";
import { EngineMessage } from "./engine_packet.ts";
import type { EngineSession } from "./engine_session.ts";
import { argumentsOf } from "./event_args.ts";
import type { Packet } from "./packet.ts";
import { encodeOutgoing } from "./outgoing_packet.ts";
import type { Codec } from "./parser.ts";
import { type RecoverablePeer, type Recovery, type SentEvent, SentEvents } from "./recovery.ts";

/** The memory of those who cannot come back. */
const nothing = new SentEvents({ duration: 0, maxEvents: 0, maxBytes: 0, maxSleepers: 0 });

/** The parts that the peers of one server share. */
export interface PeerContext {
  readonly codec: Codec;
  /** Key of the encodings that the receivers of an event share. */
  readonly key: symbol;
  /** The same for those that are told where it stands in its room. */
  readonly placedKey: symbol;
  readonly notify: Notify;
  /** Present where clients may come back. */
  readonly recovery: Recovery<SocketIoPeer> | undefined;
}

/** The session of a peer, as far as the peer needs it. */
export interface PeerOwner {
  readonly session: EngineSession;
  /** The peer is in its namespace no more; the session goes on. */
  left(peer: SocketIoPeer): void;
  /** The session must end, and with it all its peers. */
  end(close: CloseInfo): void;
}

/** A client that asks to be let into a namespace. */
export interface ConnectRequest {
  readonly namespace: string;
  /** The credentials of the client, without those that it comes back by. */
  readonly auth: unknown;
  /** The credentials that it has signed in by. */
  readonly credentials: string;
}

/** Closes after which the client may come back: the server goes, or cannot go on. */
const returningCodes: ReadonlySet<number> = new Set([1001, 1011, 1012, 1013]);

/** Numbers events for clients that come back. */
let lastOffset = 0;

/** A client in a namespace. */
export class SocketIoPeer implements Peer, RecoverablePeer {
  readonly namespace: string;
  /** The credentials that the client presented when it came. */
  readonly auth: unknown;
  readonly credentials: string;
  readonly sent: SentEvents;
  readonly #entry: Entry;
  readonly #context: PeerContext;
  /** The session; `undefined` while the client is waited for. */
  #owner: PeerOwner | undefined;
  /** Set right after this is made, as the application makes it of this. */
  #application: Session | undefined;
  #id = "";
  /** A secret by which the client may come back. */
  #pid: string | undefined;
  #isOpen = true;
  /** Rooms in which the client wants to know where it is. */
  #placed: Set<string> | undefined;
  /** Events of the client that are not handled yet. */
  #waiting = 0;

  constructor(
    owner: PeerOwner,
    { namespace, auth, credentials }: ConnectRequest,
    context: PeerContext,
  ) {
    this.#owner = owner;
    this.#entry = owner.session.entry;
    this.namespace = namespace;
    this.auth = auth;
    this.credentials = credentials;
    this.#context = context;
    this.sent = context.recovery?.makeMemory() ?? nothing;
  }

  /** The request that opened the session. */
  get request(): Request {
    return this.#entry.request;
  }

  /** Address of the client. */
  get remoteAddress(): string {
    return this.#entry.remoteAddress;
  }

  /** The data that the `upgrade` hook attached. */
  get data(): unknown {
    return this.#entry.data;
  }

  /** Bytes that wait for the client, in all its namespaces. */
  get bufferedAmount(): number {
    return this.#owner?.session.transport.bufferedAmount ?? 0;
  }

  /** Volatile events are for clients that get them now: one that polls must be waiting. */
  get congested(): boolean {
    const transport = this.#owner?.session.transport;
    return transport === undefined || transport.congested || !transport.writable;
  }

  /** How many events of the client wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  // ----- From the application to the client -----

  /** Says hello: CONNECT. */
  welcome({ id }: WelcomeFields): SendResult {
    const { recovery } = this.#context;
    this.#id = id;
    if (recovery !== undefined) {
      this.#pid = crypto.randomUUID();
      recovery.add(this.#pid, this);
    }
    return this.#sendConnect();
  }

  #sendConnect(): SendResult {
    const pid = this.#pid === undefined ? {} : { pid: this.#pid };
    const data = { sid: this.#id, ...pid };
    return this.#sendPacket({ type: "connect", namespace: this.namespace, data });
  }

  /** Clients of Socket.IO know it by being connected. */
  authenticated(): SendResult {
    return "sent";
  }

  /** Sends an event, encoded once for all who are sent it in the same form. */
  send(outgoing: Outgoing): SendResult {
    if (!this.#isOpen) return "dropped";
    const { key, placedKey } = this.#context;
    const { place, ackId } = outgoing;
    const isPlaced = place !== undefined && this.#placed?.has(place.room) === true;
    const event = outgoing.encoded(
      isPlaced ? placedKey : key,
      () => this.#encode(outgoing, isPlaced ? [{ stream: place.room, seq: place.seq }] : []),
    );
    if (ackId === undefined && this.#pid !== undefined) this.sent.add(event);
    return this.#sendMessages(event.messages, true);
  }

  #encode(outgoing: Outgoing, place: readonly unknown[]): SentEvent {
    const offset = (++lastOffset).toString(36);
    // An acknowledgement is asked for of a client that is there, and nobody waits for it to come back.
    const isKept = outgoing.ackId === undefined && this.#pid !== undefined;
    const more = isKept ? [...place, offset] : place;
    const messages = encodeOutgoing(this.#context.codec, this.namespace, outgoing, more);
    return { offset, messages: messages.map((message) => new EngineMessage(message)) };
  }

  /**
   * Acknowledges an event. An error is the object `{ error }`. That nobody handles an event is no
   * answer: clients that send it again, or wait for so long, count on silence.
   */
  answer(ackId: AckId, answer: Answer): SendResult {
    if ("error" in answer && answer.error.code === "UNKNOWN_EVENT") {
      return this.refuse(answer.error);
    }
    const data = "data" in answer
      ? argumentsOf(answer.data)
      : [{ error: describeError(answer.error) }];
    // The cast: ids are numbers on this wire, and come from `receive`.
    return this.#sendPacket({ type: "ack", namespace: this.namespace, id: ackId as number, data });
  }

  /** Tells a mistake by the event `error`. */
  refuse(error: EventError, event?: string): SendResult {
    const about = event === undefined ? {} : { event };
    return this.#sendEvent("error", { ...describeError(error), ...about });
  }

  /** Tells that the client is in a room, and where its stream stands. */
  joined(room: string, { position, recovered, fields }: Joined): SendResult {
    return this.#sendEvent("room:joined", { ...fields, roomId: room, ...position, recovered });
  }

  /** Tells that the client is not in a room any more. */
  left(room: string): SendResult {
    this.#placed?.delete(room);
    return this.#sendEvent("room:left", { roomId: room });
  }

  /** Tells the operator of the server something about the client. */
  notice(notice: Notice): void {
    const subject = this.#id;
    this.#context.notify({ ...notice, subject, id: subject, address: this.remoteAddress });
  }

  /** Resolves when nothing waits to be sent any more. */
  drained(): Promise<void> {
    return this.#owner?.session.transport.drained() ?? Promise.resolve();
  }

  /** Ends the client: in this namespace, or, where it may come back, the whole session. */
  close(code = 1000, reason = ""): void {
    if (!this.#isOpen) return;
    const close = { code, reason, wasClean: true };
    const owner = this.#owner;
    if (owner !== undefined && returningCodes.has(code)) return owner.end(close);
    if (reason !== "") this.#sendEvent("error", { code, reason });
    this.#sendPacket({ type: "disconnect", namespace: this.namespace });
    this.end(close);
    owner?.left(this);
  }

  /** Ends the session at once. */
  terminate(): void {
    const close = { code: 1006, reason: "Terminated", wasClean: false };
    if (this.#owner === undefined) this.end(close);
    else this.#owner.end(close);
  }

  #sendEvent(event: string, data: unknown): SendResult {
    return this.#sendPacket({ type: "event", namespace: this.namespace, data: [event, data] });
  }

  #sendPacket(packet: Packet): SendResult {
    const messages = this.#context.codec.encode(packet).map((each) => new EngineMessage(each));
    return this.#sendMessages(messages, false);
  }

  #sendMessages(messages: readonly EngineMessage[], isShared: boolean): SendResult {
    if (!this.#isOpen) return "dropped";
    let result: SendResult = "sent";
    for (const message of messages) result = this.#owner?.session.send(message, isShared) ?? result;
    return result;
  }

  // ----- From the client to the application -----

  /** Begins: the client is welcomed. */
  open(application: Session): void {
    this.#application = application;
    application.open();
  }

  /**
   * Counts a packet of the client.
   *
   * @param size Bytes or characters of its messages; 0 where all of them were counted.
   * @returns Whether it may be read, or the client was told why not.
   */
  mayRead(size: number): boolean {
    if (!this.#isOpen) return false;
    return size === 0 || (this.#application?.mayRead?.(size) ?? true);
  }

  /**
   * Takes a packet of the client.
   *
   * @param size Bytes or characters of its messages that were not counted.
   * @returns A promise while events wait for their turn.
   */
  receive(packet: Packet, size: number): Promise<void> | undefined {
    const application = this.#application;
    if (application === undefined || !this.mayRead(size)) return undefined;
    const held = reportPacket(application, packet, (room) => this.#wantPlace(room));
    return held instanceof Promise ? this.#wait(held) : undefined;
  }

  /** No room has a longer name, and no client is in more of them, by default. */
  #wantPlace(room: string): void {
    const placed = this.#placed ??= new Set();
    if (room.length <= 256 && placed.size < 1_000) placed.add(room);
  }

  async #wait(held: Promise<void>): Promise<void> {
    this.#waiting++;
    await held;
    this.#waiting--;
  }

  // ----- The end, and coming back -----

  /** The transport has failed: the client may come back. */
  suspend(close: CloseInfo): void {
    const { recovery } = this.#context;
    if (this.#pid === undefined || recovery === undefined || !this.#isOpen) return this.end(close);
    this.#owner = undefined;
    recovery.suspend(this.#pid, close);
  }

  /** The client has come back, by another session: it is sent what it has missed. */
  resume(owner: PeerOwner, missed: readonly SentEvent[]): void {
    this.#owner = owner;
    for (const { messages } of missed) this.#sendMessages(messages, true);
    this.#sendConnect();
  }

  abandon(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.left(this);
    owner?.session.end("transport close");
  }

  expire(close: CloseInfo): void {
    this.end(close);
  }

  /** The client is gone, here at least. */
  end(close: CloseInfo): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#pid !== undefined) this.#context.recovery?.delete(this.#pid);
    // The application is told after the call that has led here.
    queueMicrotask(() => this.#application?.closed(close));
  }
}

/** An error as a client is told it. */
export function describeError({ code, message, details }: EventError): Record<string, unknown> {
  return { ...details, code, message };
}
