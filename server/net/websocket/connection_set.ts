/** The open connections of one server: opens them, sends to all, and ends them when it shuts down. */

import { Prepared, type ProtocolOptions } from "../../../protocol/mod.ts";
import type { CloseInfo, Connection, Memory, PreparedMessage, Traffic } from "../../types.ts";
import { SocketConnection } from "./connection.ts";
import { nativeStreams } from "./native_deflate.ts";
import type {
  ConnectionContext,
  ConnectionOpening,
  ConnectionOptions,
  CountedConnection,
} from "./connection_context.ts";
import type { ConnectionLog } from "../connection_log.ts";
import type { Cork } from "./cork.ts";
import { type CloseLabel, closeLabel, closeLabels, zeros } from "../count_labels.ts";
import type { Deadlines } from "../../deadlines.ts";
import { UnorderedList } from "../../unordered_list.ts";
import type { ReadBuffers } from "../read_buffers.ts";
import type { Socket } from "../listen/socket.ts";
import type { Turns } from "../turns.ts";
import { addTraffic, noTraffic } from "../traffic.ts";
import type { Accepted } from "./upgrade.ts";

/** Settings of a server's connections. */
export interface ConnectionSetOptions extends ConnectionOptions {
  maxMessageSize: number;
  maxFragments: number;
  compressThreshold: number;
}

/** The parts that a connection set shares with the rest of its server. */
export interface ConnectionSetContext {
  readonly deadlines: Deadlines;
  readonly readBuffers: ReadBuffers;
  readonly memory: Memory;
  readonly turns: Turns;
  /** Shared with all that write at the end of a turn. */
  readonly cork: Cork;
  /** Takes each connection when it opens. */
  readonly open: (connection: Connection, accepted: Accepted) => unknown;
  /** A handler has thrown or rejected. */
  readonly handlerFailed: (error: unknown) => void;
  /** Told of each open and close. */
  readonly log?: ConnectionLog | undefined;
}

/** Numbers of a server's WebSocket connections, over all of its time. */
export interface ConnectionStats extends Traffic {
  /** Connections that are open or closing. */
  readonly open: number;
  /** Connections that have ever opened. */
  readonly opened: number;
  /**
   * Connections that have closed, by close code: 1000 to 1014, but for 1004, `3000-3999`,
   * `4000-4999` and `other`. All are there from the beginning, with 0.
   */
  readonly closes: Readonly<Record<string, number>>;
  /** Messages refused because a queue was full. */
  readonly dropped: number;
  /** Bytes that wait to be handed to the kernel. */
  readonly queuedBytes: number;
  /** Bytes of messages that have not arrived whole. */
  readonly unfinishedBytes: number;
}

/** How connections are closed at a shutdown. */
export interface DrainOptions {
  /** Close code. */
  code: number;
  /** Close reason. */
  reason: string;
  /** Milliseconds after which those that are left are cut off. */
  deadline: number;
  /** Milliseconds over which the Close frames are spread at random. */
  spread: number;
}

/** All connections of one server. */
export class ConnectionSet {
  readonly #options: ConnectionSetOptions;
  readonly #open: (connection: Connection, accepted: Accepted) => unknown;
  readonly #context: ConnectionContext;
  /** The same for connections that send no pings, once there is one. */
  #silentContext: ConnectionContext | undefined;
  readonly #log: ConnectionLog | undefined;
  /** Those whose socket is not closed yet. */
  readonly #sockets = new UnorderedList<CountedConnection>();
  /** Those that are open or closing; made when they are first read, as {@linkcode UnorderedList} says. */
  #connections: Set<Connection> | undefined;
  /** How many they are. */
  #present = 0;
  #empty: PromiseWithResolvers<void> | undefined;
  #opened = 0;
  readonly #closes: Record<CloseLabel, number> = zeros(closeLabels);
  /** Of connections whose socket is closed. */
  #pastTraffic = noTraffic;
  /** Messages refused because a queue was full. */
  dropped = 0;

