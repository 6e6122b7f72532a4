/** The seam between the application and the wires: one endpoint, and what it reports. */

import type { Admission, CloseInfo, RequestInfo, SendResult } from "../types.ts";
import type { EventError } from "./errors.ts";
import type { HttpFeatures } from "./http_features.ts";
import type { AppStats } from "./meter.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Joined } from "./position.ts";

/** Names one request for an acknowledgement; the wire decides what it looks like. */
export type AckId = string | number;

/** What an acknowledgement says. */
export type Answer = { readonly data: unknown } | { readonly error: EventError };

/** An event that has come from a client. */
export interface IncomingEvent {
  /** Event name, as the client wrote it. */
  readonly event: string;
  /** What the event carries, unchecked. */
  readonly data: unknown;
  /** Present where the client wants an acknowledgement. */
  readonly ackId?: AckId;
}

/** One client's endpoint, whatever its wire. None of its sends throws because of the peer. */
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
  /** Tells about a mistake that no acknowledgement can carry. */
  refuse(error: EventError): SendResult;
  /**
   * Hears that its client has joined a room and was sent what it had missed there; for wires that
   * remember where their client stands.
   */
  joined?(room: string, joined: Joined): void;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the endpoint at once. */
  terminate(): void;
}

/** What a client is told about itself. */
export interface WelcomeFields {
  /** The client's id. */
  readonly id: string;
  /** What the application adds. */
  readonly [field: string]: unknown;
}

/** What a wire reports about its peer. No method throws, no promise rejects. */
export interface Session {
  /** The peer is ready to send and receive. Called once, before all others. */
  open(): void;
  /**
   * An event has come. While the promise is pending, the wire holds back what follows; a wire
   * that cannot do so may report a few events more, which then wait for their turn.
   */
  event(event: IncomingEvent): Promise<void> | void;
  /** The client has presented a token. The same holds for the promise. */
  auth(token: unknown): Promise<void> | void;
  /** A message has come that is no event. */
  malformed(error: EventError): void;
  /** The peer has answered an event that the server sent. Answers need not wait for events. */
  answered(ackId: number, answer: Answer): void;
  /** The peer is gone. Called once, after all others. */
  closed(close: CloseInfo): void;
}

/** Whatever takes in peers: an {@linkcode App}. */
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
}
