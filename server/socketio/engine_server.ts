/** All sessions of one server: from requests and upgrades to the session that they are for. */

import { Deadlines, resolutionFor } from "../deadlines.ts";
import { EventError } from "../app/events/errors.ts";
import type { Connection, ConnectionTerms, HttpClients } from "../types.ts";
import { addHeaders, HttpError, preflightResponse } from "../wires/http_answer.ts";
import { SessionLimits } from "../wires/session_limits.ts";
import type { Entry, Upgrade, WireContext, WireHandler, WireRequest } from "../wires/wire.ts";
import { type EngineError, errorResponse, textResponse, tooManyResponse } from "./engine_answer.ts";
import { logPolling } from "./engine_log.ts";
import { encodeEnginePacket } from "./engine_packet.ts";
import { PollingTransport } from "./engine_polling.ts";
import { EngineSession, type SessionContext } from "./engine_session.ts";
import { EngineUpgrade } from "./engine_upgrade.ts";
import { WebSocketTransport } from "./engine_websocket.ts";
import type { ResolvedEngineOptions } from "./options.ts";

/** Why a request is not served. */
interface Refusal {
  readonly error: EngineError;
  readonly message?: string;
}

/** The engine has its own heartbeat, and its clients expect no reason in a Close frame. */
const terms: ConnectionTerms = { pings: false, reasons: false };

/** The sessions, by their ids. */
export class EngineServer implements WireHandler {
  readonly #options: ResolvedEngineOptions;
  readonly #context: WireContext;
  readonly #sessionContext: SessionContext;
  readonly #opened: (session: EngineSession) => void;
  /** Of all sessions. */
  readonly deadlines: Deadlines;
  readonly #sessions = new Map<string, EngineSession>();
  /** One function for all sessions. */
  readonly #forget = (session: EngineSession) => {
    if (!this.#sessions.delete(session.sid)) return;
    if (session.transport instanceof PollingTransport) this.#limits.delete(session);
  };
  /** Counts those that poll. */
  readonly #limits: SessionLimits<EngineSession>;
  #isDraining = false;

  /** @param opened Called with each new session, before any of its messages. */
  constructor(
    options: ResolvedEngineOptions,
    context: WireContext,
    opened: (session: EngineSession) => void,
  ) {
    const { pingInterval, pingTimeout, upgradeTimeout } = options;
    this.#options = options;
    this.#context = context;
    this.#opened = opened;
    const deadlines = this.deadlines = new Deadlines({
      clock: context.clock,
      resolution: resolutionFor([pingInterval, pingTimeout, upgradeTimeout]),
    });
    const now = () => context.clock.now();
    const wire = `the wire at ${options.path}`;
    this.#limits = new SessionLimits(options, { now, notify: context.notify, wire });
    this.#sessionContext = { deadlines, now, pingInterval, pingTimeout };
  }

