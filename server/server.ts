/** Joins listener, HTTP, WebSocket and application: the one file that knows all of them. */

import { longestTimer } from "../wire/clock.ts";
import { checkOptions } from "../wire/option_checks.ts";
import { type Certificate, checkCertificate } from "./net/listen/certificate.ts";
import { ConnectionLimits } from "./net/listen/connection_limits.ts";
import { ConnectionLog, noticeOf, requestedBy } from "./net/connection_log.ts";
import { ConnectionSet } from "./net/websocket/connection_set.ts";
import { NetCounters } from "./net/counters.ts";
import { Deadlines, resolutionFor } from "./deadlines.ts";
import { ProxyTrust } from "./net/listen/forwarded.ts";
import { HttpConnection } from "./net/http/http_connection.ts";
import { HttpConnections } from "./net/http/http_connections.ts";
import type { HttpContext, UpgradeAttempt } from "./net/http/http_context.ts";
import { Listener, openPort } from "./net/listen/listener.ts";
import { MemoryBudget } from "./net/memory_budget.ts";
import { Notices } from "./net/notices.ts";
import { ProxiedSocket } from "./net/listen/proxy_protocol.ts";
import { ReadBuffers } from "./net/read_buffers.ts";
import { RequestOnce, UpgradeRecord } from "./net/http/request.ts";
import type { Socket } from "./net/listen/socket.ts";
import { Turns } from "./net/turns.ts";
import { Cork } from "./net/websocket/cork.ts";
import { YoungGeneration } from "./net/young_generation.ts";
import {
  type Accepted,
  acceptUnasked,
  acceptUpgrade,
  type UpgradeOptions,
} from "./net/websocket/upgrade.ts";
import { explainUpgrade, upgradeRequired } from "./net/http/upgrade_required.ts";
import { writeBroker, writeNotice } from "./operations/notice_lines.ts";
import type { Operated, ServerStats } from "./operations/server_stats.ts";
import type { ResolvedOptions } from "./resolved_options.ts";
import { deciderOf, makeWires } from "./server_wires.ts";
import { resolveShutdown, type ShutdownOptions } from "./shutdown.ts";
import type { Connection, FetchInfo, PreparedMessage, RequestMaker } from "./types.ts";
import type { WireSet } from "./wires/wire_set.ts";

/**
 * Called with each connection that has opened. Should it return a promise, a message that comes
 * before there is a handler for it waits until there is one, or until the promise settles. Where it
 * throws or rejects, the connection is closed with 1011, and `onError` is told.
 *
 * @typeParam Data What the `upgrade` hook attaches to a connection.
 */
export type ConnectionHandler<Data = unknown> = (connection: Connection<Data>) => unknown;

/** After a shutdown's deadline, what was cut off has this long to end. Milliseconds. */
const lastMoment = 100;

/**
 * A running server; made by {@linkcode serve}. `await using` shuts it down at the end of a scope.
 *
 * @example Closing the connections of a user
 * ```ts
 * import { serve, type Server } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * await using server: Server = serve({
 *   port: 0,
 *   hostname: "127.0.0.1",
 *   upgrade: (request) => ({ data: new URL(request.url).pathname }),
 * }, () => {});
 * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/ada`);
 * await new Promise((resolve) => socket.onopen = resolve);
 *
 * for (const connection of server.connections) {
 *   if (connection.data === "/ada") connection.close(4001, "Signed out");
 * }
 * const { code } = await new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
 * assertEquals(code, 4001);
 * ```
 */
export class Server implements AsyncDisposable, Operated {
  readonly #options: ResolvedOptions;
  readonly #upgradeOptions: UpgradeOptions;
  readonly #wires: WireSet;
  readonly #deadlines: Deadlines;
  readonly #memory: MemoryBudget;
  readonly #counters = new NetCounters();
  readonly #log: ConnectionLog | undefined;
  readonly #notices: Notices;
  readonly #connections: ConnectionSet;
  /** Absent where it is left to V8. */
  readonly #youngGeneration: YoungGeneration | undefined;
  readonly #http: HttpContext;
  /** Connections that have not ended and are not upgraded. */
  readonly #httpConnections = new HttpConnections();
  readonly #listener: Listener;
  #certificate: Certificate | undefined;
  readonly #unwatchBroker: (() => void) | undefined;
  readonly #running: Promise<void>;
  readonly #finished = Promise.withResolvers<void>();
  #shutdown: Promise<void> | undefined;
  #draining = false;
  readonly #turns = new Turns();

