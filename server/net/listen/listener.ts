/** Accepts connections on a port, with or without TLS, for as long as the server runs. */

import { canonicalAddress } from "../../address.ts";
import { checkCertificate } from "./certificate.ts";
import type { ConnectionLimits } from "./connection_limits.ts";
import type { NetCounters } from "../counters.ts";
import { openSignalPipe } from "./signal_pipe.ts";
import { type Socket, TcpSocket, TlsSocket, unixAddress, UnixSocket } from "./socket.ts";
import type { Turns } from "../turns.ts";

/** Where to listen. */
export interface ListenerOptions {
  /** Port; 0 lets the system choose one. */
  readonly port: number;
  /** Name or address of the interface. */
  readonly hostname: string;
  /** A Unix socket instead of both. */
  readonly socketPath?: string | undefined;
  /** Certificate chain in PEM, the server's own first; with it, the server speaks TLS. */
  readonly cert: string | undefined;
  /** Private key in PEM, not encrypted. */
  readonly key: string | undefined;
  /** Whether other threads of this process listen on the same port. */
  readonly loadBalanced: boolean;
}

/** A connection as Deno accepts it. */
type Connected = Deno.TcpConn | Deno.TlsConn | Deno.UnixConn;

/** A `Deno.Listener`, as far as the accept loop needs it. */
export interface ConnectionSource {
  readonly addr: Deno.NetAddr | Deno.UnixAddr;
  accept(): Promise<Connected>;
  close(): void;
}

/** Receives the connections, and errors of `accept`. */
export interface ListenerHandlers {
  /** Takes over a connection. */
  accepted(socket: Socket): void;
  /** Takes over a connection that may only be told a status. Over TLS it is closed instead. */
  refused(socket: Socket, status: 429 | 503): void;
  /** The system has no resources for one more connection. Called once a minute at the most. */
  acceptFailed(error: unknown): void;
}

/** The parts that a listener shares with the rest of the server. */
export interface ListenerContext {
  /** A clock in milliseconds that never jumps. */
  readonly now: () => number;
  readonly limits: ConnectionLimits;
  readonly counters: NetCounters;
  readonly handlers: ListenerHandlers;
  readonly turns: Turns;
}

/**
 * Refused connections that get a response at a time; beyond these they are just closed.
 *
 * @limit connections: closed without a response
 */
const maxRefusing = 100;

/** After a shortage the next attempt waits this long, in milliseconds, then twice as long. */
const shortestPause = 5;
const longestPause = 100;

/** A shortage is reported again after this time: peers can cause one as often as they like. */
const reportInterval = 60_000;

/**
 * Errors of `accept` that concern one connection: it was reset while it waited, or a firewall
 * forbids it. accept(2) on Linux hands out pending errors of the network this way, too.
 */
const connectionErrors: ReadonlySet<unknown> = new Set([
  "EAGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EINTR",
  "EINVAL",
  "ENETDOWN",
  "ENETRESET",
  "ENETUNREACH",
  "ENONET",
  "ENOPROTOOPT",
  "ENOTCONN",
  "EOPNOTSUPP",
  "EPERM",
  "EPIPE",
  "EPROTO",
  "ETIMEDOUT",
]);

/**
 * Opens a port, and the pipe of signals beside it.
 *
 * @throws {TypeError} The certificate or the key cannot be used.
 * @throws {Deno.errors.AddrInUse} The port is taken.
 */
export function openPort(options: ListenerOptions): ConnectionSource {
  openSignalPipe();
  const { cert, key, socketPath } = options;
  if (socketPath !== undefined) return listenOnPath(socketPath);
  // Deno's types do not know `loadBalanced` yet; `deno serve --parallel` is made of it.
  const { port, hostname, loadBalanced } = options;
  const address: Deno.TcpListenOptions & { loadBalanced: boolean } = {
    port,
    hostname,
    loadBalanced,
  };
  if (cert === undefined || key === undefined) return opened(options, () => Deno.listen(address));
  checkCertificate(cert, key);
  try {
    // Nothing but HTTP/1.1: a browser that is offered h2 sends its WebSockets there. RFC 8441.
    const tls = { ...address, cert, key, alpnProtocols: ["http/1.1"] };
    return opened(options, () => Deno.listenTls(tls));
  } catch (error) {
    if (!isAboutCertificate(error)) throw error;
    throw new TypeError(`Cannot use cert and key: ${error.message}`, { cause: error });
  }
}

/** Names the address where it is taken: the runtime does not. */
function opened<Listener>({ hostname, port }: ListenerOptions, open: () => Listener): Listener {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
    const host = hostname.includes(":") ? `[${hostname}]` : hostname;
    const text = `Cannot listen on ${host}:${port}: ${cause.message}`;
    throw new Deno.errors.AddrInUse(text, { cause });
  }
}

function listenOnPath(path: string): ConnectionSource {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    const reason = "the file is there; remove it where no process uses it";
    throw new Deno.errors.AddrInUse(`Cannot listen on ${path}: ${reason}`, { cause: error });
  }
}

/** Deno has no class for a key that does not belong to its certificate. */
function isAboutCertificate(error: unknown): error is Error {
  return error instanceof Deno.errors.InvalidData ||
    (error instanceof Error && error.message.includes("KeyMismatch"));
}

function addressOf({ remoteAddr }: Connected): string {
  return "hostname" in remoteAddr ? canonicalAddress(remoteAddr.hostname) : unixAddress;
}

