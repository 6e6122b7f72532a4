/** All sessions of one server: from requests and upgrades to the session that they are for. */

import { Timeouts } from "../app/timeouts.ts";
import { originNotice } from "../origin_notice.ts";
import type { Connection, Notify, RequestInfo } from "../types.ts";
import {
  addHeaders,
  checkSource,
  exposeTo,
  HttpError,
  type HttpGate,
} from "../wires/http_answer.ts";
import type { QueueSettings } from "../wires/fallback/peer_queue.ts";
import { type EngineError, errorResponse, textResponse } from "./engine_answer.ts";
import { encodeEnginePacket } from "./engine_packet.ts";
import { PollingTransport } from "./engine_polling.ts";
import { EngineSession, type SessionContext, type SessionOrigin } from "./engine_session.ts";
import { EngineUpgrade } from "./engine_upgrade.ts";
import { WebSocketTransport } from "./engine_websocket.ts";
import type { ResolvedEngineOptions } from "./options.ts";

/** What the engine needs of the server that it is a part of. */
export interface EngineContext extends QueueSettings {
  /** Bytes of the largest message, and of the largest body that a client may send. */
  readonly maxMessageSize: number;
  /** Which pages may use the server. */
  readonly gate: HttpGate;
  /** Tells the operator of the server something about a client. */
  readonly notify: Notify;
}

/** A WebSocket that may open: with a new session, or to take one over. */
export interface EngineEntry {
  readonly sid: string;
  readonly isNew: boolean;
  /** For the response that opens it. */
  readonly headers?: HeadersInit | undefined;
}

/** Why a request is not served. */
interface Refusal {
  readonly error: EngineError;
  readonly message?: string;
}

/** The sessions, by their ids. */
export class EngineServer {
  readonly #options: ResolvedEngineOptions;
  readonly #context: EngineContext;
  readonly #sessionContext: SessionContext;
  readonly #opened: (session: EngineSession) => void;
  readonly #timeouts: Timeouts;
  readonly #sessions = new Map<string, EngineSession>();
  /** How many of them poll. */
  #polling = 0;
  #isDraining = false;

  /** @param opened Called with each new session, before any of its messages. */
  constructor(
    options: ResolvedEngineOptions,
    context: EngineContext,
    opened: (session: EngineSession) => void,
  ) {
    const { pingInterval, pingTimeout, upgradeTimeout } = options;
    this.#options = options;
    this.#context = context;
    this.#opened = opened;
    const shortest = Math.min(pingInterval, pingTimeout, upgradeTimeout);
    const timeouts = this.#timeouts = new Timeouts(context.clock, shortest);
    const now = () => context.clock.now();
    this.#sessionContext = { timeouts, now, pingInterval, pingTimeout };
  }

  /** How many sessions there are, by transport. */
  count(): { readonly polling: number; readonly websocket: number } {
    return { polling: this.#polling, websocket: this.#sessions.size - this.#polling };
  }

  /** Whether requests for a path are for this. */
  owns(pathname: string): boolean {
    const { path } = this.#options;
    return pathname === path || pathname === path.slice(0, -1);
  }

  /** Sends all clients away and takes in no more. */
  shutdown(): void {
    this.#isDraining = true;
    for (const session of [...this.#sessions.values()]) session.close();
  }

  // ----- Plain requests -----

  /** Answers a plain request. */
  async fetch(request: Request, info: RequestInfo): Promise<Response> {
    try {
      checkSource(request, this.#context.gate);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.#noticeOrigin(request, info);
      return errorResponse("forbidden");
    }
    const response = request.method === "OPTIONS"
      ? preflightResponse(request)
      : await this.#serve(request, info);
    return exposeTo(request, response);
  }

  #noticeOrigin(request: Request, { remoteAddress: address }: RequestInfo): void {
    const name = request.headers.get("origin");
    if (name === null) return;
    const path = new URL(request.url).pathname;
    this.#context.notify(originNotice({ address, path, name }));
  }

  async #serve(request: Request, info: RequestInfo): Promise<Response> {
    const query = new URL(request.url).searchParams;
    const refusal = this.#checkQuery(query);
    if (refusal !== undefined) return errorResponse(refusal.error);
    const isPolling = query.get("transport") === "polling";
    const sid = query.get("sid");
    if (sid === null) {
      return isPolling ? await this.#shakeHands(request, info) : errorResponse("badRequest");
    }
    const session = this.#find(sid);
    if (session === undefined) return errorResponse("unknownSession");
    const { transport } = session;
    if (!isPolling || !(transport instanceof PollingTransport)) return errorResponse("badRequest");
    if (request.method === "GET") return await transport.poll(request.signal);
    if (request.method === "POST") return await transport.receive(request);
    return errorResponse("badRequest");
  }

  #checkQuery(query: URLSearchParams): Refusal | undefined {
    const transports: readonly (string | null)[] = this.#options.transports;
    if (!transports.includes(query.get("transport"))) return { error: "unknownTransport" };
    return query.get("EIO") === "4" ? undefined : { error: "unknownVersion" };
  }

  #find(sid: string): EngineSession | undefined {
    this.#sessions.get(sid)?.checkAlive();
    return this.#sessions.get(sid);
  }