  /** How many sessions there are, by transport. */
  count(): { readonly polling: number; readonly websocket: number } {
    const { size: polling } = this.#limits;
    return { polling, websocket: this.#sessions.size - polling };
  }

  httpClients(): HttpClients {
    return { sse: 0, poll: this.#limits.size };
  }

  owns(pathname: string): boolean {
    const { path } = this.#options;
    return pathname === path || pathname === path.slice(0, -1);
  }

  sessionOf({ searchParams }: URL): string | null {
    return searchParams.get("sid");
  }

  shutdown(): void {
    this.#isDraining = true;
    for (const session of [...this.#sessions.values()]) session.close();
  }

  // ----- Plain requests -----

  async fetch(asked: WireRequest): Promise<Response> {
    const { request } = asked;
    if (request.method === "OPTIONS") {
      const fields = request.headers.get("access-control-request-headers") ?? "";
      return preflightResponse("GET, POST", fields);
    }
    const query = queryOf(asked.url);
    const refusal = this.#checkQuery(query);
    if (refusal !== undefined) return errorResponse(refusal.error);
    const isPolling = query.get("transport") === "polling";
    const sid = query.get("sid");
    if (sid === null) {
      return isPolling ? await this.#begin(asked) : errorResponse("badRequest");
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
    const session = this.#sessions.get(sid);
    if (session !== undefined) this.#limits.prove(session);
    return session;
  }

  async #begin(asked: WireRequest): Promise<Response> {
    if (asked.request.method !== "GET") return errorResponse("badMethod");
    if (this.#isDraining) return busyResponse();
    try {
      this.#limits.begin(asked.remoteAddress);
      return await this.#openSession(asked);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      return tooManyResponse(error);
    }
  }

  /** @throws {HttpError} 429 or 503: there are too many sessions. */
  async #openSession(asked: WireRequest): Promise<Response> {
    const { request } = asked;
    const refusal = await this.#ask(asked);
    if (refusal !== undefined) return errorResponse(refusal.error, refusal.message);
    const entry = await asked.enter();
    if (entry instanceof Response) return entry;
    if (entry instanceof EventError) return refuse(entry);
    if (this.#isDraining) return busyResponse();
    this.#makeRoom(asked.remoteAddress);
    const sid = this.#context.newSessionId();
    const headers = this.#options.handshakeHeaders?.(request, { sid });
    const { maxMessageSize } = this.#context;
    const ended = logPolling(this.#context.log, entry);
    const session = this.#open(
      sid,
      entry,
      (session) => new PollingTransport(session, maxMessageSize, this.#context, ended),
    );
    this.#limits.add(session, false);
    this.#opened(session);
    return addHeaders(textResponse(this.#openPacket(sid, true)), headers);
  }

  /** Where there are too many sessions, one ends whose client has sent only one request. */
  #makeRoom(remoteAddress: string): void {
    const excess = this.#limits.findExcess(remoteAddress);
    excess?.end("transport close");
    // It may have ended before, and wait for its client to fetch that.
    excess?.forget();
  }

  async #ask(asked: WireRequest): Promise<Refusal | undefined> {
    const answer = await this.#options.allowRequest?.(asked.request, asked) ?? true;
    if (answer === true) return undefined;
    return typeof answer === "string"
      ? { error: "forbidden", message: answer }
      : { error: "forbidden" };
  }

  // ----- Upgrade requests -----

  async upgrade(asked: WireRequest): Promise<Response | Upgrade> {
    const query = queryOf(asked.url);
    const sid = query.get("sid");
    const refusal = this.#checkQuery(query) ?? this.#checkUpgrade(query) ??
      (sid === null ? await this.#ask(asked) : undefined);
    // Clients of WebSocket expect this status for each.
    if (refusal !== undefined) return errorResponse(refusal.error, refusal.message, 400);
    return sid === null ? await this.#admitNew(asked) : this.#admitKnown(asked, sid);
  }

  #checkUpgrade(query: URLSearchParams): Refusal | undefined {
    if (query.get("transport") !== "websocket") return { error: "badRequest" };
    if (!query.has("sid") || this.#options.allowUpgrades) return undefined;
    return { error: "badRequest" };
  }

  /** Of offered subprotocols the first is taken, as by npm's server: an offer must be answered. */
  async #admitNew(asked: WireRequest): Promise<Response | Upgrade> {
    if (this.#isDraining) return busyResponse();
    const entry = await asked.enter();
    if (entry instanceof Response) return entry;
    if (entry instanceof EventError) return refuse(entry);
    const sid = this.#context.newSessionId();
    const headers = this.#options.handshakeHeaders?.(asked.request, { sid });
    const open = (connection: Connection) => this.#openNew(connection, sid, entry);
    return { entry, headers, terms, open, fallbackProtocol: asked.protocols[0] };
  }

  /** A session that was taken over has its connection: another one opens, and is closed. */
  #admitKnown({ protocols }: WireRequest, sid: string): Response | Upgrade {
    const session = this.#find(sid);
    if (session?.isOpen !== true) return errorResponse("unknownSession");
    const { entry } = session;
    const open = (connection: Connection) => this.#upgrade(connection, session);
    return { entry, terms, open, fallbackProtocol: protocols[0] };
  }

  #openNew(connection: Connection, sid: string, entry: Entry): void {
    const { highWaterMark } = this.#context.limits;
    const session = this.#open(sid, entry, (session) => {
      const transport = new WebSocketTransport(connection, session, highWaterMark);
      transport.sendPacket(this.#openPacket(sid, false));
      return transport;
    });
    this.#opened(session);
  }

  /** A session is taken over once, by one connection at a time. */
  #upgrade(connection: Connection, session: EngineSession): void {
    const polling = session.transport;
    const mayUpgrade = session.isOpen && !session.isUpgrading;
    if (!mayUpgrade || !(polling instanceof PollingTransport)) return connection.close();
    new EngineUpgrade(session, polling, connection, {
      deadlines: this.deadlines,
      upgradeTimeout: this.#options.upgradeTimeout,
      highWaterMark: this.#context.limits.highWaterMark,
      completed: () => this.#limits.delete(session),
    });
  }

  // ----- Sessions -----

  #open(
    sid: string,
    entry: Entry,
    makeTransport: ConstructorParameters<typeof EngineSession>[1],
  ): EngineSession {
    const origin = { sid, entry };
    const session = new EngineSession(origin, makeTransport, this.#sessionContext, this.#forget);
    this.#sessions.set(session.sid, session);
    return session;
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

/** The query of a URL, without parsing the rest of it once more. */
function queryOf(url: string): URLSearchParams {
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at));
}

/** Says by HTTP why the server lets nobody in. */
function refuse({ code, message }: EventError): Response {
  return errorResponse("forbidden", message, code === "RATE_LIMITED" ? 429 : undefined);
}

function busyResponse(): Response {
  return new Response(null, { status: 503, headers: { "retry-after": "5" } });
}
