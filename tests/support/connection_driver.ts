/** WebSocket connections over sockets in memory, with a clock that a test moves. */

import type { ProtocolOptions } from "../../protocol/mod.ts";
import { SocketConnection } from "../../server/net/websocket/connection.ts";
import type {
  ConnectionContext,
  ConnectionOptions,
} from "../../server/net/websocket/connection_context.ts";
import { Cork } from "../../server/net/websocket/cork.ts";
import { systemClock } from "../../server/clock.ts";
import { Deadlines } from "../../server/deadlines.ts";
import { MemoryBudget } from "../../server/net/memory_budget.ts";
import { ReadBuffers } from "../../server/net/read_buffers.ts";
import { resolveOptions } from "../../server/resolved_options.ts";
import type { Turns } from "../../server/net/turns.ts";
import type { CloseInfo, Connection } from "../../server/types.ts";
import type { Socket } from "../../server/net/listen/socket.ts";
import { concat, utf8 } from "./bytes.ts";
import { parseFrames, type SentFrame } from "./frames.ts";
import { memoryPair, type MemorySocket } from "./memory_socket.ts";
import { endlessTurn } from "./turns.ts";

/** Stands for the 101 response in what a peer receives. */
const response = utf8("HTTP/1.1 101 Switching Protocols\r\n\r\n");

/** Settings of all connections of a driver. */
export interface DriverOptions extends Partial<ConnectionOptions> {
  memoryBudget?: number;
  /** Never over by default. */
  turns?: Turns;
}

/** Settings of one connection. */
export interface OpenOptions {
  /** Takes the connection, as the application does. */
  handler?: (connection: Connection) => unknown;
  protocol?: ProtocolOptions;
  /** Unread bytes at which a write waits. */
  capacity?: number;
  /** The bytes behind the upgrade request. */
  rest?: Uint8Array;
  /** Bytes of the upgrade request. */
  headSize?: number;
}

/** The parts that the connections of one server share. */
export class ConnectionDriver implements AsyncDisposable {
  readonly deadlines: Deadlines;
  readonly memory: MemoryBudget;
  /** The errors of handlers. */
  readonly errors: unknown[] = [];
  /** Messages refused because a queue was full. */
  dropped = 0;
  readonly #context: ConnectionContext;
  readonly #peers: DrivenConnection[] = [];
  #time = 0;