  async #shakeHands(request: Request, info: RequestInfo): Promise<Response> {
    if (request.method !== "GET") return errorResponse("badMethod");
    const refusal = await this.#ask(request, info);
    if (refusal !== undefined) return errorResponse(refusal.error, refusal.message);
    const { maxSessions, handshakeHeaders } = this.#options;
    if (this.#isDraining || this.#polling >= maxSessions) return busyResponse();
    const sid = crypto.randomUUID();
    const headers = handshakeHeaders?.(request, { sid });
    const { maxMessageSize } = this.#context;
    const origin = { sid, opener: { request }, remoteAddress: info.remoteAddress };
    this.#polling++;
    this.#open(origin, (session) => new PollingTransport(session, maxMessageSize, this.#context));
    return addHeaders(textResponse(this.#openPacket(sid, true)), headers);
  }

  async #ask(request: Request, info: RequestInfo): Promise<Refusal | undefined> {
    const answer = await this.#options.allowRequest?.(request, info) ?? true;
    if (answer === true) return undefined;
    return typeof answer === "string"
      ? { error: "forbidden", message: answer }
      : { error: "forbidden" };
  }

  // ----- Upgrade requests -----

  /** Decides about an upgrade request. */
  async admit(request: Request, info: RequestInfo): Promise<Response | EngineEntry> {
    const query = new URL(request.url).searchParams;
    const refusal = this.#checkQuery(query) ?? this.#checkUpgrade(query) ??
      (query.has("sid") ? undefined : await this.#ask(request, info));
    if (refusal !== undefined) return errorResponse(refusal.error, refusal.message, 400);
    const known = query.get("sid");
    if (known !== null) return { sid: known, isNew: false };
    if (this.#isDraining) return busyResponse();
    const sid = crypto.randomUUID();
    return { sid, isNew: true, headers: this.#options.handshakeHeaders?.(request, { sid }) };
  }

  #checkUpgrade(query: URLSearchParams): Refusal | undefined {
    if (query.get("transport") !== "websocket") return { error: "badRequest" };
    const sid = query.get("sid");
    if (sid === null) return undefined;
    if (this.#find(sid)?.isOpen !== true) return { error: "unknownSession" };
    return this.#options.allowUpgrades ? undefined : { error: "badRequest" };
  }

  /** Takes over a connection that was admitted. */
  open(connection: Connection, { sid, isNew }: EngineEntry): void {
    if (!isNew) return this.#upgrade(connection, this.#find(sid));
    const { remoteAddress, data } = connection;
    const { highWaterMark } = this.#context.limits;
    this.#open({ sid, opener: connection, remoteAddress, data }, (session) => {
      const transport = new WebSocketTransport(connection, session, highWaterMark);
      transport.sendPacket(this.#openPacket(sid, false));
      return transport;
    });
  }

  /** A session is taken over once, by one connection at a time. */
  #upgrade(connection: Connection, session: EngineSession | undefined): void {
    const polling = session?.transport;
    const mayUpgrade = session?.isOpen === true && !session.isUpgrading;
    if (!mayUpgrade || !(polling instanceof PollingTransport)) return connection.close();
    new EngineUpgrade(session, polling, connection, {
      timeouts: this.#timeouts,
      upgradeTimeout: this.#options.upgradeTimeout,
      highWaterMark: this.#context.limits.highWaterMark,
      completed: () => void this.#polling--,
    });
  }

  // ----- Sessions -----

  #open(
    origin: SessionOrigin,
    makeTransport: ConstructorParameters<typeof EngineSession>[1],
  ): void {
    const session = new EngineSession(origin, makeTransport, this.#sessionContext, (session) => {
      if (!this.#sessions.delete(session.sid)) return;
      if (session.transport instanceof PollingTransport) this.#polling--;
    });
    this.#sessions.set(session.sid, session);
    this.#opened(session);
  }

  #openPacket(sid: string, isPolling: boolean): string {
    const { allowUpgrades, transports, pingInterval, pingTimeout } = this.#options;
    const mayUpgrade = isPolling && allowUpgrades && transports.includes("websocket");
    const upgrades = mayUpgrade ? ["websocket"] : [];
    const maxPayload = this.#context.maxMessageSize;
    const fields = { sid, upgrades, pingInterval, pingTimeout, maxPayload };
    return encodeEnginePacket("open", JSON.stringify(fields));
  }
}

function busyResponse(): Response {
  return new Response(null, { status: 503, headers: { "retry-after": "5" } });
}

/** Answers a browser that asks before it sends, and may send what it has asked about. */
function preflightResponse({ headers }: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": headers.get("access-control-request-headers") ?? "",
      "access-control-max-age": "600",
    },
  });
}
