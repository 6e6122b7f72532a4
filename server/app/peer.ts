/** The seam between the application and the wires: one endpoint, and what it reports. */

import type { Admission, CloseInfo, Notice, RequestInfo, SendResult } from "../types.ts";
import type { EventError } from "./events/errors.ts";
import type { HttpFeatures } from "./http_features.ts";
import type { AppStats } from "./stats/meter.ts";
import type { Outgoing } from "./events/outgoing.ts";
import type { Joined, JoinFrom } from "./streams/position.ts";

/**
 * Names one request for an acknowledgement, among those of its peer. The wire decides what it looks
 * like: over JSON it is what the client has sent, a string of 1 to 128 characters.
 */
export type AckId = string | number;

/**
 * What an acknowledgement says: what a handler has returned, or why it has not.
 */
export type Answer = { readonly data: unknown } | { readonly error: EventError };

/**
 * An event that has come from a client.
 */
export interface IncomingEvent {
  /** Event name, as the client wrote it. */
  readonly event: string;
  /** What the event carries, unchecked. */
  readonly data: unknown;
  /** Present where the client wants an acknowledgement. */
  readonly ackId?: AckId | undefined;
  /** `true` where it is a part of what the rate limit has counted already. */
  readonly isCounted?: boolean;
}

/**
 * One client's endpoint, whatever its wire. None of its sends throws because of the peer.
 */
export interface Peer {
  /** Becomes the client's id, which others see: no secret. Without it the client draws its own. */
  readonly id?: string;
  /** The request that opened it. */
  readonly request: Request;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** What the `upgrade` hook attached. */
  readonly data: unknown;
  /** What the acceptor's `admit` has answered about its request. */
  readonly admission?: Admission;
  /** Bytes that wait to be handed to the kernel. */
  readonly bufferedAmount: number;
  /** `true` while more waits than the high-water mark allows: volatile events are skipped. */
  readonly congested: boolean;
  /** Says hello: the first thing that a client is told. */
  welcome(fields: WelcomeFields): SendResult;
  /** Says that the client's token was accepted, and what it claims. */
  authenticated(claims?: Readonly<Record<string, unknown>>): SendResult;
  /** Sends an event, one with an `ackId` as a request for an acknowledgement. */
  send(outgoing: Outgoing): SendResult;
  /** Acknowledges an event of the client. */
  answer(ackId: AckId, answer: Answer): SendResult;
  /**
   * Tells about a mistake that no acknowledgement can carry.
   *
   * @param error What it is.
   * @param event The event that it is about, where it is about one.
   */
  refuse(error: EventError, event?: string): SendResult;
  /** Tells the operator of the server something about its client, for wires that can. */
  notice?(notice: Notice): void;
  /**
   * Tells the client that it is in a room: after the messages that it has missed, and before those
   * that follow the position. Called for a join that the client has asked for, and again where the
   * stream was lost.
   */
  joined(room: string, joined: Joined): SendResult;
  /** Tells the client that it is not in a room any more of which `joined` has told it. */
  left(room: string): SendResult;
  /**
   * Resolves when nothing waits to be sent any more, or the endpoint has ended. A client that catches
   * up is sent its next message then.
   */
  drained(): Promise<void>;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the endpoint at once. */
  terminate(): void;
}

/**
 * What a client is told about itself, first of all: the event `welcome`.
 */
export interface WelcomeFields {
  /** The client's id. */
  readonly id: string;
  /** How fast it may send: messages per second, and at once; `null` without a limit. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number } | null;
  /** What the application adds. */
  readonly [field: string]: unknown;
}

/** A room that a client asks for. */
export interface RoomRequest {
  /** Room name, unchecked. */
  readonly room: string;
  /** What the client is to be sent first; without it, only what is published from now on. */
  readonly from?: JoinFrom | undefined;
}

