/** The seam between the application and the wires: one endpoint, and what it reports. */

import type { Admission, CloseInfo, Handshake, Notice, SendResult } from "../types.ts";
import type { EventError } from "./events/errors.ts";
import type { Clock } from "../clock.ts";
import type { BrokerFigures, BrokerWatcher } from "./nodes/broker_watch.ts";
import type { AppStats } from "./stats/meter.ts";
import type { Outgoing } from "./events/outgoing.ts";
import type { Joined, JoinFrom, Position } from "./streams/position.ts";

/**
 * Names one request for an acknowledgement, among those of its peer. The wire decides what it looks
 * like: over JSON it is what the client has sent, a string of 1 to 128 characters.
 */
export type AckId = string | number;

/**
 * The content of an acknowledgement: the result of a handler, or its error.
 */
export type Answer = { readonly data: unknown } | { readonly error: EventError };

/**
 * An event that has come from a client.
 */
export interface IncomingEvent {
  /** Event name, as the client wrote it. */
  readonly event: string;
  /** The event's data, unchecked. */
  readonly data: unknown;
  /** Present where the client wants an acknowledgement. */
  readonly ackId?: AckId | undefined;
  /** `true` where it is a part of what the rate limit has counted already. */
  readonly isCounted?: boolean;
}

/**
 * One client's endpoint, over any wire. None of its sends throws because of the peer.
 */
export interface Peer {
  /** Becomes the client's id, which others see: no secret. Without it the client draws its own. */
  readonly id?: string;
  /** The request that opened it. */
  readonly request: Request;
  /** Address of the peer, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** The `data` that the `upgrade` hook attached. */
  readonly data: unknown;
  /** The credentials that the client has presented besides its request, for `client.auth`. */
  readonly auth?: unknown;
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
   * @param error The error.
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
   * Resolves when nothing waits to be sent any more, or the endpoint has ended. A client that
   * catches up is sent its next message then.
   */
  drained(): Promise<void>;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the endpoint at once. */
  terminate(): void;
}

/**
 * The first message to a client, about itself: the event `welcome`.
 */
export interface WelcomeFields {
  /** The client's id. */
  readonly id: string;
  /** How fast it may send: messages per second, and at once; `null` without a limit. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number } | null;
  /** Fields that the application adds. */
  readonly [field: string]: unknown;
}

/** A room that a client asks for. */
export interface RoomRequest {
  /** Room name, unchecked. */
  readonly room: string;
  /** The messages that the client is to be sent first; without it, only those from now on. */
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
  /** The rooms, unchecked. Rooms that the client is not in are ignored. */
  readonly rooms: readonly string[];
  /** Present where the client wants an acknowledgement: `{ status: "ok" }`. */
  readonly ackId?: AckId | undefined;
}

/**
 * Receives the events of a wire's peer. No method throws, no promise rejects.
 */
export interface Session {
  /** The peer is ready to send and receive. Called once, before all others. */
  open(): void;
  /**
   * Tells whether a message may be read that has come, before any work is done for it. Without this
   * method, each may. If so, what it says is reported next, by one of the methods below; if not,
   * the peer has been told, and nothing is to be reported. A wire that does not ask has its
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
   * @param error The error.
   * @param event The event that it was meant to be, where that is known.
   */
  malformed(error: EventError, event?: string): void;
  /** The peer has answered an event that the server sent. Answers need not wait for events. */
  answered(ackId: number, answer: Answer): void;
  /** The peer is gone. Called once, after all others. */
  closed(close: CloseInfo): void;
}

/**
 * The facts that are known of a client before it is one: its request, its address, what the
 * `upgrade` hook attached, and what it has presented besides its request.
 */
export type PeerInfo = Pick<Peer, "request" | "remoteAddress" | "data" | "auth">;

/**
 * Key of what serves an application's peers: an `App` shows nothing else of it.
 *
 * @example An application of one's own
 * ```ts
 * import { serve } from "@hawser/ws";
 * import { acceptor, type Peer, type Servable, type Session } from "@hawser/ws/wire";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const accept = (peer: Peer): Session => ({
 *   open: () => void peer.welcome({ id: peer.id ?? "1" }),
 *   event({ data, ackId }) {
 *     if (ackId !== undefined) peer.answer(ackId, { data });
 *   },
 *   join() {},
 *   leave() {},
 *   auth: () => peer.close(1008, "Nobody needs a token here"),
 *   malformed: (error) => void peer.refuse(error),
 *   answered() {},
 *   closed() {},
 * });
 * const mirror: Servable = { [acceptor]: { accept } };
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app: mirror });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await ada.emitWithAck("look", ["me"]), ["me"]);
 * ```
 */
export const acceptor: unique symbol = Symbol("acceptor");

/** An application that `serve` can be given: an `App`. */
export interface Servable {
  /** Accepts its peers. */
  readonly [acceptor]: PeerAcceptor;
}

/** Takes in the peers of an application and of its namespaces. */
export interface PeerAcceptor {
  /** The clock of timers; without it, that of the runtime. */
  readonly clock?: Clock;
  /**
   * Tells whether clients can ask for a namespace. Without it there is `/` only, the application
   * itself.
   */
  hasNamespace?(name: string): boolean;
  /**
   * Counts a connect, before anybody else is asked about it.
   *
   * @returns The error that refuses it; `undefined`: it may go on.
   */
  connecting?(remoteAddress: string, namespace: string): EventError | undefined;
  /**
   * Decides about a client that is to come in. Without it, all are admitted.
   *
   * @returns The error that refuses it, or what to hand to {@linkcode PeerAcceptor.accept}. Rejects
   * where its token could not be verified.
   */
  admit?(handshake: Handshake): Promise<Admission | EventError>;
  /**
   * Takes in a peer. The wire calls the session's `open` as soon as it can report.
   *
   * @throws {unknown} What the application throws instead.
   */
  accept(peer: Peer, admission?: Admission): Session;
  /** Publishes in a room of the application itself. Rejects where the message is not allowed. */
  publish?(room: string, event: string, data: unknown): Promise<Position>;
  /**
   * Sends an event to all clients of a user.
   *
   * @throws {EventError | TypeError} The message is not allowed.
   */
  emitToUser?(user: string, event: string, data: unknown): void;
  /** Returns a snapshot of all namespaces, by name. */
  stats?(): Readonly<Record<string, AppStats>>;
  /** Tells of the broker that carries its rooms between nodes. */
  broker?(): BrokerFigures;
  /**
   * Calls a function with each change of that broker.
   *
   * @returns Ends it.
   */
  watchBroker?(watcher: BrokerWatcher): () => void;
  /** A server begins to serve it. */
  start?(): void;
  /**
   * A server has shut down that it was served by, and its clients have gone. Where it rejects, the
   * server's `onError` is told.
   */
  [Symbol.asyncDispose]?(): Promise<void>;
}
