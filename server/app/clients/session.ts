/** One client's events: in order, one at a time, not too fast, and none of them fatal. */

import { isPromiseLike } from "../../contain.ts";
import type { CloseInfo } from "../../types.ts";
import { type OwedAcks, PendingAcks } from "./acks.ts";
import { EventError } from "../events/errors.ts";
import type {
  AckId,
  Answer,
  IncomingEvent,
  JoinRequest,
  LeaveRequest,
  Peer,
  RoomRequest,
  Session,
  WelcomeFields,
} from "../peer.ts";
import type { JoinFrom } from "../streams/position.ts";
import type { RateAllowance, RateLimiter, RateVerdict } from "../limits/rate_limiter.ts";

/** What a session needs to know of its client. */
export interface SessionClient {
  /** Whether the client may still be heard. */
  readonly connected: boolean;
  /** The answers that it owes. */
  readonly acks: OwedAcks;
  /** Starts the closing handshake; the client is not heard any more. */
  close(code: number, reason: string): void;
}

/** What a client that joins is told besides the position, or a promise of it. */
export type JoinFields =
  | Readonly<Record<string, unknown>>
  | undefined
  | void
  | PromiseLike<Readonly<Record<string, unknown>> | undefined | void>;

/** What is refused. */
interface Refused {
  readonly event: string;
  readonly ackId?: AckId | undefined;
  /** The rooms that it asks for. */
  readonly rooms?: readonly string[];
}

/** What the application does for its sessions. */
export interface SessionHandler<C extends SessionClient> {
  /** Tells what the client learns at first. */
  welcome(client: C): WelcomeFields;
  /** The client was welcomed and can be found from now on. */
  connected(client: C): Promise<void> | void;
  /** Handles an event; returns its acknowledgement, or a promise of it. */
  event(client: C, event: string, data: unknown): unknown;
  /**
   * Decides whether a client may join a room.
   *
   * @throws {unknown} It may not.
   */
  mayJoin(client: C, room: string): JoinFields;
  /** Lets a client into a room, sends it what it has missed, and tells it. May reject. */
  enter(
    client: C,
    room: string,
    from: JoinFrom | undefined,
    fields: Awaited<JoinFields>,
  ): Promise<void>;
  /** Takes a client out of a room. */
  leave(client: C, room: string): void;
  /** The client is told of a mistake. */
  refused(error: EventError): void;
  /** Says what to set where a client is told of a mistake; `undefined`: nothing. */
  advise(error: EventError, event: string | undefined): string | undefined;
  /** The client is gone. Does not throw. */
  disconnected(client: C, close: CloseInfo): void;
  /** A handler has failed. Does not throw. */
  failed(error: unknown, client: C, event: string): void;
}

/**
 * Events that may wait for their turn; only a wire that cannot hold them back gets there.
 *
 * @limit events: 1008
 */
const maxWaiting = 256;

/**
 * Size of a message up to which one over the rate is read all the same: to be told which of them it
 * is helps the client, and costs no more than the answer.
 *
 * @limit bytes: the answer does not name it
 */
const maxSizeToName = 4_096;

/**
 * Rooms that one client is sent missed messages of at a time.
 *
 * @limit rooms: one after the other
 */
const maxEntering = 4;

/** Runs the events of one peer. */
export class PeerSession<C extends SessionClient> implements Session {
  readonly #peer: Peer;
  readonly #client: C;
  readonly #acks: PendingAcks;
  readonly #handler: SessionHandler<C>;
  readonly #rate: RateLimiter | undefined;
  /** Of the message that is being read, where the wire has asked. */
  #verdict: RateVerdict | undefined;
  /** What is to be run when its turn comes. */
  readonly #waiting: (() => Promise<void> | void)[] = [];
  /** Codes of errors that the operator was told of. */
  #noticed: Set<string> | undefined;
  /** Settles when nothing runs and nothing waits any more. */
  #running: Promise<void> | undefined;
  /** What the wire waits for before it goes on reading. */
  #held: PromiseWithResolvers<void> | undefined;

  constructor(
    peer: Peer,
    client: C,
    handler: SessionHandler<C>,
    rate: RateLimiter | undefined,
  ) {
    this.#peer = peer;
    this.#client = client;
    this.#handler = handler;
    this.#rate = rate;
    this.#acks = PendingAcks.of(client);
    this.#acks.onAsked = () => this.#release();
  }

  /** See {@linkcode Session}. */
  open(): void {
    if (this.welcome()) this.wait(this.connect());
  }

  /** How fast the client may send; `null` without a limit. */
  get allowance(): RateAllowance | null {
    return this.#rate?.allowance ?? null;
  }

  /** Says hello. Returns `false` where this has failed, and the client is closed. */
  welcome(): boolean {
    try {
      this.#peer.welcome({ ...this.#handler.welcome(this.#client), rateLimit: this.allowance });
      return true;
    } catch (error) {
      this.#failToConnect(error);
      return false;
    }
  }