/** Rooms that a client asks for by one message. */
export interface JoinRequest {
  /** The rooms, in the order in which they are joined. */
  readonly rooms: readonly RoomRequest[];
  /**
   * Present where the client wants an acknowledgement. Of one room it is `{ status: "ok" }` or the
   * error. Of several it is `{ status: "ok" }` when all are decided, and each room that was refused
   * has been told by `refuse`.
   */
  readonly ackId?: AckId | undefined;
  /** `true` where it is a part of what the rate limit has counted already. */
  readonly isCounted?: boolean;
}

/** Rooms that a client leaves by one message. */
export interface LeaveRequest {
  /** The rooms, unchecked. One that the client is not in is left out. */
  readonly rooms: readonly string[];
  /** Present where the client wants an acknowledgement: `{ status: "ok" }`. */
  readonly ackId?: AckId | undefined;
}

/**
 * What a wire reports about its peer. No method throws, no promise rejects.
 */
export interface Session {
  /** The peer is ready to send and receive. Called once, before all others. */
  open(): void;
  /**
   * Tells whether a message may be read that has come, before any work is done for it. Without this
   * method, each may. If so, what it says is reported next, by one of the methods below; if not, the
   * peer has been told, and nothing is to be reported. A wire that does not ask has its
   * messages counted when it reports them.
   *
   * @param size Bytes or characters of the message.
   */
  mayRead?(size: number): boolean;
  /**
   * An event has come. While the promise is pending, the wire holds back what follows; a wire
   * that cannot do so may report a few events more, which then wait for their turn.
   */
  event(event: IncomingEvent): Promise<void> | void;
  /**
   * The client wants to be in rooms. Each is answered by `joined` of the peer, or by `refuse` with
   * the event `room:join` and the field `roomId`. The same holds for the promise.
   */
  join(request: JoinRequest): Promise<void> | void;
  /** The client leaves rooms; `left` of the peer answers. The same holds for the promise. */
  leave(request: LeaveRequest): Promise<void> | void;
  /** The client has presented a token. The same holds for the promise. */
  auth(token: unknown): Promise<void> | void;
  /**
   * A message has come that is no event.
   *
   * @param error What is wrong.
   * @param event The event that it was meant to be, where that is known.
   */
  malformed(error: EventError, event?: string): void;
  /** The peer has answered an event that the server sent. Answers need not wait for events. */
  answered(ackId: number, answer: Answer): void;
  /** The peer is gone. Called once, after all others. */
  closed(close: CloseInfo): void;
}

/**
 * Whatever takes in peers: an {@linkcode App}.
 */
export interface PeerAcceptor {
  /** What it offers over plain HTTP; without it, nothing. */
  readonly http?: HttpFeatures;
  /**
   * Decides about the request that is to open a peer's connection. Without it, all are admitted.
   *
   * @param request The request.
   * @param info Who asks.
   * @returns A response that refuses it, or what to hand over as the peer's `admission`.
   */
  admit?(request: Request, info: RequestInfo): Promise<Response | Admission>;
  /**
   * Decides as `admit` does, where the request need not be read for that. The wire asks this first,
   * as it takes time to make a standard `Request`.
   *
   * @param info Who asks.
   * @returns `undefined` where `admit` is to be asked.
   */
  admitUnread?(info: RequestInfo): Response | Admission | undefined;
  /** Takes in a peer. The wire calls the session's `open` as soon as it can report. */
  accept(peer: Peer): Session;
  /**
   * Finds a namespace.
   *
   * @param name Its name, such as `/admin`; `/` is the acceptor itself.
   * @returns Who takes in its peers, or `undefined` when there is no such namespace.
   */
  namespace?(name: string): PeerAcceptor | undefined;
  /** Takes stock of all namespaces, by name. */
  stats?(): Readonly<Record<string, AppStats>>;
  /** A server begins to serve it. */
  start?(): void;
  /** A server has shut down that it was served by, and its clients have gone. Where it rejects, the server's `onError` is told. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
