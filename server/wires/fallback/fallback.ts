/** The fallback transports: the routes of event streams, polls and what clients send. */

import { EventError } from "../../app/events/errors.ts";
import type { Peer } from "../../app/peer.ts";
import type { Newest } from "../../app/streams/position.ts";
import type { HttpClients } from "../../types.ts";
import {
  checkMethod,
  decodeText,
  errorResponse,
  HttpError,
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
import { hasMoreElements } from "../more_elements.ts";
import { httpErrorOf } from "../refusal.ts";
import type { WireContext, WireHandler, WireRequest } from "../wire.ts";
import type { Replies } from "./fallback_peer.ts";
import { FallbackSessions, type SessionStart } from "./fallback_sessions.ts";
import type { ResolvedFallbackOptions } from "./options.ts";
import type { FallbackTransport, SessionEnd } from "./fallback_transport.ts";
import { PollTransport } from "./poll.ts";
import { parsePositions, PositionList } from "./position_list.ts";
import { SharedEvents } from "./queued_event.ts";
import { SseTransport } from "./sse.ts";

/** A request for one of the routes. */
interface Call extends Pick<WireRequest, "enter" | "remoteAddress"> {
  readonly namespace: string;
  readonly request: Request;
  readonly query: URLSearchParams;
}

interface Route {
  readonly path: string;
  /** As the field Allow lists them. */
  readonly methods: string;
  readonly run: (call: Call) => Promise<Response>;
}

/** The decisions about a client that may come in. */
interface AdmittedClient
  extends Pick<SessionStart<FallbackTransport>, "accept" | "request" | "remoteAddress" | "data"> {
  readonly positions: PositionList;
}

/** Messages that one request may send. @limit messages: 413 */
const maxMessages = 1_000;

const encoder = new TextEncoder();

/** Serves the clients that cannot use WebSocket. */
export class Fallback implements WireHandler {
  readonly #options: ResolvedFallbackOptions;
  readonly #context: WireContext;
  readonly #sessions: FallbackSessions;
  readonly #events: SharedEvents;
  readonly #routes: readonly Route[];

  constructor(options: ResolvedFallbackOptions, context: WireContext) {
    this.#options = options;
    this.#context = context;
    this.#sessions = new FallbackSessions(options, context);
    this.#events = new SharedEvents(context.memory);
    this.#routes = [
      { path: options.ssePath, methods: "GET", run: (call) => this.#stream(call) },
      { path: options.pollPath, methods: "GET, DELETE", run: (call) => this.#poll(call) },
      { path: options.eventsPath, methods: "POST", run: (call) => this.#receive(call) },
    ];
  }

  get #timing() {
    return { ...this.#options, ...this.#context, events: this.#events };
  }

  /** See {@linkcode WireHandler}. */
  httpClients(): HttpClients {
    return this.#sessions.count();
  }

  /** See {@linkcode WireHandler}. */
  shutdown(end: SessionEnd): void {
    this.#sessions.shutdown(end);
  }

  /** See {@linkcode WireHandler}. */
  owns(pathname: string): boolean {
    return this.#find(pathname) !== undefined;
  }

  /** See {@linkcode WireHandler}. An event stream is a session of its own. */
  sessionOf({ pathname, searchParams }: URL): string | null {
    const isStream = this.#find(pathname)?.route.path === this.#options.ssePath;
    return isStream ? null : searchParams.get("session");
  }

  /** See {@linkcode WireHandler}. */
  async fetch(asked: WireRequest): Promise<Response> {
    const { request, remoteAddress } = asked;
    const { pathname, searchParams: query } = new URL(request.url);
    const found = this.#find(pathname);
    if (found === undefined) throw new TypeError("Cannot answer: the path is not one of this wire");
    const { route, namespace } = found;
    const enter = asked.enter.bind(asked);
    try {
      if (request.method === "OPTIONS") return preflightResponse(route.methods);
      checkMethod(request, route.methods);
      return await route.run({ namespace, request, remoteAddress, query, enter });
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return errorResponse(error);
    }
  }

  /** Finds the route of a path, unless these transports are not spoken in its namespace. */
  #find(pathname: string): { readonly route: Route; readonly namespace: string } | undefined {
    for (const route of this.#routes) {
      const namespace = namespaceAt(pathname, route.path);
      if (namespace === undefined || !this.#context.app?.hasNamespace(namespace)) continue;
      if (this.#options.namespaces(namespace)) return { route, namespace };
    }
    return undefined;
  }

  // ----- Routes -----

  async #stream(call: Call): Promise<Response> {
    const { request, query } = call;
    const since = request.headers.get("last-event-id") ?? query.get("lastEventId");
    const id = this.#context.newSessionId();
    const opening = await this.#admit(call);
    if (opening instanceof Response) return opening;
    const { positions } = opening;
    const missedSince = parsePositions(since, positions.rooms.length);
    const newest = readNewest(query);
    positions.claim(missedSince);
    const transport = new SseTransport(positions, this.#timing, () => {
      this.#sessions.end(id, "Client has gone");
    });
    const { rooms } = positions;
    const { peer } = this.#sessions.start({ ...opening, id, rooms, transport });
    peer.join(missedSince.map((position) => position ?? newest));
    return transport.response();
  }

  async #poll(call: Call): Promise<Response> {
    const { request, query } = call;
    const since = query.get("since");
    const id = query.get("session");
    const isEnd = request.method === "DELETE";
    if (id === null && !isEnd) return await this.#firstPoll(call, since ?? "");
    const { poll } = this.#sessions.get(id);
    if (poll === undefined) throw new HttpError(400, "INVALID_MESSAGE", "Session does not poll");
    if (!isEnd) return await takeFrom(poll, since, request.signal);
    poll.leave();
    return new Response(null, { status: 204 });
  }

  async #firstPoll(call: Call, since: string): Promise<Response> {
    const id = this.#context.newSessionId();
    const opening = await this.#admit(call);
    if (opening instanceof Response) return opening;
    const { positions } = opening;
    const missedSince = parsePositions(since, positions.rooms.length);
    const newest = readNewest(call.query);
    positions.claim(missedSince);
    const poll = new PollTransport({ id, positions, since }, this.#timing, {
      disconnected: () => this.#sessions.end(id, "Client has gone"),
      isExcessive: () => this.#sessions.isExcessive(id),
    });
    const { rooms } = positions;
    const { peer } = this.#sessions.start({ ...opening, id, rooms, transport: poll }, poll);
    poll.joining();
    const from = missedSince.map((position) => position ?? newest);
    const joined = peer.join(from).then(() => poll.rejoined());
    // Events that do not fit into one answer come by the next.
    await Promise.race([joined, peer.awaitsClient()]);
    const { signal } = call.request;
    const response = await takeFrom(poll, since, signal);
    // Nobody else knows of this session.
    if (signal.aborted) poll.leave();
    return response;
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
  async #admit(call: Call): Promise<Response | AdmittedClient> {
    const { request, namespace, remoteAddress, query } = call;
    this.#sessions.begin(remoteAddress);
    const pathname = pathOf(namespace, this.#context.path);
    const entry = await call.enter({ namespace, pathname });
    if (entry instanceof Response) return entry;
    if (entry instanceof EventError) throw httpErrorOf(entry);
    const admitted = await entry.admit(namespace);
    if (admitted instanceof EventError) throw httpErrorOf(admitted);
    // Meanwhile others may have come, and this one may have gone.
    request.signal.throwIfAborted();
    this.#sessions.makeRoom(remoteAddress);
    const positions = new PositionList(query.getAll("room"));
    const accept = (peer: Peer) => admitted.accept(peer);
    return { accept, request, positions, remoteAddress, data: entry.data };
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
  poll: PollTransport,
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