  constructor(options: ConnectionSetOptions, context: ConnectionSetContext) {
    this.#options = options;
    this.#open = context.open;
    this.#log = context.log;
    this.#context = {
      options,
      cork: context.cork,
      deadlines: context.deadlines,
      readBuffers: context.readBuffers,
      memory: context.memory,
      turns: context.turns,
      handlerFailed: context.handlerFailed,
      messageDropped: () => this.dropped++,
      connectionClosed: (connection, close) => this.#closed(connection, close),
      socketClosed: (connection) => this.#socketClosed(connection),
    };
  }

  /** The connections, for iterating. */
  get connections(): ReadonlySet<Connection> {
    if (this.#connections !== undefined) return this.#connections;
    const connections = new Set<Connection>();
    this.#sockets.forEach((connection) => {
      if (connection.state !== "closed") connections.add(connection);
    });
    return this.#connections = connections;
  }

  /** How many are open or closing. */
  get size(): number {
    return this.#present;
  }

  /** Returns a snapshot: the sums of what the connections have counted. */
  stats(): ConnectionStats {
    let traffic = this.#pastTraffic;
    let queuedBytes = 0;
    let unfinishedBytes = 0;
    this.#sockets.forEach((connection) => {
      traffic = addTraffic(traffic, connection.traffic);
      queuedBytes += connection.bufferedAmount;
      unfinishedBytes += connection.unfinishedBytes;
    });
    return {
      open: this.#present,
      opened: this.#opened,
      closes: { ...this.#closes },
      ...traffic,
      dropped: this.dropped,
      queuedBytes,
      unfinishedBytes,
    };
  }

  /** Opens a connection on a socket whose upgrade was accepted, and runs it to its end. */
  run(
    socket: Socket,
    opening: ConnectionOpening,
    accepted: Accepted,
    rest: Uint8Array,
  ): Promise<void> {
    const { maxMessageSize, maxFragments, compressThreshold } = this.#options;
    const protocol: ProtocolOptions = {
      maxMessageSize,
      maxFragments,
      compressThreshold,
      deflate: accepted.deflate,
      deflateStreams: accepted.deflate && nativeStreams(),
      closeReasons: accepted.terms?.reasons ?? true,
      // A wire may put a message together out of several.
      binary: accepted.open === undefined ? this.#options.binary : "owned",
    };
    const context = accepted.terms?.pings === false ? this.#withoutPings() : this.#context;
    const connection = new SocketConnection(socket, opening, protocol, context);
    this.#connections?.add(connection);
    this.#sockets.add(connection);
    this.#present++;
    this.#opened++;
    if (opening.requested !== undefined) this.#log?.opened(connection, opening.requested);
    connection.open(accepted.response, (connection) => this.#open(connection, accepted));
    return connection.run(rest);
  }

  #withoutPings(): ConnectionContext {
    const options = { ...this.#options, pingInterval: 0, pingTimeout: 0 };
    return this.#silentContext ??= { ...this.#context, options };
  }

  /** Sends a message to all, but for one. It is encoded once. */
  broadcast(data: string | Uint8Array | PreparedMessage, except?: Connection): void {
    const isPlain = typeof data === "string" || data instanceof Uint8Array;
    const message = isPlain ? new Prepared(data) : data;
    this.#sockets.forEach((connection) => {
      if (connection !== except) connection.send(message);
    });
  }

  /** Closes all, and resolves when the last socket is closed. */
  async drain(options: DrainOptions): Promise<void> {
    const timers = new Set<ReturnType<typeof setTimeout>>();
    this.#sockets.forEach((connection) => {
      const close = () => connection.close(options.code, options.reason);
      if (options.spread === 0) close();
      else timers.add(setTimeout(close, Math.random() * options.spread));
    });
    timers.add(setTimeout(() => this.#terminateAll(), options.deadline));
    if (this.#sockets.size > 0) {
      this.#empty = Promise.withResolvers();
      await this.#empty.promise;
    }
    for (const timer of timers) clearTimeout(timer);
  }

  #terminateAll(): void {
    this.#sockets.forEach((connection) => connection.terminate());
  }

  #closed(connection: CountedConnection, close: CloseInfo): void {
    const log = this.#log;
    this.#connections?.delete(connection);
    this.#present--;
    this.#closes[closeLabel(close.code)]++;
    // Like the close event, when the call that has led here is over.
    if (log !== undefined) queueMicrotask(() => log.closed(connection, close));
  }

  #socketClosed(connection: CountedConnection): void {
    const log = this.#log;
    this.#sockets.delete(connection);
    this.#pastTraffic = addTraffic(this.#pastTraffic, connection.traffic);
    if (log !== undefined) queueMicrotask(() => log.ended(connection, connection.traffic));
    if (this.#sockets.size === 0) this.#empty?.resolve();
  }
}