  /** Use {@linkcode serve}. */
  constructor(options: ResolvedOptions, onConnection: ConnectionHandler | undefined) {
    this.#options = options;
    const { cert, key } = options;
    this.#certificate = cert === undefined || key === undefined ? undefined : { cert, key };
    const trust = new ProxyTrust(options.trustProxy ?? 0, options.proxyFields);
    const counters = this.#counters;
    const limits = new ConnectionLimits(options, (address) => trust.isProxy(address));
    const readBuffers = new ReadBuffers();
    const cork = new Cork();
    this.#deadlines = new Deadlines({ resolution: resolutionOf(options) });
    this.#memory = new MemoryBudget(options.memoryBudget, this.#deadlines.now);
    this.#log = options.log && new ConnectionLog(options.log, this.#deadlines.now);
    const { log } = options;
    this.#notices = new Notices((notice) => {
      // A refused request has its record already: what to set is for people.
      if (log === undefined || notice.id === undefined) writeNotice(notice);
      else log(notice);
    }, this.#deadlines.now);
    this.#wires = makeWires(options, {
      memory: this.#memory,
      log: this.#log,
      notify: (notice) => this.#notices.report(notice),
    });
    this.#upgradeOptions = {
      ...options,
      decide: deciderOf(this.#wires, onConnection !== undefined),
    };
    this.#connections = new ConnectionSet(options, {
      deadlines: this.#deadlines,
      readBuffers,
      memory: this.#memory,
      turns: this.#turns,
      cork,
      open: (connection, { open = onConnection }) => open?.(connection),
      handlerFailed: (error) => {
        counters.handlerErrors++;
        options.onError(error);
      },
      log: this.#log,
    });
    if (options.trimHeap) {
      this.#youngGeneration = new YoungGeneration({
        deadlines: this.#deadlines,
        connections: () => this.#connections.size,
      });
    }
    this.#http = {
      options,
      handlers: {
        upgrade: (attempt) => this.#upgrade(attempt),
        fetch: (request, info) => this.#fetch(request, info),
        handlerFailed: options.onError,
        rejected: (rejection) => {
          this.#log?.rejected(rejection);
          const notice = noticeOf(rejection);
          if (notice !== undefined) this.#notices.report(notice);
        },
      },
      deadlines: this.#deadlines,
      readBuffers,
      memory: this.#memory,
      turns: this.#turns,
      cork,
      counters,
      limits,
      trust,
      secure: options.cert !== undefined,
    };
    this.#listener = new Listener(openPort(options), {
      now: this.#deadlines.now,
      limits,
      counters,
      turns: this.#turns,
      handlers: {
        accepted: (socket) => {
          const isProxied = options.proxyProtocol && trust.isProxy(socket.remoteAddress);
          void this.#run(isProxied ? new ProxiedSocket(socket) : socket);
        },
        refused: (socket, status) => void this.#run(socket, status),
        acceptFailed: options.onError,
      },
    });
    this.#unwatchBroker = options.app?.watchBroker?.((change) => {
      const record = { time: Date.now(), ...change };
      if (log === undefined) writeBroker(record);
      else log(record);
    });
    options.app?.start?.();
    this.#running = this.#listener.run();
  }

  /**
   * Where the server listens: with `port: 0`, the port that it was given. Throws a TypeError where
   * it listens on a `socketPath`.
   */
  get addr(): Deno.NetAddr {
    const { address } = this.#listener;
    if (address.transport === "tcp") return address;
    throw new TypeError(`Cannot tell the port: server listens on ${this.#options.socketPath}`);
  }

  /** The connections that are open or closing: the set itself, not a copy. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections.connections;
  }

  /** `false` as soon as the server shuts down: new connections should go elsewhere. */
  get ready(): boolean {
    return this.#shutdown === undefined;
  }

  /**
   * Returns a snapshot of connections, requests and the application. Counters only grow.
   *
   * @returns A snapshot.
   *
   * @example After one connection
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
   *   connection.close(4000);
   * });
   * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
   * await new Promise((resolve) => socket.onclose = resolve);
   *
   * await server.shutdown();
   * const { open, opened, closes } = server.stats().connections;
   * assertEquals([open, opened, closes["4000-4999"]], [0, 1, 1]);
   * ```
   */
  stats(): ServerStats {
    return {
      ready: this.ready,
      connections: this.#connections.stats(),
      http: this.#counters.stats(),
      memory: this.#memory.stats(),
      httpClients: this.#wires.httpClients(),
      app: this.#options.app?.stats?.() ?? {},
      broker: this.#options.app?.broker?.(),
    };
  }

  /** Resolves when the server has shut down. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /**
   * Sends a message to every open connection; it is encoded once. A connection whose queue is full
   * is treated as `onQueueFull` says, and the others get the message all the same.
   *
   * @param data Text, bytes or a prepared message.
   * @param options `except` leaves one connection out.
   * @throws {TypeError} The data is none of these.
   *
   * @example News for everybody
   * ```ts
   * import { serve } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
   * const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}`);
   * await new Promise((resolve) => socket.onopen = resolve);
   *
   * server.broadcast("High tide at noon");
   * const { data } = await new Promise<MessageEvent>((resolve) => socket.onmessage = resolve);
   * assertEquals(data, "High tide at noon");
   * ```
   */
  broadcast(
    data: string | Uint8Array | PreparedMessage,
    options: { except?: Connection } = {},
  ): void {
    checkOptions("broadcast", options, { except: "object" });
    this.#connections.broadcast(data, options.except);
  }

  /**
   * Changes the certificate of a TLS server, for connections that come from now on; the open ones
   * stay, with the old one. Deno cannot change the certificate of an open port, so the port is
   * closed and opened again at once: connections that wait to be accepted in this moment are reset,
   * and have to be made again.
   *
   * @param certificate Certificate chain and private key as PEM text, as the options `cert` and
   * `key`.
   * @returns Resolves when the new one is in use. Rejects with a `TypeError` where the server does
   * not speak TLS, or the texts cannot be used: then the old one stays in use.
   *
   * @example Files that were renewed
   * ```ts
   * import { serve, type Server } from "@hawser/ws";
   * import { assertRejects } from "@std/assert";
   *
   * async function renew(server: Server, folder: string): Promise<void> {
   *   const cert = await Deno.readTextFile(`${folder}/fullchain.pem`);
   *   const key = await Deno.readTextFile(`${folder}/privkey.pem`);
   *   await server.setCertificate({ cert, key });
   * }
   *
   * await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
   * await assertRejects(() => server.setCertificate({ cert: "", key: "" }), TypeError, "no TLS");
   * await assertRejects(() => renew(server, "/nowhere"), Deno.errors.NotFound);
   * ```
   */
  async setCertificate(certificate: Certificate): Promise<void> {
    const former = this.#certificate;
    if (former === undefined) throw new TypeError("Cannot set a certificate: server speaks no TLS");
    checkOptions("setCertificate", certificate, { cert: "string", key: "string" });
    checkCertificate(certificate.cert, certificate.key);
    const { port } = this.addr;
    const openWith = ({ cert, key }: Certificate) => () =>
      openPort({ ...this.#options, port, cert, key });
    await this.#listener.replace(openWith(certificate), openWith(former));
    this.#certificate = certificate;
  }

  /**
   * Says that it is not `ready` any more, stops accepting, lets plain requests finish, closes every
   * connection, and resolves when all have ended. A second call waits for the first and ignores its
   * own options.
   *
   * @param options Code and reason, and how long it may take.
   * @returns Resolves when all have ended, or were cut off at the deadline. Rejects with a RangeError
   * where the code may not be sent or the reason is too long, and with a TypeError where the reason
   * is no well-formed text; then nothing has changed.
   *
   * @example The last request
   * ```ts
   * import { serve, type Server } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const server: Server = serve({
   *   port: 0,
   *   hostname: "127.0.0.1",
   *   fetch() {
   *     server.shutdown();
   *     return new Response(server.ready ? "ready" : "shutting down");
   *   },
   * }, () => {});
   *
   * const response = await fetch(`http://127.0.0.1:${server.addr.port}`);
   * assertEquals(await response.text(), "shutting down");
   * await server.finished;
   * ```
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    const resolved = resolveShutdown(options);
    await (this.#shutdown ??= this.#drain(resolved));
  }

  /** Shuts down as {@linkcode Server.shutdown} does without options. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #drain(options: Required<ShutdownOptions>): Promise<void> {
    if (options.delay > 0) await new Promise((resolve) => setTimeout(resolve, options.delay));
    this.#draining = true;
    this.#listener.close();
    this.#httpConnections.shutdown();
    this.#wires.shutdown(options);
    const late = Promise.withResolvers<void>();
    const timers = [
      setTimeout(() => this.#httpConnections.terminate(), options.deadline),
      setTimeout(late.resolve, Math.min(options.deadline + lastMoment, longestTimer)),
    ];
    await this.#connections.drain(options);
    await Promise.race([this.#httpConnections.ended(), late.promise]);
    await Promise.race([this.#running, late.promise]);
    await Promise.race([this.#releaseApp(), late.promise]);
    for (const timer of timers) clearTimeout(timer);
    this.#deadlines.close();
    await this.#turns.close();
    this.#finished.resolve();
  }

  async #releaseApp(): Promise<void> {
    const { app, onError } = this.#options;
    this.#unwatchBroker?.();
    try {
      await app?.[Symbol.asyncDispose]?.();
    } catch (error) {
      onError(error);
    }
  }

  /** Serves a connection until it has ended or is upgraded, or refuses it with a status. */
  #run(socket: Socket, status?: number): Promise<void> {
    const http = new HttpConnection(socket, this.#http);
    return this.#httpConnections.hold(
      http,
      () => status === undefined ? http.run() : http.refuse(status, "Too many connections"),
    );
  }

  #fetch(asked: RequestMaker, info: FetchInfo): Response | Promise<Response> {
    const { fetch } = this.#options;
    const answer = this.#wires.fetches ? this.#wires.fetch(asked, info) : undefined;
    if (answer !== undefined) return answer;
    if (fetch === undefined && !this.#wires.fetches) return upgradeRequired();
    const request = asked.makeRequest();
    if (fetch === undefined) return upgradeRequired(request.headers);
    const answered = fetch(request, info);
    const { path } = this.#options;
    if (path === undefined || answered instanceof Response && answered.status !== 404) {
      return answered;
    }
    const upgrades = this.#upgradesAt(new URL(asked.url).pathname, path);
    return upgrades ? explainUpgrade(request, answered) : answered;
  }

  /** Whether a path is one of those that upgrade, where not all do. */
  #upgradesAt(pathname: string, path: string): boolean {
    return pathname === path || this.#wires.upgradesAt(pathname);
  }

  #upgrade(attempt: UpgradeAttempt): Response | undefined | Promise<Response | undefined> {
    const { head, url, remoteAddress } = attempt;
    const record = new UpgradeRecord(head, url);
    const options = this.#upgradeOptions;
    if (options.decide === undefined && options.upgrade === undefined) {
      return this.#open(attempt, record, acceptUnasked(head, url, options));
    }
    const requester = { head, remoteAddress, request: new RequestOnce(record, url) };
    return acceptUpgrade(requester, options).then((accepted) =>
      accepted instanceof Response ? accepted : this.#open(attempt, record, accepted)
    );
  }

  /** Opens the connection, unless it comes too late. */
  #open(
    { socket, head, url, remoteAddress, rest, release }: UpgradeAttempt,
    record: UpgradeRecord,
    accepted: Accepted,
  ): Response | undefined {
    if (this.#draining) return new Response("Shutting down\n", { status: 503 });
    const { protocol, data } = accepted;
    const requested = this.#log && requestedBy(head, url);
    const opening = { record, requested, remoteAddress, protocol, data, release };
    this.#connections.run(socket, opening, accepted, rest);
    this.#youngGeneration?.opened();
    return undefined;
  }
}

/** Fine enough for the shortest timeout that was asked for. */
function resolutionOf(options: ResolvedOptions): number {
  return resolutionFor([
    options.handshakeTimeout,
    options.idleTimeout,
    options.bodyTimeout,
    options.pingInterval,
    options.pingTimeout,
    options.messageTimeout,
    options.closeTimeout,
    options.slowTimeout,
  ]);
}