  /** Lets the client into the application. Never throws, never rejects. */
  connect(): Promise<void> | void {
    try {
      return this.#handler.connected(this.#client)?.catch((error) => this.#failToConnect(error));
    } catch (error) {
      this.#failToConnect(error);
    }
  }

  /** Makes events wait for something that never rejects, if nothing runs; holds the wire back. */
  wait(work: Promise<void> | void): Promise<void> | void {
    if (this.#running === undefined) this.#begin(work);
    return this.#hold();
  }

  /** See {@linkcode Session}. */
  mayRead(size: number): boolean {
    const verdict = this.#rate?.check(size) ?? "pass";
    if (verdict === "pass" || verdict !== "disconnect" && size <= maxSizeToName) {
      this.#verdict = verdict;
      return true;
    }
    this.#limit(verdict);
    return false;
  }

  /** See {@linkcode Session}. */
  event(event: IncomingEvent): Promise<void> | void {
    if (!event.isCounted && !this.admit(event)) return;
    if (this.#running === undefined) this.#begin(this.#run(event));
    else this.#runLater(() => this.#run(event));
    return this.#hold();
  }

  /** See {@linkcode Session}. */
  join(request: JoinRequest): Promise<void> | void {
    const rooms = this.#admitJoins(request);
    if (rooms === undefined) return;
    if (this.#running === undefined) this.#begin(this.#join(request, rooms));
    else this.#runLater(() => this.#join(request, rooms));
    return this.#hold();
  }

  /** See {@linkcode Session}. */
  leave({ rooms, ackId }: LeaveRequest): Promise<void> | void {
    if (!this.admit({ event: "room:leave", ackId })) return;
    const leave = () => {
      for (const room of rooms) this.#handler.leave(this.#client, room);
      this.#acknowledge({ ackId }, { status: "ok" });
    };
    if (this.#running === undefined) return leave();
    this.#runLater(leave);
    return this.#hold();
  }

  /** See {@linkcode Session}. Who everybody is, is not asked here. */
  auth(_token: unknown): void {
    this.malformed(new EventError("UNKNOWN_EVENT", "Unknown event: auth"));
  }

  /** See {@linkcode Session}. */
  malformed(error: EventError, event?: string): void {
    if (this.admit()) this.#refuse(error, event === undefined ? undefined : { event });
  }

  /** See {@linkcode Session}. */
  answered(ackId: number, answer: Answer): void {
    // One that nobody waits for is ignored, but it counts as a message.
    if (!this.#acks.answer(ackId, answer)) return void this.admit();
    if (this.#verdict === "pass") this.#rate?.giveBack();
    this.#verdict = undefined;
  }

  /** See {@linkcode Session}. */
  closed(close: CloseInfo): void {
    this.#acks.end();
    this.#rate?.end();
    this.#waiting.length = 0;
    this.#handler.disconnected(this.#client, close);
  }

  #failToConnect(error: unknown): void {
    this.#handler.failed(error, this.#client, "connect");
    this.#client.close(1011, "Internal error");
  }

  // ----- Order -----

  /** Marks the session as busy until `first` and what has come meanwhile are done. */
  #begin(first: Promise<void> | void): void {
    if (first !== undefined) this.#running = this.#finish(first);
  }

  /**
   * Holds the wire back until nothing runs any more. A client that owes an answer must be heard,
   * as the handler may wait for it: then events gather, up to half of what may wait.
   */
  #hold(): Promise<void> | void {
    if (this.#running === undefined) return;
    if (this.#acks.size > 0 && this.#waiting.length < maxWaiting / 2) return;
    this.#held ??= Promise.withResolvers();
    return this.#held.promise;
  }

  #release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  #runLater(run: () => Promise<void> | void): void {
    if (this.#waiting.length < maxWaiting) this.#waiting.push(run);
    else this.#client.close(1008, "Too many events waiting");
  }

  async #finish(first: Promise<void>): Promise<void> {
    await first;
    for (let next; (next = this.#waiting.shift()) !== undefined;) {
      if (this.#client.connected) await next();
    }
    this.#running = undefined;
    this.#release();
  }

  /** Runs one event and answers it. Never throws, never rejects. */
  #run(incoming: IncomingEvent): Promise<void> | void {
    try {
      const result = this.#handler.event(this.#client, incoming.event, incoming.data);
      if (isPromiseLike(result)) return this.#answerLater(incoming, result);
      this.#acknowledge(incoming, result);
    } catch (error) {
      this.#fail(incoming, error);
    }
  }

  async #answerLater(incoming: IncomingEvent, result: PromiseLike<unknown>): Promise<void> {
    try {
      this.#acknowledge(incoming, await result);
    } catch (error) {
      this.#fail(incoming, error);
    }
  }

  // ----- Rooms -----

  /**
   * Asks the rate limit about a message and its rooms.
   *
   * @returns The rooms that may be joined; `undefined` where the whole message is answered.
   */
  #admitJoins({ rooms, ackId, isCounted }: JoinRequest): readonly RoomRequest[] | undefined {
    if (isCounted) return rooms;
    const names = rooms.map(({ room }) => room);
    if (!this.admit({ event: "room:join", ackId, rooms: names })) return undefined;
    const { admitted, verdict } = this.#rate?.checkJoins(rooms.length) ??
      { admitted: rooms.length, verdict: "pass" };
    if (verdict === "pass") return rooms;
    const isSingle = rooms.length === 1;
    const refused = { event: "room:join", rooms: names.slice(admitted) };
    this.#limit(verdict, isSingle ? { ...refused, ackId } : refused);
    return verdict === "disconnect" || isSingle ? undefined : rooms.slice(0, admitted);
  }

  /**
   * Joins rooms: they are decided about one by one, and the messages that were missed in them are
   * sent side by side. Never rejects.
   */
  async #join({ ackId, rooms: all }: JoinRequest, rooms: readonly RoomRequest[]): Promise<void> {
    const isSingle = all.length === 1;
    const entering = new Set<Promise<void>>();
    let hasFailed = false;
    const fail = (error: unknown, room: string) => {
      hasFailed = true;
      const refused = { event: "room:join", ackId: isSingle ? ackId : undefined };
      this.#refuse(this.#refusalOf(error, room), refused);
    };
    for (const { room, from } of rooms) {
      if (!this.#client.connected) return;
      if (entering.size >= maxEntering) await Promise.race(entering);
      try {
        const decision = this.#handler.mayJoin(this.#client, room);
        const fields = isPromiseLike(decision) ? await decision : decision;
        const entered = this.#handler.enter(this.#client, room, from, fields)
          .catch((error) => fail(error, room))
          .finally(() => entering.delete(entered));
        entering.add(entered);
      } catch (error) {
        fail(error, room);
      }
    }
    await Promise.all(entering);
    if (!isSingle || !hasFailed) this.#acknowledge({ ackId }, { status: "ok" });
  }

  /** Makes an error that names the room. */
  #refusalOf(error: unknown, room: string): EventError {
    if (error instanceof EventError) {
      const { code, message, details } = error;
      return new EventError(code, message, { cause: error, details: { ...details, roomId: room } });
    }
    this.#handler.failed(error, this.#client, "room:join");
    return new EventError("INTERNAL", "Internal error", { details: { roomId: room } });
  }

  // ----- Answers -----

  #acknowledge({ ackId }: Pick<IncomingEvent, "ackId">, data: unknown): void {
    if (ackId !== undefined) this.#peer.answer(ackId, { data });
  }

  #fail(incoming: IncomingEvent, error: unknown): void {
    if (error instanceof EventError) return this.#refuse(error, incoming);
    this.#handler.failed(error, this.#client, incoming.event);
    this.#refuse(new EventError("INTERNAL", "Internal error"), incoming);
  }

