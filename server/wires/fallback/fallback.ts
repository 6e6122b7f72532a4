/** The fallback transports: the routes of event streams, polls and what clients send. */

import type { ResolvedFallbackOptions } from "../../app/fallback.ts";
import type { PeerAcceptor } from "../../app/peer.ts";
import type { Newest } from "../../app/streams/position.ts";
import type { Report } from "../../contain.ts";
import { originNotice } from "../../origin_notice.ts";
import { copyResponse } from "../../fetched_response.ts";
import type { Admission, HttpClients, Notify, RequestInfo, UpgradeAnswer } from "../../types.ts";
import type { Replies } from "./fallback_peer.ts";
import type { PeerEnd } from "./outlet.ts";
import type { QueueSettings } from "./peer_queue.ts";
import { FallbackSessions, type SessionLog } from "./fallback_sessions.ts";
import {
  addHeaders,
  checkMethod,
  checkSource,
  decodeText,
  errorResponse,
  exposeTo,
  HttpError,
  type HttpGate,
  jsonResponse,
  preflightResponse,
} from "../http_answer.ts";
import {
  type ClientMessage,
  maxSignLength,
  parseClientMessages,
  signOfLife,
} from "../../../wire/client_message.ts";
import { namespaceAt, pathOf } from "../json/namespace_path.ts";
import { hasMoreElements } from "./more_elements.ts";
import { PollOutlet } from "./poll.ts";
import { parsePositions, PositionList } from "./position_list.ts";
import { SharedEvents } from "./queued_event.ts";
import { SseOutlet } from "./sse.ts";

/** What the transports need besides their options. */
export interface FallbackContext extends QueueSettings {
  readonly app: PeerAcceptor;
  readonly gate: HttpGate;
  /**
   * Decides about a client that the application has admitted, by the `upgrade` hook of `serve`.
   *
   * @param request The request, with the URL at which the client would upgrade.
   * @returns A response that refuses it, or what the hook has settled.
   */
  readonly upgrade: (request: Request, info: RequestInfo) => Promise<Response | UpgradeAnswer>;
  /** Where the application is served by WebSocket; `undefined`: anywhere. */
  readonly path?: string | undefined;
  readonly log?: SessionLog | undefined;
  /** Is told what an application's session throws where no request waits for it. */
  readonly failed: Report;
  /** Tells the operator of the server something about a client. */
  readonly notify: Notify;
}

/** A request for one of the routes. */
interface Call {
  readonly app: PeerAcceptor;
  readonly namespace: string;
  readonly request: Request;
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
}

interface Route {
  readonly path: string;
  readonly method: string;
  readonly run: (call: Call) => Promise<Response>;
}

/** What is settled about a client that may come in. */
interface Entry {
  readonly app: PeerAcceptor;
  readonly request: Request;
  readonly admission: Admission;
  readonly data: unknown;
  readonly headers: HeadersInit | undefined;
  readonly positions: PositionList;
  readonly remoteAddress: string;
}

/** Messages that one request may send. @limit messages: 413 */
const maxMessages = 1_000;

const encoder = new TextEncoder();

/** Serves the clients that cannot use WebSocket. */
export class Fallback {
  readonly #options: ResolvedFallbackOptions;
  readonly #context: FallbackContext;
  readonly #sessions: FallbackSessions;
  readonly #events: SharedEvents;
  readonly #routes: readonly Route[];

