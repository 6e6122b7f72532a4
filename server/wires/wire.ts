/**
 * The seam between a server and its wires, the ways in which clients speak with an application. The
 * server checks host, origin and limits before it asks a wire, and a wire gets nobody in without an
 * {@linkcode Entry}, which it has only from {@linkcode WireRequest.enter}: there the `upgrade` hook
 * of `serve` decides.
 */

import type { Clock } from "../clock.ts";
import type { EventError } from "../app/events/errors.ts";
import type { Peer, Session } from "../app/peer.ts";
import type { Position } from "../app/streams/position.ts";
import type { QueueLimits } from "../slow_peer_detector.ts";
import type {
  CloseInfo,
  Connection,
  ConnectionTerms,
  HttpClients,
  Memory,
  Notify,
  RequestInfo,
  Traffic,
  Transport,
} from "../types.ts";

/**
 * Makes what serves a wire on one server: `serve({ wires })` calls it once, with that server's
 * context.
 */
export type Wire = (context: WireContext) => WireHandler;

/** The server, as far as a wire may use it. */
export interface WireContext {
  /** The application; absent where the server has none. */
  readonly app: WireApp | undefined;
  /** The option `path` of `serve`. */
  readonly path: string | undefined;
  /**
   * Makes the id of a session that several requests share, which cannot be guessed: it begins with
   * the option `sessionPrefix` of `serve`, by which a proxy finds this server again.
   */
  newSessionId(): string;
  /** The application's clock, for timers. Never jumps. */
  readonly clock: Clock;
  /** Limits of each client's queue, as for WebSocket. */
  readonly limits: QueueLimits;
  /** Bytes of one message. WebSocket enforces it itself; for bodies the wire must. */
  readonly maxMessageSize: number;
  /** Counts what is held for all clients against `memoryBudget`. */
  readonly memory: Memory;
  /** The log of clients that have no WebSocket of their own, where the server has a log. */
  readonly log: SessionLog | undefined;
  /** Tells the operator of the server something about a client. */
  readonly notify: Notify;
  /** Takes an error of the application where no request waits for it: the option `onError`. */
  readonly failed: (error: unknown) => void;
}

/** An application, as far as wires may use it without a client that was let in. */
export interface WireApp {
  /** Whether clients can ask for a namespace: `/` is the application itself. Makes none. */
  hasNamespace(name: string): boolean;
  /**
   * Publishes a message in a room of the application itself.
   *
   * @returns Its position. Rejects with an {@linkcode EventError} where the message is not allowed,
   * and with another error where it could not be stored.
   */
  publish(room: string, event: string, data: unknown): Promise<Position>;
  /**
   * Sends an event to all clients of a user.
   *
   * @throws {EventError} The message is not allowed.
   */
  emitToUser(user: string, event: string, data: unknown): void;
}

/**
 * Serves a wire. The server asks the handlers in the order of `wires`, the JSON wire last, and the
 * first that owns a path gets the request; where its method is missing, the next one is asked.
 */
export interface WireHandler {
  /** Whether requests and upgrades for a path are for this wire. Must not throw. */
  owns(pathname: string): boolean;
  /**
   * Answers a plain request. Host and origin have passed; the response is made readable for the
   * page that asks, and gets the header fields of the `upgrade` hook where that was asked. An error
   * of the method is answered 500 and goes to `onError`.
   */
  fetch?(request: WireRequest): Response | Promise<Response>;
  /**
   * Tells the session that a plain request goes on with, by what its URL says: where workers share a
   * port, the request is answered by the one that has given out this id, whole, so that its answer
   * must end. `null`: it begins one, or belongs to none.
   */
  sessionOf?(url: URL): string | null;
  /**
   * Decides about an upgrade request that is well-formed and whose host and origin have passed.
   *
   * @returns The response that refuses it, or the terms under which it opens.
   */
  upgrade?(request: WireRequest): Promise<Response | Upgrade>;
  /** The server shuts down: sends away clients that have no WebSocket, which the server closes. */
  shutdown?(close: { readonly code: number; readonly reason: string }): void;
  /** Counts the clients that have no WebSocket. */
  httpClients?(): HttpClients;
}

/** A request that asks a wire for something. */
export interface WireRequest extends RequestInfo {
  /** Its URL. */
  readonly url: string;
  /** The standard request, made when it is first asked for: that takes time. */
  readonly request: Request;
  /**
   * Lets a client in as far as the server is concerned: counts the connect against `connectRate`
   * and asks the `upgrade` hook. Requests that go on with what an earlier one has begun do not call
   * it.
   *
   * @returns The entry, or why there is none: the hook's response, or an error that the wire says
   * in its own way. Rejects with what the hook throws.
   */
  enter(options?: EnterOptions): Promise<Entry | Response | EventError>;
}

/** How a client comes in. */
export interface EnterOptions {
  /** The namespace whose `connectRate` counts. @default {"/"} */
  readonly namespace?: string;
  /**
   * The path that the hook is shown in the place of the request's own: that of the WebSocket which
   * this client cannot use.
   */
  readonly pathname?: string;
}

/** A client that the server has let in. Only {@linkcode WireRequest.enter} makes one. */
export interface Entry extends RequestInfo {
  /** The request by which it came. */
  readonly request: Request;
  /** The `data` that the `upgrade` hook attached. */
  readonly data: unknown;
  /**
   * Asks the application to let the client into a namespace: its sign-in and its guards decide.
   *
   * @param namespace Its name; `/` is the application itself.
   * @param auth Further credentials of the client: available as `client.auth`.
   * @returns The admission, or why there is none, which the wire says in its own way. Rejects where
   * a token cannot be verified.
   */
  admit(namespace: string, auth?: unknown): Promise<Admitted | EventError>;
}

/** A client that a namespace has admitted. */
export interface Admitted {
  /** The subprotocol that carried the token: for {@linkcode Upgrade.fallbackProtocol}. */
  readonly fallbackProtocol: string | undefined;
  /**
   * Makes the client of a peer. The wire calls the session's `open` as soon as it can report.
   *
   * @throws {unknown} What the application throws instead of taking the client in.
   */
  accept(peer: Peer): Session;
}

/** The terms under which an upgrade request is accepted. */
export interface Upgrade {
  /** The entry that let the client in, by this request or an earlier one that it goes on with. */
  readonly entry: Entry;
  /** Takes the connection when it is open, with `entry.data` as its `data`. */
  readonly open: (connection: Connection) => void;
  /** More header fields for the 101, such as cookies; those of the `upgrade` hook come besides. */
  readonly headers?: HeadersInit | undefined;
  /** The subprotocol to answer with where no other one is agreed on. */
  readonly fallbackProtocol?: string | undefined;
  /** The parts of the protocol that the connection leaves out. */
  readonly terms?: ConnectionTerms | undefined;
}

/** A client without a WebSocket of its own, as a log names it. */
export interface LoggedSession {
  /** Names it; no secret. */
  readonly id: string;
  /** Address of the client, or the one that a trusted proxy reports. */
  readonly remoteAddress: string;
  /** The subprotocol; the empty string where there is none. */
  readonly protocol: string;
}

/** Told of each session that begins and ends. */
export interface SessionLog {
  /** A session begins. */
  opened(
    session: LoggedSession,
    requested: { readonly origin: string | undefined; readonly path: string },
    transport: Transport,
  ): void;
  /** A session has ended. */
  closed(session: LoggedSession, close: CloseInfo): void;
  /** The last bytes have gone. */
  ended(session: LoggedSession, traffic: Traffic): void;
}