  #refuse(error: EventError, incoming?: Refused): void {
    this.#handler.refused(error);
    this.#notice(error, incoming?.event);
    if (incoming?.ackId === undefined) this.#peer.refuse(error, incoming?.event);
    else this.#peer.answer(incoming.ackId, { error });
  }

  /** Tells the operator of each kind of mistake once. */
  #notice(error: EventError, event: string | undefined): void {
    if (this.#peer.notice === undefined || this.#noticed?.has(error.code)) return;
    const message = this.#handler.advise(error, event);
    if (message === undefined) return;
    (this.#noticed ??= new Set()).add(error.code);
    this.#peer.notice({ code: error.code, message });
  }

  /** Asks the rate limit about a message, unless that is done, and answers one that is too many. */
  admit(incoming?: Refused): boolean {
    let verdict = this.#verdict ?? this.#rate?.check() ?? "pass";
    this.#verdict = undefined;
    if (verdict === "pass" && incoming !== undefined && incoming.rooms === undefined) {
      verdict = this.#rate?.checkEvent(incoming.event) ?? "pass";
    }
    if (verdict === "pass") return true;
    this.#limit(verdict, incoming);
    return false;
  }

  #limit(verdict: Exclude<RateVerdict, "pass">, incoming?: Refused): void {
    if (verdict === "disconnect") return this.#client.close(1008, "Rate limit exceeded");
    const { retryAfter } = verdict;
    const details = { retryAfter, ...namesOf(incoming?.rooms) };
    this.#refuse(new EventError("RATE_LIMITED", "Rate limit exceeded", { details }), incoming);
  }
}

/** Tells a client which of its rooms are refused. */
function namesOf(rooms: readonly string[] | undefined): Record<string, unknown> | undefined {
  if (rooms === undefined) return undefined;
  return rooms.length === 1 ? { roomId: rooms[0] } : { roomIds: rooms };
}
