/** One client's session: who it is, its events in order, not too fast, and none of them fatal. */

import type { Grant } from "../auth/auth.ts";
import { type CloseKind, Closes } from "../../../wire/close_code.ts";
import { isPromiseLike } from "../../contain.ts";
import type { CloseInfo } from "../../types.ts";
import type { Authentication } from "../auth/authentication.ts";
import { EventError } from "../events/errors.ts";
import type { RateAllowance, RateLimiter, RateVerdict } from "../limits/rate_limiter.ts";
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
import { type OwedAcks, PendingAcks } from "./acks.ts";
import { EventOrder, type Task } from "./event_order.ts";
import { enterRooms, type RoomAccess } from "./room_entry.ts";

/** The authentication of a session's client. */
export type ClientAuthentication = Pick<
  Authentication<unknown>,
  "begin" | "end" | "isAwaited" | "mayPass" | "mayRead" | "present"
>;

/** The client, as far as its session needs it. */
export interface SessionClient {
  /** Names the client. */
  readonly id: string;
  /** Whether the client's messages are still handled. */
  readonly connected: boolean;
  /** The answers that it owes. */
  readonly acks: OwedAcks;
  /** Starts the closing handshake; the client's messages are not handled any more. */
  close(code: number, reason: string): void;
}

/** The application, as its sessions call it. */
export interface SessionHandler<C extends SessionClient> extends RoomAccess<C> {
  /** Tells what the client learns at first. */
  welcome(client: C): WelcomeFields;
  /** The client was welcomed and can be found from now on. */
  connected(client: C): Promise<void> | void;
  /** Handles an event; returns its acknowledgement, or a promise of it. */
  event(client: C, event: string, data: unknown): unknown;
  /** Whether the handler of an event runs beside those that follow. */
  isConcurrent(event: string): boolean;
  /** The client is told of a mistake. */
  refused(error: EventError): void;
  /** Says what to set where a client is told of a mistake; `undefined`: nothing. */
  advise(error: EventError, event: string | undefined): string | undefined;
  /** The client is gone. Does not throw. */
  disconnected(client: C, close: CloseInfo): void;
  /** A handler has failed. Does not throw. */
  failed(error: unknown, client: C, event: string): void;
}

/** The parts of a session besides its peer, its client and the application. */
export interface SessionSettings {
  /** How fast the client may send; without it, as fast as it can. */
  readonly rate: RateLimiter | undefined;
  /** Authenticates the client; without it, everybody is let in. */
  readonly authentication: ClientAuthentication | undefined;
}

/** A refused message. */
interface Refused {
  readonly event: string;
  readonly ackId?: AckId | undefined;
  /** The rooms that it is about. */
  readonly rooms?: readonly string[];
}

/**
 * Size of a message up to which one over the rate is read all the same: to be told which of them it
 * is helps the client, and costs no more than the answer.
 *
 * @limit bytes: the answer does not name it
 */
const maxSizeToName = 4_096;

/**
 * Handlers of concurrent events that run at a time for one client.
 *
 * @limit handlers: the client's next events wait for one more
 */
const maxConcurrent = 64;

/** Takes what a wire reports about one peer. */
export class ClientSession<C extends SessionClient> implements Session {
  readonly #peer: Peer;
  readonly #client: C;
  readonly #acks: PendingAcks;
  readonly #handler: SessionHandler<C>;
  readonly #rate: RateLimiter | undefined;
  readonly #authentication: ClientAuthentication | undefined;
  readonly #order: EventOrder;
  /** Of the message that is being read, where the wire has asked. */
  #verdict: RateVerdict | undefined;
  /** Handlers of concurrent events that run. */
  #concurrent = 0;
  /** Codes of errors that the operator was told of. */
  #noticed: Set<string> | undefined;

  constructor(peer: Peer, client: C, handler: SessionHandler<C>, settings: SessionSettings) {
    this.#peer = peer;
    this.#client = client;
    this.#handler = handler;
    this.#rate = settings.rate;
    this.#authentication = settings.authentication;
    this.#acks = PendingAcks.of(client);
    this.#order = new EventOrder(client);
    this.#acks.reading = this.#order;
  }

  // ----- Connection -----

