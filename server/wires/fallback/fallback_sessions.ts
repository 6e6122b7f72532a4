/** The clients of the HTTP wires, by the ids of their sessions. */

import { closeOf, Closes } from "../../../wire/close_code.ts";
import type { Peer, Session } from "../../app/peer.ts";
import type { Report } from "../../contain.ts";
import type { CloseInfo, HttpClients, Notify } from "../../types.ts";
import type { SessionLog } from "../wire.ts";
import { FallbackPeer } from "./fallback_peer.ts";
import type { FallbackTransport, SessionEnd } from "./fallback_transport.ts";
import type { QueueSettings } from "./peer_queue.ts";
import { HttpError } from "../http_answer.ts";
import type { PollTransport } from "./poll.ts";
import { type SessionLimitOptions, SessionLimits } from "../session_limits.ts";

/** One client's session. */
export interface FallbackSession {
  readonly id: string;
  readonly remoteAddress: string;
  readonly peer: FallbackPeer;
  /** Present where the client polls. */
  readonly poll: PollTransport | undefined;
}

/** A session that is to begin. */
export interface SessionStart<O extends FallbackTransport> {
  readonly id: string;
  /** Makes the client of a peer. */
  readonly accept: (peer: Peer) => Session;
  readonly request: Request;
  readonly remoteAddress: string;
  readonly data: unknown;
  readonly rooms: readonly string[];
  readonly transport: O;
}

/** Observers of sessions. */
export interface SessionObservers {
  readonly log?: SessionLog | undefined;
  /** The application has failed where no request waits for it. Does not throw. */
  readonly failed: Report;
  /** Tells the operator of the server something about a client. */
  readonly notify: Notify;
}

/** Settings and shared parts of sessions. */
export type SessionSettings = QueueSettings & SessionObservers;

/** Knows the sessions, as many as there may be. */
export class FallbackSessions {
  readonly #queue: QueueSettings;
  readonly #limits: SessionLimits<FallbackSession>;
  readonly #log: SessionLog | undefined;
  readonly #observers: SessionObservers;
  readonly #sessions = new Map<string, FallbackSession>();
  #end: SessionEnd | undefined;

  constructor(options: SessionLimitOptions, settings: SessionSettings) {
    const { clock, log, notify } = settings;
    this.#queue = settings;
    this.#limits = new SessionLimits(options, { now: clock.now, notify, wire: "fallback" });
    this.#log = log;
    this.#observers = settings;
  }

  /** How many there are. */
  get size(): number {
    return this.#sessions.size;
  }

  /** Returns a snapshot. A client that has yet to fetch its end is not counted. */
  count(): HttpClients {
    const open = [...this.#sessions.values()].filter(({ peer }) => peer.ended === undefined);
    const poll = open.filter((session) => session.poll !== undefined).length;
    return { sse: open.length - poll, poll };
  }

  /**
   * Counts an attempt to begin a session, before any work is done for it.
   *
   * @throws {HttpError} 429 or 503.
   */
  begin(remoteAddress: string): void {
    this.#checkOpen();
    this.#limits.begin(remoteAddress);
  }

  /**
   * Makes room for a session that begins now: where there are too many, another one ends.
   *
   * @throws {HttpError} 429 or 503.
   */
  makeRoom(remoteAddress: string): void {
    this.#checkOpen();
    const excess = this.#limits.findExcess(remoteAddress);
    if (excess === undefined) return;
    endSession(excess, closeOf(Closes.tooManySessions));
    this.#forget(excess.id);
  }

  #checkOpen(): void {
    if (this.#end === undefined) return;
    throw new HttpError(503, "UNAVAILABLE", "Shutting down", { "retry-after": "5" });
  }

  /**
   * Begins a session: the application gets a client. There must be room.
   *
   * @throws {unknown} What the application throws instead of taking the client in.
   */
  start<O extends FallbackTransport>(
    start: SessionStart<O>,
    poll?: PollTransport,
  ): FallbackSession {
    const { id, accept, rooms, transport, remoteAddress } = start;
    const closed = (close: CloseInfo) => {
      if (poll === undefined) this.#forget(id);
      const log = this.#log;
      if (log === undefined) return;
      // Like the application, when the call that has led here is over.
      queueMicrotask(() => {
        log.closed(peer, close);
        log.ended(peer, peer.traffic);
      });
    };
    const opening = { ...start, sessionId: id };
    const { failed, notify } = this.#observers;
    const owner = { closed, failed, notify };
    const peer = new FallbackPeer(opening, this.#queue, transport, rooms, owner);
    const session = { id, remoteAddress, peer, poll };
    this.#sessions.set(id, session);
    // An event stream has a connection of its own.
    this.#limits.add(session, poll === undefined);
    const { headers, url } = start.request;
    const requested = { origin: headers.get("origin") ?? undefined, path: new URL(url).pathname };
    this.#log?.opened(peer, requested, poll === undefined ? "sse" : "poll");
    try {
      peer.open(accept);
    } catch (error) {
      this.end(id, "Internal error");
      throw error;
    }
    return session;
  }

  /**
   * Finds a session by the id that its client has sent.
   *
   * @throws {HttpError} 404.
   */
  get(id: string | null): FallbackSession {
    const session = this.#sessions.get(id ?? "");
    if (session !== undefined) {
      this.#limits.prove(session);
      return session;
    }
    throw new HttpError(404, "UNKNOWN_SESSION", "Session is not known, or not any more");
  }

  /** Whether a session is one too many of those whose clients have not come back; none is found. */
  isExcessive(id: string): boolean {
    const session = this.#sessions.get(id);
    return session !== undefined && this.#limits.isExcessive(session);
  }

  /** The client of a session is gone, or has got its end. */
  end(id: string, reason: string): void {
    this.#sessions.get(id)?.peer.disconnected(reason);
    this.#forget(id);
  }

  #forget(id: string): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) this.#limits.delete(session);
    this.#sessions.delete(id);
  }

  /** Sends all clients away and takes in no more. */
  shutdown(end: SessionEnd): void {
    this.#end = end;
    for (const session of [...this.#sessions.values()]) endSession(session, end);
  }
}

function endSession({ peer, poll }: FallbackSession, end: SessionEnd): void {
  peer.close(end.code, end.reason);
  poll?.stop();
}
