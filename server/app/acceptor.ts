/**
 * Serves the wires on behalf of an application: takes each client to the namespace that it asks
 * for.
 */

import type { Admission, Handshake } from "../types.ts";
import type { Clock } from "../clock.ts";
import { EventError } from "./events/errors.ts";
import type { BrokerFigures, BrokerWatcher } from "./nodes/broker_watch.ts";
import type { Namespaces } from "./namespaces.ts";
import type { Peer, PeerAcceptor, Session } from "./peer.ts";
import type { AppStats } from "./stats/meter.ts";
import type { Position } from "./streams/position.ts";

/** One namespace, as its clients reach it. */
export interface ServedNamespace {
  /** How many clients it has. */
  readonly size: number;
  /** See {@linkcode PeerAcceptor}. */
  connecting(remoteAddress: string): EventError | undefined;
  /** See {@linkcode PeerAcceptor}. */
  admit(handshake: Handshake): Promise<Admission | EventError>;
  /** See {@linkcode PeerAcceptor}. */
  accept(peer: Peer, admission: Admission): Session;
  /** Returns a snapshot. */
  stats(): AppStats;
}

/** The application's own methods that wires and servers reach. */
export interface AcceptorContext {
  /** Publishes in a room. Rejects where the message is not allowed. */
  publish(room: string, event: string, data: unknown): Promise<Position>;
  /** Sends an event to all clients of a user. */
  emitToUser(user: string, event: string, data: unknown): void;
  /** The broker at the moment. */
  broker(): BrokerFigures;
  /** Watches the broker; what is returned ends it. */
  watchBroker(watcher: BrokerWatcher): () => void;
  /** A server begins to serve the application. */
  start(): void;
  /** A server has shut down that it was served by. */
  end(): Promise<void>;
}

/** A namespace that nobody can ask for. */
const unknownNamespace = "No such namespace";

/** The acceptor of an application with its namespaces. */
export class AppAcceptor implements PeerAcceptor {
  readonly clock: Clock;
  readonly #main: ServedNamespace;
  readonly #namespaces: Namespaces<ServedNamespace>;
  readonly #context: AcceptorContext;

  /**
   * @param main The namespace `/`: the application, or the namespace that is served by itself.
   * @param namespaces All of them.
   * @param context Reach the rooms and users of `main`.
   */
  constructor(
    clock: Clock,
    main: ServedNamespace,
    namespaces: Namespaces<ServedNamespace>,
    context: AcceptorContext,
  ) {
    this.clock = clock;
    this.#main = main;
    this.#namespaces = namespaces;
    this.#context = context;
  }

  /** See {@linkcode PeerAcceptor}. */
  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  /** See {@linkcode PeerAcceptor}. */
  connecting(remoteAddress: string, name: string): EventError | undefined {
    if (name === "/") return this.#main.connecting(remoteAddress);
    const namespaces = this.#namespaces;
    return (namespaces.temporary(name) ?? namespaces.get(name))?.connecting(remoteAddress);
  }

  /** See {@linkcode PeerAcceptor}. */
  async admit(handshake: Handshake): Promise<Admission | EventError> {
    const { namespace } = handshake;
    const served = this.#open(namespace);
    if (served === undefined) return new EventError("FORBIDDEN", unknownNamespace);
    if (served instanceof EventError) return served;
    let admission: Admission | EventError | undefined;
    try {
      admission = await served.admit(handshake);
    } finally {
      if (admission === undefined || admission instanceof EventError) {
        this.#namespaces.temporary(namespace)?.drop(namespace);
      }
    }
    return admission instanceof EventError ? admission : { ...admission, namespace };
  }

  /** See {@linkcode PeerAcceptor}. */
  accept(peer: Peer, admission: Admission = {}): Session {
    const { namespace = "/" } = admission;
    // It may have ended since this client was admitted there: then it begins anew.
    const served = this.#open(namespace);
    if (served === undefined) throw new EventError("FORBIDDEN", unknownNamespace);
    if (served instanceof EventError) throw served;
    const session = served.accept(peer, admission);
    const temporary = this.#namespaces.temporary(namespace);
    if (temporary === undefined) return session;
    temporary.enter(namespace);
    const closed = session.closed.bind(session);
    session.closed = (close) => {
      closed(close);
      temporary.leave(namespace);
    };
    return session;
  }

  #open(name: string): ServedNamespace | EventError | undefined {
    return name === "/" ? this.#main : this.#namespaces.open(name);
  }

  /** See {@linkcode PeerAcceptor}. */
  async publish(room: string, event: string, data: unknown): Promise<Position> {
    return await asPeers(() => this.#context.publish(room, event, data));
  }

  /** See {@linkcode PeerAcceptor}. */
  emitToUser(user: string, event: string, data: unknown): void {
    asPeers(() => this.#context.emitToUser(user, event, data));
  }

  /** See {@linkcode PeerAcceptor}. */
  stats(): Readonly<Record<string, AppStats>> {
    const namespaces = this.#namespaces;
    return Object.fromEntries([
      ...Array.from(namespaces, ([name, each]) => [name, each.stats()] as const),
      ...namespaces.patterns.map((each) => [each.title, each.stats()] as const),
    ]);
  }

  /** See {@linkcode PeerAcceptor}. */
  broker(): BrokerFigures {
    return this.#context.broker();
  }

  /** See {@linkcode PeerAcceptor}. */
  watchBroker(watcher: BrokerWatcher): () => void {
    return this.#context.watchBroker(watcher);
  }

  /** See {@linkcode PeerAcceptor}. */
  start(): void {
    this.#context.start();
  }

  /** See {@linkcode PeerAcceptor}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.end();
  }
}

/**
 * Calls what throws a TypeError for data that is not allowed: here, that is the mistake of a peer.
 */
function asPeers<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new EventError("INVALID_MESSAGE", error.message, { cause: error });
  }
}