  constructor(options: ResolvedFallbackOptions, context: FallbackContext) {
    this.#options = options;
    this.#context = context;
    this.#sessions = new FallbackSessions(options, context);
    this.#events = new SharedEvents(context.memory);
    this.#routes = [
      { path: options.ssePath, method: "GET", run: (call) => this.#stream(call) },
      { path: options.pollPath, method: "GET", run: (call) => this.#poll(call) },
      { path: options.eventsPath, method: "POST", run: (call) => this.#receive(call) },
    ];
  }

  get #timing() {
    return { ...this.#options, ...this.#context, events: this.#events };
  }

  /** Takes stock of the clients. */
  count(): HttpClients {
    return this.#sessions.count();
  }

  /** Answers a request, unless it is for something else. */
  fetch(request: Request, info: RequestInfo): Promise<Response> | undefined {
    const { pathname, searchParams: query } = new URL(request.url);
    for (const route of this.#routes) {
      const namespace = namespaceAt(pathname, route.path);
      if (namespace === undefined) continue;
      const app = this.#find(namespace);
      if (app !== undefined) return this.#answer(route, { app, namespace, request, info, query });
    }
    return undefined;
  }

  /** Finds the application or a namespace of it, unless these transports are off there. */
  #find(namespace: string): PeerAcceptor | undefined {
    const { app } = this.#context;
    const acceptor = namespace === "/" ? app : app.namespace?.(namespace);
    return acceptor?.http?.fallback && acceptor;
  }

  /** Sends all clients away. */
  shutdown(end: PeerEnd): void {
    this.#sessions.shutdown(end);
  }

  async #answer(route: Route, call: Call): Promise<Response> {
    try {
      checkSource(call.request, this.#context.gate);
    } catch (error) {
      return this.#refuse(error, call);
    }
    const response = await this.#run(route, call).catch((error) => this.#refuse(error, call));
    return exposeTo(call.request, response);
  }

  /** @throws {unknown} What is no {@linkcode HttpError}: the server has an answer to that. */
  #refuse(error: unknown, { info, request }: Call): Response {
    if (!(error instanceof HttpError)) throw error;
    const { remoteAddress: address } = info;
    const origin = request.headers.get("origin");
    if (error.status === 403 && origin !== null) {
      const path = new URL(request.url).pathname;
      this.#context.notify(originNotice({ address, path, name: origin }));
    }
    if (error.status === 429) {
      const message = `Address ${address} has, or begins, too many sessions: ` +
        "raise fallback.maxSessionsPerAddress, or set trustProxy where it is a proxy";
      this.#context.notify({ code: "TOO_MANY_SESSIONS", message, subject: address, address });
    }
    return errorResponse(error);
  }