  constructor({ memoryBudget = 2 ** 28, turns, ...options }: DriverOptions = {}) {
    this.deadlines = new Deadlines({ clock: { ...systemClock, now: () => this.#time } });
    this.memory = new MemoryBudget(memoryBudget, () => this.#time);
    this.#context = {
      options: { ...resolveOptions({}), ...options },
      cork: new Cork(),
      deadlines: this.deadlines,
      readBuffers: new ReadBuffers(),
      turns: turns ?? endlessTurn(),
      memory: this.memory,
      handlerFailed: (error) => void this.errors.push(error),
      messageDropped: () => this.dropped++,
      connectionClosed: () => {},
      socketClosed: () => {},
    };
  }

  /** Opens a connection. */
  open(options: OpenOptions = {}): DrivenConnection {
    const driven = new DrivenConnection(this.#context, options);
    this.#peers.push(driven);
    return driven;
  }

  /** Opens a connection over a socket of the test's own; the test ends it. */
  run(socket: Socket, handler: (connection: Connection) => unknown): SocketConnection {
    const record = { makeRequest: () => new Request("http://localhost/"), size: 0 };
    const opening = { record, remoteAddress: "", protocol: "", data: undefined };
    const connection = new SocketConnection(socket, opening, {}, this.#context);
    connection.open(response, handler);
    connection.run(new Uint8Array(0));
    return connection;
  }

  /** Lets time pass, in steps that a sweep would make. */
  async advance(milliseconds: number): Promise<void> {
    for (const end = this.#time + milliseconds; this.#time < end;) {
      this.#time = Math.min(end, this.#time + 250);
      this.deadlines.sweep();
      await settle();
    }
  }

  /** Ends what a test has left open, and makes sure that nothing stays behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { connection } of this.#peers) connection.terminate();
    await Promise.all(this.#peers.map((peer) => peer.ended));
    if (this.deadlines.size > 0) throw new Error("A connection left its deadline behind");
    if (this.memory.used !== 0) throw new Error(`The budget is off by ${this.memory.used} bytes`);
  }
}

/** A connection and its peer. */
export class DrivenConnection {
  readonly connection: SocketConnection;
  /** The server's end. */
  readonly socket: MemorySocket;
  /** The peer's end. */
  readonly peer: MemorySocket;
  /** Events in their order, each with what it came with. */
  readonly events: (readonly [name: string, detail?: unknown])[] = [];
  /** Settles when the connection reads no more. */
  readonly ended: Promise<void>;
  /** Settles when the peer has seen the end of the stream or a reset: `true` for the latter. */
  readonly peerSawReset: Promise<boolean>;
  #received: Uint8Array = new Uint8Array(0);

  constructor(context: ConnectionContext, options: OpenOptions) {
    const { handler, protocol = {}, capacity = 2 ** 20, headSize = 0 } = options;
    const { rest = new Uint8Array(0) } = options;
    const { server, client } = memoryPair({ capacity });
    this.socket = server;
    this.peer = client;
    const opening = {
      record: { makeRequest: () => new Request("http://localhost/"), size: headSize },
      remoteAddress: server.remoteAddress,
      protocol: "",
      data: undefined,
    };
    this.connection = new SocketConnection(server, opening, protocol, context);
    this.peerSawReset = this.#readAll();
    this.connection.open(response, (connection) => this.#note(connection) ?? handler?.(connection));
    this.ended = this.connection.run(rest);
  }

  #note(connection: Connection): undefined {
    connection.on("drain", () => void this.events.push(["drain"]));
    connection.on("ping", (data) => void this.events.push(["ping", data]));
    connection.on("pong", (data) => void this.events.push(["pong", data]));
    connection.on("close", (close) => void this.events.push(["close", close]));
  }

  /** Makes the connection note its messages, too. */
  noteMessages(): this {
    this.connection.on("message", (data) => void this.events.push(["message", data]));
    return this;
  }

  /** The close events. */
  get closes(): CloseInfo[] {
    return this.events.flatMap(([name, detail]) => name === "close" ? [detail as CloseInfo] : []);
  }

  /** The messages that were noted. */
  get messages(): (string | Uint8Array)[] {
    return this.events.flatMap(([name, detail]) =>
      name === "message" ? [detail as string | Uint8Array] : []
    );
  }

  /** The peer writes, and everything happens that follows from it. */
  async write(...parts: Uint8Array[]): Promise<void> {
    const bytes = concat(parts);
    for (let at = 0; at < bytes.length;) at += await this.peer.write(bytes.subarray(at));
    await settle();
  }

  /** The bytes that the peer has received since the last call. */
  async frames(): Promise<SentFrame[]> {
    await settle();
    const bytes = this.#received;
    this.#received = new Uint8Array(0);
    const isFirst = bytes.length >= response.length &&
      response.every((byte, i) => bytes[i] === byte);
    return parseFrames(isFirst ? bytes.subarray(response.length) : bytes);
  }

  /** Texts of the messages that the peer has received since the last call. */
  async texts(): Promise<string[]> {
    return (await this.frames()).map(({ payload }) => new TextDecoder().decode(payload));
  }

  async #readAll(): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let size; (size = await this.peer.read(buffer)) !== null;) {
        this.#received = concat([this.#received, buffer.subarray(0, size)]);
      }
      return false;
    } catch {
      return true;
    }
  }
}

/** Lets everything happen that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await undefined;
}
