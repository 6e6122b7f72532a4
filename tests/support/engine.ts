/** A server of Engine.IO, and a client that speaks it by hand. */

import { serve, type Server } from "@hawser/ws";
import type { Clock } from "../../server/clock.ts";
import { engine, type EngineSocket } from "../../server/socketio/engine.ts";
import { EngineServer } from "../../server/socketio/engine_server.ts";
import type { EngineOptions } from "../../server/socketio/options.ts";
import type { QueueLimits } from "../../server/slow_peer_detector.ts";
import type { RequestInfo } from "../../server/types.ts";
import type { Entry, Wire, WireContext, WireRequest } from "../../server/wires/wire.ts";
import { waitFor } from "./wait.ts";

/** Settings of a test besides the options of the engine. */
export interface EngineServerSettings {
  readonly maxMessageSize?: number;
  readonly limits?: Partial<QueueLimits>;
  readonly allowedOrigins?: readonly string[];
  readonly port?: number;
  readonly trustProxy?: number;
}

/** A server that runs. */
export interface RunningEngine extends AsyncDisposable {
  readonly server: Server;
  readonly engine: EngineServer;
  /** Where it is. */
  readonly url: string;
  /** The errors of handlers. */
  readonly errors: unknown[];
  /** Resolves when so many requests have come, those that upgrade too, and the engine has them. */
  asked(count: number): Promise<void>;
}

const defaultLimits = {
  highWaterMark: 65_536,
  maxQueuedBytes: 1_048_576,
  slowTimeout: 20_000,
  onQueueFull: "close",
} as const;

/** A context of a server that has nothing but wires. */
export function contextOf(clock: Clock, context: Partial<WireContext> = {}): WireContext {
  return {
    app: undefined,
    path: undefined,
    newSessionId: () => crypto.randomUUID(),
    clock,
    limits: defaultLimits,
    maxMessageSize: 1_000_000,
    memory: { sharedBytes: 0, open: () => ({ bytes: 0, sharedBytes: 0 }) },
    log: undefined,
    notify() {},
    failed() {},
    ...context,
  };
}

/** A request for a wire that lets everybody in. */
export function wireRequest(
  request: Request,
  info: RequestInfo,
  admit: Entry["admit"] = () => Promise.reject(new Error("There is no application")),
): WireRequest {
  const entry: Entry = {
    ...info,
    remoteAddress: info.remoteAddress,
    protocols: [],
    request,
    data: undefined,
    admit,
  };
  return { ...entry, url: request.url, enter: () => Promise.resolve(entry) };
}

/** The handler of an engine, which has more methods than a wire must have. */
function handlerOf(wire: Wire, context: WireContext): EngineServer {
  const handler = wire(context);
  if (handler instanceof EngineServer) return handler;
  throw new TypeError("The wire is no engine");
}

/** Serves an engine, as short times as tests want them. */
export function serveEngine(
  options: EngineOptions,
  onSocket: (socket: EngineSocket) => unknown,
  settings: EngineServerSettings = {},
): RunningEngine {
  const { maxMessageSize = 1_000_000, allowedOrigins, trustProxy, port = 0, limits } = settings;
  const errors: unknown[] = [];
  const made: EngineServer[] = [];
  const wire = engine(options, onSocket);
  const server = serve({
    ...limits,
    port,
    hostname: "127.0.0.1",
    onListen() {},
    onError: (error) => void errors.push(error),
    maxMessageSize,
    ...(allowedOrigins && { allowedOrigins }),
    ...(trustProxy && { trustProxy }),
    wires: [(context) => {
      const handler = handlerOf(wire, context);
      made.push(handler);
      return handler;
    }],
  });
  return {
    server,
    engine: made[0]!,
    url: `http://127.0.0.1:${server.addr.port}/engine.io/`,
    errors,
    asked: (count) => waitFor(() => server.stats().http.requests === count),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An engine without a server, in the time of a test. */
export function makeEngine(
  options: EngineOptions,
  onSocket: (socket: EngineSocket) => unknown,
  clock: Clock,
): EngineServer {
  return handlerOf(engine(options, onSocket), contextOf(clock));
}

/** Asks an engine that has no server. */
export async function ask(
  engine: EngineServer,
  query: string,
  init: RequestInit = {},
  remoteAddress = "127.0.0.1",
): Promise<[status: number, body: string]> {
  const request = new Request(`http://127.0.0.1/engine.io/?EIO=4&transport=polling${query}`, init);
  const info = { remoteAddress, protocols: [] };
  const response = await engine.fetch(wireRequest(request, info));
  return [response.status, await response.text()];
}

/** Opens a session by polling, where there is no server. */
export async function openSession(engine: EngineServer): Promise<string> {
  const [, body] = await ask(engine, "");
  return JSON.parse(body.slice(1)).sid;
}

/** Echoes each message with its type. */
export function echo(socket: EngineSocket): void {
  socket.on("message", (data) => void socket.send(data));
}

/** A client that polls by hand. */
export class EnginePoller {
  readonly #url: string;
  readonly sid: string;

  /** Use {@linkcode EnginePoller.open}. */
  constructor(url: string, sid: string) {
    this.#url = `${url}?EIO=4&transport=polling&sid=${sid}`;
    this.sid = sid;
  }

  /** Opens a session. */
  static async open(url: string): Promise<EnginePoller> {
    const response = await fetch(`${url}?EIO=4&transport=polling`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return new EnginePoller(url, JSON.parse(text.slice(1)).sid);
  }

  /** Polls once. */
  async poll(signal?: AbortSignal): Promise<[status: number, body: string]> {
    const response = await fetch(this.#url, signal === undefined ? {} : { signal });
    return [response.status, await response.text()];
  }

  /** Sends a payload. */
  async post(body: BodyInit): Promise<[status: number, body: string]> {
    const response = await fetch(this.#url, { method: "POST", body });
    return [response.status, await response.text()];
  }

  /** Opens a WebSocket that may take over the session. */
  upgrade(): Promise<EngineWebSocket> {
    return EngineWebSocket.open(this.#url, `&sid=${this.sid}`);
  }
}

/** A client that speaks by WebSocket by hand. */
export class EngineWebSocket {
  readonly #socket: WebSocket;
  readonly #messages: (string | Uint8Array)[] = [];
  #waiting: PromiseWithResolvers<void> | undefined;
  /** Resolves when the connection has closed. */
  readonly closed: Promise<CloseEvent>;

  /** Use {@linkcode EngineWebSocket.open}. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    this.closed = new Promise((resolve) =>
      socket.onclose = (event) => {
        resolve(event);
        this.#waiting?.reject(new Error(`Closed with ${event.code}`));
      }
    );
    socket.onmessage = ({ data }) => {
      this.#messages.push(typeof data === "string" ? data : new Uint8Array(data));
      this.#waiting?.resolve();
    };
  }

  /** Opens a connection. */
  static async open(url: string, query = ""): Promise<EngineWebSocket> {
    const target = `${url.replace("http", "ws").split("?")[0]}?EIO=4&transport=websocket${query}`;
    const socket = new WebSocket(target);
    const client = new EngineWebSocket(socket);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("Cannot connect"));
    });
    socket.onerror = null;
    return client;
  }

  /** Sends a packet. */
  send(packet: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(packet);
  }

  /** The next packet. */
  async next(): Promise<string | Uint8Array> {
    while (this.#messages.length === 0) {
      this.#waiting = Promise.withResolvers();
      await this.#waiting.promise;
    }
    return this.#messages.shift()!;
  }

  /** Closes the connection. */
  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}