  async #run({ method, run }: Route, call: Call): Promise<Response> {
    if (call.request.method === "OPTIONS") return preflightResponse(method);
    checkMethod(call.request, method);
    return await run(call);
  }

  // ----- Routes -----

  async #stream(call: Call): Promise<Response> {
    const { request, query } = call;
    const since = request.headers.get("last-event-id") ?? query.get("lastEventId");
    const id = crypto.randomUUID();
    const opening = await this.#admit(call);
    if (opening instanceof Response) return opening;
    const { positions, headers } = opening;
    const missedSince = parsePositions(since, positions.rooms.length);
    const newest = readNewest(query);
    positions.claim(missedSince);
    const outlet = new SseOutlet(positions, this.#timing, () => {
      this.#sessions.end(id, "Client has gone");
    });
    const { rooms } = positions;
    const { peer } = this.#sessions.start({ ...opening, id, rooms, outlet });
    peer.join(missedSince.map((position) => position ?? newest));
    return addHeaders(outlet.response(), headers);
  }

  async #poll(call: Call): Promise<Response> {
    const { request, query } = call;
    const since = query.get("since");
    const id = query.get("session");
    if (id === null) return await this.#firstPoll(call, since ?? "");
    const { poll } = this.#sessions.get(id);
    if (poll === undefined) throw new HttpError(400, "INVALID_MESSAGE", "Session does not poll");
    return await takeFrom(poll, since, request.signal);
  }

  async #firstPoll(call: Call, since: string): Promise<Response> {
    const id = crypto.randomUUID();
    const opening = await this.#admit(call);
    if (opening instanceof Response) return opening;
    const { positions, headers } = opening;
    const missedSince = parsePositions(since, positions.rooms.length);
    const newest = readNewest(call.query);
    positions.claim(missedSince);
    const poll = new PollOutlet({ id, positions, since }, this.#timing, () => {
      this.#sessions.end(id, "Client has gone");
    });
    const { rooms } = positions;
    const { peer } = this.#sessions.start({ ...opening, id, rooms, outlet: poll }, poll);
    poll.joining();
    const from = missedSince.map((position) => position ?? newest);
    const joined = peer.join(from).then(() => poll.rejoined());
    // What is too much for one answer comes by the next.
    await Promise.race([joined, peer.awaitsClient()]);
    const { signal } = call.request;
    const response = await takeFrom(poll, since, signal);
    // Nobody else knows of this session.
    if (signal.aborted) poll.leave();
    return addHeaders(response, headers);
  }

  async #receive({ request, query }: Call): Promise<Response> {
    const { peer, poll } = this.#sessions.get(query.get("session"));
    const release = poll?.hold();
    try {
      const bytes = await request.bytes();
      const replies: Replies = { texts: [], bytes: 0, open: true };
      if (isSignOfLife(bytes) || peer.mayRead(bytes.length, replies)) {
        await this.#within(peer.receive(readMessages(bytes), replies), request.signal);
      }
      replies.open = false;
      const close = peer.ended === undefined ? "" : `,"close":${JSON.stringify(peer.ended)}`;
      const json = encoder.encode(`{"messages":[${replies.texts.join(",")}]${close}}`);
      peer.count(bytes.length, json.length);
      return jsonResponse(json);
    } finally {
      release?.();
    }
  }

  /** Waits for answers, but not longer than a poll does, nor for a client that has gone. */
  async #within(answered: Promise<void>, signal: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>();
    const stop = this.#context.clock.after(this.#options.pollTimeout, over.resolve);
    const abort = () => over.resolve();
    signal.addEventListener("abort", abort);
    await Promise.race([answered, over.promise]);
    signal.removeEventListener("abort", abort);
    stop();
  }

  /** Decides, as about an upgrade request, whether a client may come in. */
  async #admit(call: Call): Promise<Response | Entry> {
    const { app, request, info, query } = call;
    this.#sessions.begin(info.remoteAddress);
    const admission = await app.admit?.(request, info) ?? {};
    if (admission instanceof Response) return copyResponse(admission);
    const answer = await this.#context.upgrade(this.#asUpgrade(call), info);
    if (answer instanceof Response) return copyResponse(answer);
    // Meanwhile others may have come, and this one may have gone.
    request.signal.throwIfAborted();
    this.#sessions.makeRoom(info.remoteAddress);
    const positions = new PositionList(query.getAll("room"));
    const { remoteAddress } = info;
    const { data, headers } = answer;
    return { app, request, admission, positions, remoteAddress, data, headers };
  }

  /** The request as it would be by WebSocket: a hook that goes by the path must not be misled. */
  #asUpgrade({ request, namespace }: Call): Request {
    const url = new URL(request.url);
    url.pathname = pathOf(namespace, this.#context.path);
    return new Request(url, request);
  }
}

/** How many of the newest messages a client wants of rooms in which it stands nowhere yet. */
function readNewest(query: URLSearchParams): Newest | undefined {
  const last = query.get("last");
  if (last === null) return undefined;
  if (/^[1-9]\d{0,8}$/.test(last)) return { last: Number(last) };
  throw new HttpError(400, "INVALID_MESSAGE", "last must be a number > 0");
}

/** A request that only asks for a sign of life is not counted as a message. */
function isSignOfLife(bytes: Uint8Array): boolean {
  return bytes.length <= maxSignLength && signOfLife(new TextDecoder().decode(bytes)) !== undefined;
}

/** @throws {HttpError} 400 or 413. */
function readMessages(bytes: Uint8Array): ClientMessage[] {
  const text = decodeText(bytes);
  // A body of 1 MiB may hold half a million of them.
  if (hasMoreElements(text, maxMessages)) {
    throw new HttpError(413, "INVALID_MESSAGE", `More than ${maxMessages} messages`);
  }
  return parseClientMessages(text);
}

async function takeFrom(
  poll: PollOutlet,
  since: string | null,
  signal: AbortSignal,
): Promise<Response> {
  const release = poll.hold();
  try {
    const portions = await poll.poll(since, signal);
    if (portions !== undefined) return jsonResponse(portions.body(release));
  } catch (error) {
    release();
    throw error;
  }
  release();
  return errorResponse(new HttpError(409, "SUPERSEDED", "Another poll of this session has come"));
}
