/** A listener and HTTP loops on a real port, without WebSocket. */

import { ConnectionLimits } from "../../server/net/listen/connection_limits.ts";
import { NetCounters } from "../../server/net/counters.ts";
import { Deadlines } from "../../server/deadlines.ts";
import { ProxyTrust } from "../../server/net/listen/forwarded.ts";
import { HttpConnection } from "../../server/net/http/http_connection.ts";
import type { HttpContext, HttpHandlers, HttpOptions } from "../../server/net/http/http_context.ts";
import type { FetchHandler } from "../../server/options.ts";
import { Listener, type ListenerOptions, openPort } from "../../server/net/listen/listener.ts";
import { MemoryBudget } from "../../server/net/memory_budget.ts";
import { ReadBuffers } from "../../server/net/read_buffers.ts";
import type { Socket } from "../../server/net/listen/socket.ts";
import { headLimits } from "./heads.ts";
import { Cork } from "../../server/net/websocket/cork.ts";
import { endlessTurn } from "./turns.ts";

/** Settings of a test. */
export interface TestServerOptions
  extends Partial<Omit<HttpHandlers, "fetch">>, Partial<HttpOptions>, Partial<ListenerOptions> {
  /** Answers with the path when left out. */
  readonly fetch?: FetchHandler;
  readonly maxConnections?: number;
  readonly maxConnectionsPerAddress?: number;
}

function answerPath(request: Request): Response {
  return new Response(new URL(request.url).pathname);
}

/** A running server with everything to look into. */
export class TestServer implements AsyncDisposable {
  readonly counters = new NetCounters();
  readonly memory = new MemoryBudget(2 ** 28, () => this.deadlines.now());
  readonly limits: ConnectionLimits;
  readonly deadlines = new Deadlines({ resolution: 10 });
  /** The errors of handlers. */
  readonly errors: unknown[] = [];
  readonly #listener: Listener;
  readonly #running: Promise<void>;
  readonly #connections = new Map<HttpConnection, Promise<void>>();
  readonly #context: HttpContext;

  constructor(settings: TestServerOptions = {}) {
    const { maxConnections = 0, maxConnectionsPerAddress = 0 } = settings;
    const { hostname = "127.0.0.1", port = 0, cert, key } = settings;
    this.limits = new ConnectionLimits({ maxConnections, maxConnectionsPerAddress }, () => false);
    this.#context = this.#makeContext(settings);
    this.#listener = new Listener(openPort({ hostname, port, cert, key, loadBalanced: false }), {
      now: this.deadlines.now,
      limits: this.limits,
      counters: this.counters,
      turns: endlessTurn(),
      handlers: {
        accepted: (socket) => this.#start(socket, (connection) => connection.run()),
        refused: (socket, status) =>
          this.#start(socket, (connection) => connection.refuse(status, "Too many connections")),
        acceptFailed: (error) => void this.errors.push(error),
      },
    });
    this.#running = this.#listener.run();
  }

  #makeContext(settings: TestServerOptions): HttpContext {
    const { upgrade, fetch = answerPath } = settings;
    return {
      options: {
        ...headLimits,
        allowedHosts: undefined,
        handshakeTimeout: 10_000,
        idleTimeout: 5_000,
        bodyTimeout: 60_000,
        maxBodySize: 1_048_576,
        maxSmallChunks: 16_384,
        ...settings,
      },
      handlers: {
        upgrade: upgrade ?? (() => Promise.resolve(new Response(null, { status: 403 }))),
        fetch: (request, info) => fetch(request.makeRequest(), info),
        handlerFailed: (error) => void this.errors.push(error),
      },
      deadlines: this.deadlines,
      readBuffers: new ReadBuffers(),
      turns: endlessTurn(),
      cork: new Cork(),
      memory: this.memory,
      counters: this.counters,
      limits: this.limits,
      trust: new ProxyTrust(0),
      secure: settings.cert !== undefined,
    };
  }

  /** The port. */
  get port(): number {
    const { address } = this.#listener;
    if (address.transport !== "tcp") throw new TypeError("Server has no port");
    return address.port;
  }

  /** HTTP connections that have neither ended nor been upgraded. */
  get size(): number {
    return this.#connections.size;
  }

  /** Connects to it by TCP. */
  connect(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: "127.0.0.1", port: this.port });
  }

  #start(socket: Socket, run: (connection: HttpConnection) => Promise<void>): void {
    const connection = new HttpConnection(socket, this.#context);
    const ended = run(connection).then(() => void this.#connections.delete(connection));
    this.#connections.set(connection, ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
    for (const connection of this.#connections.keys()) connection.terminate();
    await Promise.all(this.#connections.values());
    this.deadlines.close();
  }
}
