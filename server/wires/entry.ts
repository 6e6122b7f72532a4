/**
 * Requests as wires get them, and what lets clients in: the one way to an application, by the hook
 * of `serve` first and the application after that.
 */

import { EventError } from "../app/events/errors.ts";
import type { Peer, PeerAcceptor, Session } from "../app/peer.ts";
import type { Admission, RequestInfo, RequestMaker, UpgradeAnswer } from "../types.ts";
import type { Admitted, EnterOptions, Entry, WireRequest } from "./wire.ts";

/** The decisions about clients of one server: by its hook, then by its application. */
export interface EntryContext {
  /** The application, where there is one. */
  readonly app: PeerAcceptor | undefined;
  /** The `upgrade` hook of `serve`, where there is one. */
  readonly upgrade:
    | ((request: Request, info: RequestInfo) => UpgradeDecision | Promise<UpgradeDecision>)
    | undefined;
}

/** The answers of an `upgrade` hook. */
export type UpgradeDecision = Response | UpgradeAnswer | void;

/** The answer where there is no hook, or it has none: one for all. */
const plain: UpgradeAnswer = {};

/** A request that is for a wire. */
export class ServerRequest implements WireRequest {
  readonly #maker: RequestMaker;
  readonly #context: EntryContext;
  #request: Request | undefined;
  #entry: ServerEntry | undefined;
  readonly remoteAddress: string;
  readonly protocols: readonly string[];

  constructor(maker: RequestMaker, info: RequestInfo, context: EntryContext) {
    this.#maker = maker;
    this.#context = context;
    this.remoteAddress = info.remoteAddress;
    this.protocols = info.protocols;
  }

  /** See {@linkcode WireRequest}. */
  get url(): string {
    return this.#maker.url;
  }

  /** See {@linkcode WireRequest}. */
  get request(): Request {
    return this.#request ??= this.#maker.makeRequest();
  }

  /** The entry that it was given, if it was. */
  get entry(): ServerEntry | undefined {
    return this.#entry;
  }

  /** See {@linkcode WireRequest}. */
  async enter(options: EnterOptions = {}): Promise<Entry | Response | EventError> {
    const { namespace = "/", pathname } = options;
    const { app, upgrade } = this.#context;
    const refusal = app?.connecting?.(this.remoteAddress, namespace);
    if (refusal !== undefined) return refusal;
    const { remoteAddress, protocols } = this;
    const answer = await upgrade?.(this.#shown(pathname), { remoteAddress, protocols }) ?? plain;
    if (answer instanceof Response) return answer;
    return this.#entry = new ServerEntry(this, answer, app);
  }

  /** The request as it would be by WebSocket: a hook that goes by the path must not be misled. */
  #shown(pathname: string | undefined): Request {
    const { request } = this;
    if (pathname === undefined) return request;
    const url = new URL(request.url);
    url.pathname = pathname;
    return new Request(url, { headers: request.headers });
  }
}

/** A client that the hook has let in. */
export class ServerEntry implements Entry {
  readonly #asked: ServerRequest;
  readonly #app: PeerAcceptor | undefined;
  /** The answer of the hook. */
  readonly answer: UpgradeAnswer;

  constructor(asked: ServerRequest, answer: UpgradeAnswer, app: PeerAcceptor | undefined) {
    this.#asked = asked;
    this.answer = answer;
    this.#app = app;
  }

  /** See {@linkcode Entry}. */
  get request(): Request {
    return this.#asked.request;
  }

  /** See {@linkcode Entry}. */
  get remoteAddress(): string {
    return this.#asked.remoteAddress;
  }

  /** See {@linkcode Entry}. */
  get protocols(): readonly string[] {
    return this.#asked.protocols;
  }

  /** See {@linkcode Entry}. */
  get data(): unknown {
    return this.answer.data;
  }

  /** See {@linkcode Entry}. */
  async admit(namespace: string, auth?: unknown): Promise<Admitted | EventError> {
    const app = this.#app;
    if (app === undefined) return new EventError("UNAVAILABLE", "There is no application");
    const admission = await app.admit?.(new EntryHandshake(this, namespace, auth)) ?? { namespace };
    return admission instanceof EventError ? admission : new EntryAdmission(app, admission);
  }
}

/** The handshake of a client: its request is made only where somebody reads it. */
class EntryHandshake {
  readonly #entry: ServerEntry;

  constructor(entry: ServerEntry, readonly namespace: string, readonly auth: unknown) {
    this.#entry = entry;
  }

  get request(): Request {
    return this.#entry.request;
  }

  get remoteAddress(): string {
    return this.#entry.remoteAddress;
  }

  get protocols(): readonly string[] {
    return this.#entry.protocols;
  }

  get data(): unknown {
    return this.#entry.data;
  }
}

/** A client that an application has admitted. */
class EntryAdmission implements Admitted {
  readonly #app: PeerAcceptor;
  readonly #admission: Admission;

  constructor(app: PeerAcceptor, admission: Admission) {
    this.#app = app;
    this.#admission = admission;
  }

  get fallbackProtocol(): string | undefined {
    return this.#admission.fallbackProtocol;
  }

  accept(peer: Peer): Session {
    return this.#app.accept(peer, this.#admission);
  }
}