function wrap(conn: Connected, address: string, onClose: (socket: Socket) => void): Socket {
  if ("handshake" in conn) return new TlsSocket(conn, address, onClose);
  return "setNoDelay" in conn
    ? new TcpSocket(conn, address, onClose)
    : new UnixSocket(conn, onClose);
}

/** Deno leaves the file of a Unix socket behind. */
function removeFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function isAboutConnection(error: unknown): boolean {
  return error instanceof Error && "code" in error && connectionErrors.has(error.code);
}

/** How a listener goes on. */
interface Replacement {
  readonly open: () => ConnectionSource;
  readonly reopen: () => ConnectionSource;
  readonly done: PromiseWithResolvers<void>;
}

/** The accept loop. It ends only when the listener is closed. */
export class Listener {
  #source: ConnectionSource;
  readonly #context: ListenerContext;
  /** Refused connections that are not closed yet. */
  #refusing = 0;
  #closed = false;
  /** The source that follows one which is being closed. */
  #replacement: Replacement | undefined;
  /** How long the last shortage was waited for; 0 after a connection. */
  #pauseTime = 0;
  #reportedAt = -Infinity;
  #endPause: () => void = () => {};
  readonly #left = (socket: Socket): void => this.#context.limits.leave(socket.remoteAddress);
  readonly #refusedLeft = (): void => void this.#refusing--;

  constructor(source: ConnectionSource, context: ListenerContext) {
    this.#source = source;
    this.#context = context;
  }

  /** Where it listens, with the port that the system chose. */
  get address(): Deno.NetAddr | Deno.UnixAddr {
    return this.#source.addr;
  }

  /** Accepts until the listener is closed. Deno allows one pending `accept` at a time. */
  async run(): Promise<void> {
    while (!this.#closed) {
      try {
        const conn = await this.#source.accept();
        this.#pauseTime = 0;
        this.#take(conn);
      } catch (error) {
        if (this.#closed) return;
        if (this.#replacement !== undefined) await this.#swap(this.#replacement);
        else if (isAboutConnection(error)) this.#skipConnection();
        else await this.#waitForResources(error);
      }
      if (this.#context.turns.over()) await this.#context.turns.next();
    }
  }

  /** Closes the port. Connections that were accepted live on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#replacement?.done.reject(new Error("Cannot replace the source: listener is closed"));
    this.#replacement = undefined;
    this.#closeSource();
    this.#endPause();
    const { addr } = this.#source;
    if (addr.transport === "unix") removeFile(addr.path);
  }

  /**
   * Goes on with another source on the same port. Deno opens it only when the old one is closed:
   * connections that wait to be accepted at that moment are reset; those that were accepted live on.
   *
   * @param open Opens the new source.
   * @param reopen Opens one like the old, should that fail.
   * @returns Resolves when the new source accepts. Rejects where it could not be opened.
   */
  async replace(open: () => ConnectionSource, reopen: () => ConnectionSource): Promise<void> {
    while (this.#replacement !== undefined) await this.#replacement.done.promise.catch(() => {});
    if (this.#closed) throw new Error("Cannot replace the source: listener is closed");
    const done = Promise.withResolvers<void>();
    this.#replacement = { open, reopen, done };
    this.#closeSource(); // the pending `accept` rejects, and with that the port is free
    this.#endPause();
    await done.promise;
  }

  #closeSource(): void {
    try {
      this.#source.close();
    } catch (error) {
      // It is closed already while it is being replaced.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #swap({ open, reopen, done }: Replacement): Promise<void> {
    this.#replacement = undefined;
    try {
      this.#source = open();
      done.resolve();
    } catch (error) {
      await this.#reopen(reopen);
      done.reject(error);
    }
  }

  /** Tries until the port is open again: another program may have been faster. */
  async #reopen(reopen: () => ConnectionSource): Promise<void> {
    while (!this.#closed) {
      try {
        this.#source = reopen();
        return;
      } catch (error) {
        await this.#waitForResources(error);
      }
    }
  }

  /** A peer reset its connection before it was accepted: it counts as one without a request. */
  #skipConnection(): void {
    this.#context.counters.accepted++;
    this.#context.counters.abandoned++;
  }

  /** Too many open files, no memory: to try again at once would not help. */
  async #waitForResources(error: unknown): Promise<void> {
    const { counters, handlers, now } = this.#context;
    counters.acceptErrors++;
    if (now() - this.#reportedAt >= reportInterval) {
      this.#reportedAt = now();
      handlers.acceptFailed(error);
    }
    this.#pauseTime = Math.min(longestPause, Math.max(shortestPause, 2 * this.#pauseTime));
    await this.#pause(this.#pauseTime);
  }

  #take(conn: Connected): void {
    const { limits, counters, handlers } = this.#context;
    counters.accepted++;
    const address = addressOf(conn);
    const status = limits.enter(address);
    const socket = wrap(conn, address, status === undefined ? this.#left : this.#refusedLeft);
    if (status === undefined) return handlers.accepted(socket);
    counters.refused++;
    this.#refusing++;
    if (socket instanceof TlsSocket || this.#refusing > maxRefusing) socket.close();
    else handlers.refused(socket, status);
  }

  /** Waits, but no longer than until the listener is closed. */
  async #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    this.#endPause = resolve;
    await promise;
    clearTimeout(timer);
  }
}
