/** An HTTP connection in memory with a clock that a test moves. */

import { ConnectionLimits } from "../../server/net/listen/connection_limits.ts";
import { NetCounters } from "../../server/net/counters.ts";
import { systemClock } from "../../server/clock.ts";
import { Deadlines } from "../../server/deadlines.ts";
import { ProxyTrust } from "../../server/net/listen/forwarded.ts";
import { HttpConnection } from "../../server/net/http/http_connection.ts";
import type { HttpHandlers, HttpOptions } from "../../server/net/http/http_context.ts";
import type { FetchHandler } from "../../server/options.ts";
import { MemoryBudget } from "../../server/net/memory_budget.ts";
import { ReadBuffers } from "../../server/net/read_buffers.ts";
import type { Socket } from "../../server/net/listen/socket.ts";
import type { Turns } from "../../server/net/turns.ts";
import { Cork } from "../../server/net/websocket/cork.ts";
import { headLimits } from "./heads.ts";
import { HttpClient } from "./http_client.ts";
import { memoryPair, type MemorySocket } from "./memory_socket.ts";
import { endlessTurn } from "./turns.ts";

/** Settings of a test. */
export interface HttpDriverOptions extends Partial<Omit<HttpHandlers, "fetch">> {
  /** Answers with the path when left out. */
  readonly fetch?: FetchHandler;
  readonly options?: Partial<HttpOptions>;
  readonly trust?: ProxyTrust;
  readonly memoryBudget?: number;
  /** The server's end, where it is not a pair in memory. */
  readonly serverSocket?: Socket;
  /** Unread bytes at which a write waits. */
  readonly capacity?: number;
  /** Never over by default. */
  readonly turns?: Turns;
  /** Stands for the TLS handshake. */
  readonly handshake?: () => Promise<void>;
  /** Called with the connection; runs it by default. */
  readonly start?: (connection: HttpConnection) => Promise<void>;
}

const defaults: HttpOptions = {
  ...headLimits,
  handshakeTimeout: 10_000,
  idleTimeout: 5_000,
  bodyTimeout: 60_000,
  maxBodySize: 1024,
  allowedHosts: undefined,
  maxSmallChunks: 16_384,
};

function answerPath(request: Request): Response {
  return new Response(new URL(request.url).pathname);
}

/** One connection: the client's end, what the server counted, and a clock. */
export class HttpDriver {
  readonly client: HttpClient;
  /** The client's end. */
  readonly peer: MemorySocket;
  /** The server's end. */
  readonly socket: MemorySocket;
  readonly connection: HttpConnection;
  readonly counters = new NetCounters();
  readonly memory: MemoryBudget;
  /** The errors of handlers. */
  readonly errors: unknown[] = [];
  readonly deadlines: Deadlines;
  /** Settles when the loop has ended. */
  readonly ended: Promise<void>;
  #time = 0;

  constructor(settings: HttpDriverOptions = {}) {
    const { server, client } = memoryPair({ capacity: settings.capacity ?? 64 * 1024 });
    this.socket = server;
    this.peer = client;
    this.client = new HttpClient(client);
    this.deadlines = new Deadlines({ clock: { ...systemClock, now: () => this.#time } });
    if (settings.handshake !== undefined) server.handshake = settings.handshake;
    this.memory = new MemoryBudget(settings.memoryBudget ?? 2 ** 28, () => this.#time);
    this.connection = new HttpConnection(settings.serverSocket ?? server, {
      options: { ...defaults, ...settings.options },
      handlers: {
        upgrade: settings.upgrade ?? (() => Promise.resolve(new Response(null, { status: 403 }))),
        fetch: (request, info) => (settings.fetch ?? answerPath)(request.makeRequest(), info),
        handlerFailed: (error) => void this.errors.push(error),
      },
      deadlines: this.deadlines,
      readBuffers: new ReadBuffers(),
      turns: settings.turns ?? endlessTurn(),
      cork: new Cork(),
      memory: this.memory,
      counters: this.counters,
      limits: new ConnectionLimits(
        { maxConnections: 0, maxConnectionsPerAddress: 0 },
        () => false,
      ),
      trust: settings.trust ?? new ProxyTrust(0),
      secure: false,
    });
    const start = settings.start ?? ((connection) => connection.run());
    this.ended = start(this.connection);
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    for (const end = this.#time + milliseconds; this.#time < end;) {
      this.#time = Math.min(end, this.#time + 250);
      this.deadlines.sweep();
    }
  }

  /** Lets time pass while the process does nothing else. */
  standStill(milliseconds: number): void {
    this.#time += milliseconds;
    this.deadlines.sweep();
  }

  /** Lets everything happen that waits for nothing but promises. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 200; turn++) await undefined;
  }

  /** Hangs up; the loop must end by itself, and nothing may stay behind. */
  async hangUp(): Promise<void> {
    this.peer.close();
    await this.ended;
    if (this.memory.used !== 0) throw new Error(`The budget is off by ${this.memory.used} bytes`);
  }
}