  open(): void {
    const grant = this.#authentication?.begin();
    if (this.#authentication !== undefined && grant === undefined) {
      this.#peer.welcome({ id: this.#client.id, rateLimit: this.#allowance });
      return;
    }
    if (this.#welcome(grant)) this.#wait(this.#connect());
  }

  auth(token: unknown): Promise<void> | void {
    const authentication = this.#authentication;
    if (authentication === undefined) {
      return this.malformed(new EventError("UNKNOWN_EVENT", "Unknown event: auth"));
    }
    if (authentication.isAwaited) return this.#wait(this.#signIn(authentication, token));
    if (!this.#mayPass() || !this.#admit()) return;
    return this.#wait(this.#renew(authentication, token));
  }

  closed(close: CloseInfo): void {
    this.#authentication?.end();
    this.#acks.end();
    this.#rate?.end();
    this.#order.clear();
    this.#handler.disconnected(this.#client, close);
  }

  async #signIn(authentication: ClientAuthentication, token: unknown): Promise<void> {
    if (!await authentication.present(token)) return;
    this.#peer.authenticated();
    await this.#connect();
  }

  async #renew(authentication: ClientAuthentication, token: unknown): Promise<void> {
    if (await authentication.present(token)) this.#peer.authenticated();
  }

  /** How fast the client may send; `null` without a limit. */
  get #allowance(): RateAllowance | null {
    return this.#rate?.allowance ?? null;
  }

  /**
   * Says hello, and what a client claims that has signed in. Returns `false` where this has failed,
   * as JSON cannot carry it for instance, and the client is closed.
   */
  #welcome(grant: Grant<unknown> | undefined): boolean {
    try {
      this.#peer.welcome({ ...this.#handler.welcome(this.#client), rateLimit: this.#allowance });
      if (grant !== undefined) this.#peer.authenticated(grant.claims);
      return true;
    } catch (error) {
      this.#failToConnect(error);
      return false;
    }
  }

  /** Lets the client into the application. Never throws, never rejects. */
  #connect(): Promise<void> | void {
    try {
      return this.#handler.connected(this.#client)?.catch((error) => this.#failToConnect(error));
    } catch (error) {
      this.#failToConnect(error);
    }
  }

  #failToConnect(error: unknown): void {
    this.#handler.failed(error, this.#client, "connect");
    closeAs(this.#client, Closes.internalError);
  }

  /** Makes events wait for work that never rejects, if nothing runs; holds the wire back. */
  #wait(work: Promise<void> | void): Promise<void> | void {
    if (this.#order.isIdle) this.#order.begin(work);
    return this.#hold();
  }

  /** Runs a task behind those before it. */
  #add(task: Task): void {
    if (!this.#order.add(task)) closeAs(this.#client, Closes.tooManyEvents);
  }

  #hold(): Promise<void> | void {
    return this.#order.hold(this.#acks.size > 0);
  }

  // ----- Messages -----

  mayRead(size: number): boolean {
    const authentication = this.#authentication;
    if (authentication !== undefined) {
      if (!authentication.mayRead(size)) return false;
      if (authentication.isAwaited) return true;
    }
    const verdict = this.#rate?.check(size) ?? "pass";
    if (verdict === "pass" || verdict !== "disconnect" && size <= maxSizeToName) {
      this.#verdict = verdict;
      return true;
    }
    this.#limit(verdict);
    return false;
  }

  event(event: IncomingEvent): Promise<void> | void {
    if (!this.#mayPass() || !event.isCounted && !this.#admit(event)) return;
    if (this.#order.isIdle) this.#order.begin(this.#run(event));
    else this.#add(() => this.#run(event));
    return this.#hold();
  }

  join(request: JoinRequest): Promise<void> | void {
    const rooms = this.#mayPass() ? this.#admitJoins(request) : undefined;
    if (rooms === undefined) return;
    if (this.#order.isIdle) this.#order.begin(this.#join(request, rooms));
    else this.#add(() => this.#join(request, rooms));
    return this.#hold();
  }

  leave(request: LeaveRequest): Promise<void> | void {
    const { rooms, ackId } = request;
    if (!this.#mayPass() || !this.#admit({ event: "room:leave", ackId, rooms })) return;
    if (this.#order.isIdle) return this.#leave(request);
    this.#add(() => this.#leave(request));
    return this.#hold();
  }

  malformed(error: EventError, event?: string): void {
    if (!this.#mayPass() || !this.#admit()) return;
    this.#refuse(error, event === undefined ? undefined : { event });
  }

  answered(ackId: number, answer: Answer): void {
    if (!this.#mayPass()) return;
    // An answer that nothing waits for is ignored, but it counts as a message.
    if (!this.#acks.answer(ackId, answer)) return void this.#admit();
    if (this.#verdict === "pass") this.#rate?.giveBack();
    this.#verdict = undefined;
  }

  #mayPass(): boolean {
    return this.#authentication?.mayPass() ?? true;
  }

  // ----- Events -----

  /**
   * Runs one event and answers it. Never throws, never rejects.
   *
   * @returns A promise that the next event has to wait for.
   */
  #run(incoming: IncomingEvent): Promise<void> | void {
    try {
      const result = this.#handler.event(this.#client, incoming.event, incoming.data);
      if (!isPromiseLike(result)) return this.#acknowledge(incoming.ackId, result);
      const answered = this.#answerLater(incoming, result);
      if (!this.#mayOverlap(incoming.event)) return answered;
      this.#concurrent++;
      answered.then(() => this.#concurrent--);
    } catch (error) {
      this.#fail(incoming, error);
    }
  }

  #mayOverlap(event: string): boolean {
    return this.#concurrent < maxConcurrent && this.#handler.isConcurrent(event);
  }

  async #answerLater(incoming: IncomingEvent, result: PromiseLike<unknown>): Promise<void> {
    try {
      this.#acknowledge(incoming.ackId, await result);
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
    if (!this.#admit({ event: "room:join", ackId, rooms: names })) return undefined;
    const { admitted, verdict } = this.#rate?.checkJoins(rooms.length) ??
      { admitted: rooms.length, verdict: "pass" };
    if (verdict === "pass") return rooms;
    const isSingle = rooms.length === 1;
    const refused = { event: "room:join", rooms: names.slice(admitted) };
    this.#limit(verdict, isSingle ? { ...refused, ackId } : refused, "room:join");
    return verdict === "disconnect" || isSingle ? undefined : rooms.slice(0, admitted);
  }

  /** Never rejects. */
  async #join({ ackId, rooms: all }: JoinRequest, rooms: readonly RoomRequest[]): Promise<void> {
    const isSingle = all.length === 1;
    let hasFailed = false;
    await enterRooms(this.#client, rooms, this.#handler, (error, room) => {
      hasFailed = true;
      const refused = { event: "room:join", ackId: isSingle ? ackId : undefined };
      this.#refuse(this.#refusalOf(error, room), refused);
    });
    if (!isSingle || !hasFailed) this.#acknowledge(ackId, { status: "ok" });
  }

  #leave({ rooms, ackId }: LeaveRequest): void {
    for (const room of rooms) this.#handler.leave(this.#client, room);
    this.#acknowledge(ackId, { status: "ok" });
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

  #acknowledge(ackId: AckId | undefined, data: unknown): void {
    if (ackId !== undefined) this.#peer.answer(ackId, { data });
  }

  #fail(incoming: IncomingEvent, error: unknown): void {
    if (error instanceof EventError) return this.#refuse(error, incoming);
    this.#handler.failed(error, this.#client, incoming.event);
    this.#refuse(new EventError("INTERNAL", "Internal error"), incoming);
  }

  /** @param about The event that the operator is told of; `null`: of none. */
  #refuse(error: EventError, refused?: Refused, about = refused?.event ?? null): void {
    this.#handler.refused(error);
    this.#notice(error, about ?? undefined);
    if (refused?.ackId === undefined) this.#peer.refuse(error, refused?.event);
    else this.#peer.answer(refused.ackId, { error });
  }

  /** Tells the operator of each kind of mistake once. */
  #notice(error: EventError, event: string | undefined): void {
    if (this.#peer.notice === undefined || this.#noticed?.has(error.code)) return;
    const message = this.#handler.advise(error, event);
    if (message === undefined) return;
    (this.#noticed ??= new Set()).add(error.code);
    this.#peer.notice({ code: error.code, message });
  }

  // ----- Rate -----

  /** Asks the rate limit about a message, unless that is done, and answers one that is too many. */
  #admit(incoming?: Refused): boolean {
    let verdict = this.#verdict ?? this.#rate?.check() ?? "pass";
    this.#verdict = undefined;
    // Messages about rooms are counted by rooms.
    if (verdict === "pass" && incoming !== undefined && incoming.rooms === undefined) {
      verdict = this.#rate?.checkEvent(incoming.event) ?? "pass";
    }
    if (verdict === "pass") return true;
    // The rate of rooms has no part in it.
    const about = incoming?.rooms === undefined ? incoming?.event ?? null : null;
    this.#limit(verdict, incoming, about);
    return false;
  }

  /** @param about The event whose rate may be exceeded. */
  #limit(
    verdict: Exclude<RateVerdict, "pass">,
    refused?: Refused,
    about: string | null = null,
  ): void {
    if (verdict === "disconnect") return closeAs(this.#client, Closes.rateLimited);
    const details = { retryAfter: verdict.retryAfter, ...roomFields(refused?.rooms) };
    this.#refuse(
      new EventError("RATE_LIMITED", "Rate limit exceeded", { details }),
      refused,
      about,
    );
  }
}

/** Tells a client which of its rooms are refused. */
function roomFields(rooms: readonly string[] | undefined): Record<string, unknown> | undefined {
  if (rooms === undefined) return undefined;
  return rooms.length === 1 ? { roomId: rooms[0] } : { roomIds: rooms };
}

function closeAs(client: Pick<SessionClient, "close">, { code, reason }: CloseKind): void {
  client.close(code, reason);
}
