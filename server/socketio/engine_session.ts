/** One client of the engine, whichever transport it uses now: heartbeat, messages, the end. */

import type { DeadlineItem, Deadlines } from "../deadlines.ts";
import type { CloseInfo, SendResult } from "../types.ts";
import type { Entry } from "../wires/wire.ts";
import { encodeEnginePacket, type EngineMessage, type EnginePacket } from "./engine_packet.ts";
import type { EngineTransportName } from "./options.ts";

/** Why a session has ended, in the words of Socket.IO. */
export type EngineEnd =
  | "transport close"
  | "transport error"
  | "ping timeout"
  | "parse error"
  | "slow consumer"
  | "forced close";

/** Why a session has ended, as others close a connection. */
export function closeOf(reason: EngineEnd): CloseInfo {
  if (reason === "forced close") return { code: 1001, reason: "Shutting down", wasClean: true };
  return { code: reason === "slow consumer" ? 1013 : 1006, reason, wasClean: false };
}

/** Carries the packets of one session to its client. */
export interface EngineTransport {
  readonly name: EngineTransportName;
  /** Bytes that wait. */
  readonly bufferedAmount: number;
  /** Whether more waits than the high-water mark. */
  readonly congested: boolean;
  /** Whether a message that is sent now leaves now. */
  readonly writable: boolean;
  /**
   * Sends a message.
   *
   * @param isShared Whether others are sent it, too.
   */
  send(message: EngineMessage, isShared: boolean): SendResult;
  /** Sends a packet that is no message. */
  sendPacket(packet: string): void;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
  /**
   * Ends; the session has. Waiting packets are sent first where the session was ended by us.
   *
   * @returns Whether the client need not be awaited for that.
   */
  end(reason: EngineEnd): boolean;
}

/** Takes what a session reports. */
export interface EngineHandlers {
  /**
   * A message has come. A promise that is returned holds those behind it back.
   *
   * @param request The request that has carried it, where that is not the one of a WebSocket.
   */
  message(data: string | Uint8Array, request: Request | undefined): unknown;
  /** The client uses WebSocket from now on. */
  upgraded?(): void;
  /** The session has ended. No call follows. */
  closed(reason: EngineEnd): void;
}

/** The parts that all sessions of a server share. */
export interface SessionContext {
  readonly deadlines: Deadlines;
  readonly now: () => number;
  readonly pingInterval: number;
  readonly pingTimeout: number;
}

/** The client of a session. */
export interface SessionOrigin {
  readonly sid: string;
  /** The client, as the server has let it in. */
  readonly entry: Entry;
}

/** A change to WebSocket that is being tried. */
export interface PendingUpgrade {
  /** Gives it up. */
  cancel(): void;
}

const noHandlers: EngineHandlers = { message() {}, closed() {} };

/**
 * A check that comes so much later than it should says nothing: our process stood still.
 * Milliseconds.
 */
const grace = 1_000;

/** The event that a session waits for. */
type Due = "ping" | "pong" | "forget";

/** The one timer of a session, without closures: there are many sessions. */
class SessionTimer implements DeadlineItem {
  readonly #session: EngineSession;
  deadline = Infinity;
  due: Due = "ping";
  listIndex: number | undefined;

  constructor(session: EngineSession) {
    this.#session = session;
  }

  onDeadline(): void {
    this.#session.expire(this.due);
  }
}

/** A session, from its handshake to its end. */
export class EngineSession {
  /** Names the session in its client's requests: a secret. */
  readonly sid: string;
  /** The client, as the server has let it in. */
  readonly entry: Entry;
  readonly #context: SessionContext;
  readonly #forget: (session: EngineSession) => void;
  #transport: EngineTransport;
  #isOpen = true;
  #upgrade: PendingUpgrade | undefined;
  /** Messages that are being handled. */
  #handling = 0;
  /** When the ping that waits for its pong was due. */
  #pingedAt: number | undefined;
  /** When the next or the last ping is due. */
  #pingAt = 0;
  #isExcused = false;
  readonly #timer: SessionTimer;
  /** Takes what happens; to be set before anything can. */
  handlers: EngineHandlers = noHandlers;

  /**
   * @param makeTransport Makes the transport that it uses first.
   * @param forget Called when no request need find the session any more.
   */
  constructor(
    { sid, entry }: SessionOrigin,
    makeTransport: (session: EngineSession) => EngineTransport,
    context: SessionContext,
    forget: (session: EngineSession) => void,
  ) {
    this.sid = sid;
    this.entry = entry;
    this.#context = context;
    this.#forget = forget;
    this.#timer = new SessionTimer(this);
    this.#transport = makeTransport(this);
    this.#pingLater(context.now());
  }

  /** Address of the client. */
  get remoteAddress(): string {
    return this.entry.remoteAddress;
  }

  /** The transport that it uses now. */
  get transport(): EngineTransport {
    return this.#transport;
  }

  /** `false` as soon as it has ended, although its client may not know yet. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether a change to WebSocket is being tried. */
  get isUpgrading(): boolean {
    return this.#upgrade !== undefined;
  }

