/** The seam between the application and the wires: one endpoint, and what it reports. */

import type { Admission, CloseInfo, Notice, RequestInfo, SendResult } from "../types.ts";
import type { EventError } from "./events/errors.ts";
import type { HttpFeatures } from "./http_features.ts";
import type { AppStats } from "./stats/meter.ts";
import type { Outgoing } from "./events/outgoing.ts";
import type { Joined } from "./streams/position.ts";

/**
 * Names one request for an acknowledgement, among those of its peer. The wire decides what it looks
 * like: over JSON it is what the client has sent, a string of 1 to 128 characters.
 *
 * @example Answering nobody until two have asked
 * ```ts
 * import { type AckId, type Peer, type PeerAcceptor, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const asked = new Map<AckId, Peer>();
 * const acceptor: PeerAcceptor = {
 *   accept: (peer) => ({
 *     open: () => void peer.welcome({ id: "1" }),
 *     event({ ackId }) {
 *       if (ackId !== undefined) asked.set(ackId, peer);
 *       if (asked.size < 2) return;
 *       for (const [ackId, peer] of asked) peer.answer(ackId, { data: "Both are here" });
 *     },
 *     auth() {},
 *     malformed() {},
 *     answered() {},
 *     closed() {},
 *   }),
 * };
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app: acceptor });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * const answers = [ada.emitWithAck("meet"), ada.emitWithAck("meet")];
 * assertEquals(await Promise.all(answers), ["Both are here", "Both are here"]);
 * ```
 */
export type AckId = string | number;

/**
 * What an acknowledgement says: what a handler has returned, or why it has not.
 *
 * @example Data or an error
 * ```ts
 * import { type Answer, EventError } from "@hawser/ws";
 * import { assert, assertEquals } from "@std/assert";
 *
 * function half(data: unknown): Answer {
 *   if (typeof data === "number") return { data: data / 2 };
 *   return { error: new EventError("INVALID_MESSAGE", "Not a number") };
 * }
 *
 * assertEquals(half(42), { data: 21 });
 * const refused = half("42");
 * assert("error" in refused);
 * assertEquals(refused.error.code, "INVALID_MESSAGE");
 * ```
 */
export type Answer = { readonly data: unknown } | { readonly error: EventError };

/**
 * An event that has come from a client.
 *
 * @example Recording what comes to an application
 * ```ts
 * import { App, type IncomingEvent, type PeerAcceptor, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * app.on("greet", () => "Hello");
 * const record: unknown[] = [];
 * const recorder: PeerAcceptor = {
 *   accept(peer) {
 *     const session = app.accept(peer);
 *     const handle = session.event.bind(session);
 *     session.event = (incoming: IncomingEvent) => {
 *       record.push(incoming.event, incoming.data);
 *       return handle(incoming);
 *     };
 *     return session;
 *   },
 * };
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app: recorder });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await ada.emitWithAck("greet", { name: "Ada" }), "Hello");
 * assertEquals(record, ["greet", { name: "Ada" }]);
 * ```
 */
export interface IncomingEvent {
  /** Event name, as the client wrote it. */
  readonly event: string;
  /** What the event carries, unchecked. */
  readonly data: unknown;
  /** Present where the client wants an acknowledgement. */
  readonly ackId?: AckId;
  /** `true` where it is a part of what the rate limit has counted already. */
  readonly isCounted?: boolean;
}

/**
 * One client's endpoint, whatever its wire. None of its sends throws because of the peer.
 *
 * @example A client without a network, for a test of handlers
 * ```ts
 * import { App, type Peer } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const told: unknown[] = [];
 * const peer: Peer = {
 *   id: "ada",
 *   request: new Request("http://localhost/"),
 *   remoteAddress: "192.0.2.1",
 *   data: undefined,
 *   bufferedAmount: 0,
 *   congested: false,
 *   welcome: () => "sent",
 *   authenticated: () => "sent",
 *   send: ({ event, data }) => (told.push({ event, data }), "sent"),
 *   answer: (ackId, answer) => (told.push({ ackId, ...answer }), "sent"),
 *   refuse: () => "sent",
 *   drained: () => Promise.resolve(),
 *   close() {},
 *   terminate() {},
 * };
 *
 * const app = new App();
 * app.on("greet", (client) => void client.emit("greeting", { to: client.id }));
 * const session = app.accept(peer);
 * session.open();
 * await session.event({ event: "greet", data: {}, ackId: 1 });
 * assertEquals(told, [{ event: "greeting", data: { to: "ada" } }, { ackId: 1, data: undefined }]);
 * ```
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
   * Hears that its client has joined a room and was sent what it had missed there; for wires that
   * remember where their client stands.
   */
  joined?(room: string, joined: Joined): void;
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
 *
 * @example What an application adds
 * ```ts
 * import { App, serve, type WelcomeFields } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App({ welcome: () => ({ motto: "Fair winds" }) });
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * const fields = await new Promise<WelcomeFields>((resolve) => ada.on("welcome", resolve));
 * assertEquals([fields.motto, fields.id], ["Fair winds", ada.id]);
 * ```
 */
export interface WelcomeFields {
  /** The client's id. */
  readonly id: string;
  /** How fast it may send: messages per second, and at once; `null` without a limit. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number } | null;
  /** What the application adds. */
  readonly [field: string]: unknown;
}

/**
 * What a wire reports about its peer. No method throws, no promise rejects.
 *
 * @example A server that gives back what it is sent
 * ```ts
 * import { type PeerAcceptor, serve, type Session } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const mirror: PeerAcceptor = {
 *   accept: (peer): Session => ({
 *     open: () => void peer.welcome({ id: peer.id ?? "1" }),
 *     event({ data, ackId }) {
 *       if (ackId !== undefined) peer.answer(ackId, { data });
 *     },
 *     auth: () => peer.close(1008, "Nobody needs a token here"),
 *     malformed: (error) => void peer.refuse(error),
 *     answered() {},
 *     closed() {},
 *   }),
 * };
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app: mirror });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await ada.emitWithAck("look", ["me"]), ["me"]);
 * ```
 */
export interface Session {
  /** The peer is ready to send and receive. Called once, before all others. */
  open(): void;
  /**
   * Tells whether a message may be read that has come, before any work is done for it. Without this
   * method, each may. If so, what it says is reported next, by one of the four methods below; if
   * not, the peer has been told, and nothing is to be reported. A wire that does not ask has its
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
 *
 * @example A visitors' book in front of an application
 * ```ts
 * import { App, type PeerAcceptor, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * const visitors: string[] = [];
 * const doorman: PeerAcceptor = {
 *   http: app.http,
 *   admit: (request, info) => app.admit(request, info),
 *   accept(peer) {
 *     visitors.push(peer.remoteAddress);
 *     return app.accept(peer);
 *   },
 * };
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app: doorman });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * await ada.ready();
 * assertEquals(visitors, ["127.0.0.1"]);
 * ```
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
  /** A server has shut down that it was served by, and its clients have gone. Does not reject. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
