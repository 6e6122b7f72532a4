/** The wires of one server: finds the one that a request is for, and asks it. */

import type {
  HttpClients,
  RequestInfo,
  RequestMaker,
  SubjectNotice,
  UpgradeTerms,
} from "../types.ts";
import { copyResponse } from "../fetched_response.ts";
import { originNotice } from "../origin_notice.ts";
import { type EntryContext, ServerEntry, ServerRequest } from "./entry.ts";
import {
  addHeaders,
  checkSource,
  errorResponse,
  exposeTo,
  HttpError,
  type HttpGate,
} from "./http_answer.ts";
import type { SharedSessions } from "./shared_sessions.ts";
import type { WireHandler } from "./wire.ts";

/** The parts that the wires of a server share. */
export interface WireSetContext extends EntryContext {
  /** Decides which pages may use the server. */
  readonly gate: HttpGate;
  /** Finds the sessions of other servers behind the same port, where there are some. */
  readonly sessions?: SharedSessions | undefined;
  /** Tells the operator of the server something about a client. */
  readonly notify: (notice: SubjectNotice) => void;
}

/** Asks wires in their order. */
export class WireSet {
  readonly #handlers: readonly WireHandler[];
  readonly #context: WireSetContext;

  constructor(handlers: readonly WireHandler[], context: WireSetContext) {
    this.#handlers = handlers;
    this.#context = context;
  }

  /** Whether any of them answers plain requests. */
  get fetches(): boolean {
    return this.#handlers.some((handler) => handler.fetch !== undefined);
  }

  /** Whether any of them upgrades. */
  get upgrades(): boolean {
    return this.#handlers.some((handler) => handler.upgrade !== undefined);
  }

  /** Whether upgrade requests for a path are for one of them. */
  upgradesAt(pathname: string): boolean {
    return this.#upgrader(pathname) !== undefined;
  }

  /** Answers a plain request; `undefined`: it is for none of them. */
  fetch(maker: RequestMaker, info: RequestInfo): Promise<Response> | undefined {
    const url = new URL(maker.url);
    const { pathname } = url;
    const handler = this.#handlers.find((each) => each.fetch !== undefined && each.owns(pathname));
    if (handler === undefined) return undefined;
    const { sessions } = this.#context;
    const session = sessions && handler.sessionOf?.(url);
    const owner = session ? sessions.ownerOf(session) : undefined;
    if (owner !== undefined) return sessions!.forward(owner, maker.makeRequest(), info);
    return this.#answer(handler, new ServerRequest(maker, info, this.#context));
  }

  async #answer(handler: WireHandler, asked: ServerRequest): Promise<Response> {
    const { request } = asked;
    try {
      checkSource(request, this.#context.gate);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.#tellOrigin(asked);
      return errorResponse(error);
    }
    // The fields of a response may be fixed: of one that `fetch` has brought, or of a redirect.
    const response = copyResponse(await handler.fetch!(asked));
    return exposeTo(request, addHeaders(response, asked.entry?.answer.headers));
  }

  /** Decides about an upgrade request; `undefined`: it is for none of them. */
  decide(maker: RequestMaker, info: RequestInfo): Promise<Response | UpgradeTerms> | undefined {
    const handler = this.#upgrader(new URL(maker.url).pathname);
    return handler && this.#decide(handler, new ServerRequest(maker, info, this.#context));
  }

  /** @throws {TypeError} The wire opens a connection that nobody has let in. */
  async #decide(handler: WireHandler, asked: ServerRequest): Promise<Response | UpgradeTerms> {
    const upgrade = await handler.upgrade!(asked);
    if (upgrade instanceof Response) return upgrade;
    const { entry, headers, fallbackProtocol, terms, open } = upgrade;
    if (!(entry instanceof ServerEntry)) {
      throw new TypeError("Cannot open a connection: nobody has let it in");
    }
    // The entry of an earlier request, which this one goes on with, has had its header fields.
    const answer = entry === asked.entry ? entry.answer : { data: entry.data };
    return { answer, headers, fallbackProtocol, terms, open };
  }

  /** Sends away the clients that have no WebSocket. */
  shutdown(close: { readonly code: number; readonly reason: string }): void {
    for (const handler of this.#handlers) handler.shutdown?.(close);
  }

  /** Counts the clients that have no WebSocket. */
  httpClients(): HttpClients {
    const sum = { sse: 0, poll: 0 };
    for (const handler of this.#handlers) {
      const { sse = 0, poll = 0 } = handler.httpClients?.() ?? {};
      sum.sse += sse;
      sum.poll += poll;
    }
    return sum;
  }

  #upgrader(pathname: string): WireHandler | undefined {
    return this.#handlers.find((each) => each.upgrade !== undefined && each.owns(pathname));
  }

  #tellOrigin({ request, remoteAddress: address }: ServerRequest): void {
    const name = request.headers.get("origin");
    if (name === null) return;
    const path = new URL(request.url).pathname;
    this.#context.notify(originNotice({ address, path, name }));
  }
}