  // ----- Messages -----

  /**
   * Sends a message.
   *
   * @param isShared Whether others are sent it, too.
   */
  send(message: EngineMessage, isShared = false): SendResult {
    return this.#isOpen ? this.#transport.send(message, isShared) : "dropped";
  }

  /**
   * Takes a packet of the client.
   *
   * @param request The request that has carried it, where that is not the one of a WebSocket.
   * @returns A promise holds the packets behind it back.
   */
  receive({ type, data }: EnginePacket, request?: Request): Promise<void> | undefined {
    if (!this.#isOpen) return undefined;
    if (type === "message") return this.#deliver(data, request);
    if (type === "pong") this.#pong();
    else if (type === "close") this.end("transport close");
    // A client has no other packets to send but in a probe. `noop` means nothing.
    else if (type !== "noop") this.end("parse error");
    return undefined;
  }

  #deliver(data: string | Uint8Array, request: Request | undefined): Promise<void> | undefined {
    const handled: unknown = this.handlers.message(data, request);
    return handled instanceof Promise ? this.#hold(handled) : undefined;
  }

  async #hold(handled: Promise<unknown>): Promise<void> {
    this.#handling++;
    try {
      await handled;
    } finally {
      this.#handling--;
    }
  }

  // ----- Heartbeat -----

  /**
   * Ends the session if its pong is late: a request is more exact than the timer of all sessions.
   */
  checkAlive(): void {
    const { now, pingTimeout } = this.#context;
    if (!this.#isOpen || this.#pingedAt === undefined || this.#isHeld) return;
    const late = now() - this.#pingedAt - pingTimeout;
    if (late >= 0 && late < grace) this.end("ping timeout");
  }

  /** Whether a pong could not be read, or was not asked for: we hold the client back. */
  get #isHeld(): boolean {
    return this.#handling > 0 || this.isUpgrading;
  }

  #pingLater(from: number): void {
    const { now, pingInterval } = this.#context;
    this.#pingedAt = undefined;
    this.#pingAt = from + pingInterval;
    this.#wait(this.#pingAt - now(), "ping");
  }

  /** Sends a ping, but for one that would meet a change of transport: that goes behind it. */
  #ping(): void {
    if (this.isUpgrading) return;
    const { now, pingTimeout } = this.#context;
    // From when it was due: the client counts from there, too.
    this.#pingedAt = now() - this.#pingAt < grace ? this.#pingAt : now();
    this.#isExcused = false;
    this.#transport.sendPacket(encodeEnginePacket("ping"));
    this.#wait(this.#pingedAt + pingTimeout - now(), "pong");
  }

  /** An unrequested pong changes nothing. */
  #pong(): void {
    if (this.#pingedAt !== undefined) this.#pingLater(this.#context.now());
  }

  /** Packets of the client may be unread where our process has stood still: it is once excused. */
  #pongMissing(): void {
    const { now, pingTimeout } = this.#context;
    const late = now() - (this.#pingedAt ?? 0) - pingTimeout;
    if (!this.#isHeld && (late < grace || this.#isExcused)) return this.end("ping timeout");
    this.#isExcused = !this.#isHeld;
    this.#wait(Math.min(pingTimeout, grace), "pong");
  }

  #wait(delay: number, due: Due): void {
    const { now, deadlines } = this.#context;
    this.#timer.deadline = now() + Math.max(0, delay);
    this.#timer.due = due;
    deadlines.add(this.#timer);
  }

  #stopTimer(): void {
    this.#context.deadlines.delete(this.#timer);
  }

  /** The deadline is over. */
  expire(due: Due): void {
    this.#stopTimer();
    if (due === "ping") this.#ping();
    else if (due === "pong") this.#pongMissing();
    else this.forget();
  }

  // ----- Upgrade -----

  /** A change to WebSocket is tried, or with `undefined` not any more. */
  setUpgrade(upgrade: PendingUpgrade | undefined): void {
    this.#upgrade = upgrade;
    if (upgrade !== undefined || !this.#isOpen || this.#pingedAt !== undefined) return;
    this.#wait(this.#pingAt - this.#context.now(), "ping");
  }

  /** The client has changed: from now on everything goes by the new transport. */
  upgrade(transport: EngineTransport): void {
    this.#transport = transport;
    this.setUpgrade(undefined);
    this.handlers.upgraded?.();
  }

  // ----- The end -----

  /** Ends the session; what was sent before reaches the client first. */
  close(): void {
    this.end("forced close");
  }

  /** Ends the session, if it has not ended. */
  end(reason: EngineEnd): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopTimer();
    this.#upgrade?.cancel();
    if (this.#transport.end(reason)) this.#forget(this);
    // The client has to fetch its end. Where it does not, nobody waits for long.
    else this.#wait(this.#context.pingTimeout, "forget");
    this.handlers.closed(reason);
  }

  /** The client knows of the end. */
  forget(): void {
    this.#stopTimer();
    this.#forget(this);
  }
}
