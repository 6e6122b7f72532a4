/** An open connection, as the application holds it. */

import { Prepared, Protocol, type ProtocolOptions } from "../../../protocol/mod.ts";
import { checkOptions } from "../../../protocol/option_checks.ts";
import type {
  Connection,
  ConnectionEvents,
  ConnectionState,
  PreparedMessage,
  SendOptions,
  SendResult,
  Traffic,
} from "../../types.ts";
import type { Socket } from "../listen/socket.ts";
import type {
  ConnectionContext,
  ConnectionOpening,
  CountedConnection,
} from "./connection_context.ts";
import { MessageStream } from "./message_stream.ts";
import { ProtocolDriver } from "./protocol_driver.ts";

/** A WebSocket connection over a socket. */
export class SocketConnection implements CountedConnection {
  readonly #opening: ConnectionOpening;
  readonly #driver: ProtocolDriver;
  #request: Request | undefined;
  #id: string | undefined;
  listIndex: number | undefined;

  constructor(
    socket: Socket,
    opening: ConnectionOpening,
    protocol: ProtocolOptions,
    context: ConnectionContext,
  ) {
    this.#opening = opening;
    this.#driver = new ProtocolDriver(context, {
      connection: this,
      socket,
      opening,
      makeProtocol: (handler) => new Protocol("server", protocol, handler),
    });
  }

  get id(): string {
    return this.#id ??= crypto.randomUUID();
  }

  get request(): Request {
    return this.#request ??= this.#opening.record.makeRequest();
  }

  get remoteAddress(): string {
    return this.#opening.remoteAddress;
  }

  get protocol(): string {
    return this.#opening.protocol;
  }

  get data(): unknown {
    return this.#opening.data;
  }

  get state(): ConnectionState {
    return this.#driver.protocol.state;
  }

  get bufferedAmount(): number {
    return this.#driver.queue.size;
  }

  get unfinishedBytes(): number {
    return this.#driver.protocol.heldBytes;
  }

  get traffic(): Traffic {
    const { reader, messagesOut, queue } = this.#driver;
    return {
      messagesIn: reader.messages,
      messagesOut,
      bytesIn: reader.bytes,
      bytesOut: queue.written,
    };
  }

  on<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this {
    this.#driver.handlers.on(name, handler);
    return this;
  }

  off<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this {
    this.#driver.handlers.off(name, handler);
    return this;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<string | Uint8Array> {
    return new MessageStream(this, this.#driver.context.options.binary !== "owned");
  }

  send(
    data: string | Uint8Array | ArrayBuffer | PreparedMessage,
    options?: SendOptions,
  ): SendResult {
    return this.#driver.send(data, options === undefined || compressOf(options));
  }

  prepare(data: string | Uint8Array): PreparedMessage {
    return new Prepared(data);
  }

  ping(data?: Uint8Array): void {
    this.#driver.queue.ping(data);
  }

  drained(): Promise<void> {
    return this.state === "closed" ? Promise.resolve() : this.#driver.queue.drained();
  }

  close(code?: number, reason?: string): void {
    this.#driver.close(code, reason);
  }

  terminate(): void {
    this.#driver.terminate();
  }

  /**
   * Sends the 101 response and calls the handler of new connections: what that sends leaves in the
   * same write. Messages wait for the handlers that it adds.
   */
  open(response: Uint8Array, handler: (connection: Connection) => unknown): void {
    this.#driver.open(response, handler);
  }

  /** Reads until the connection has ended. `rest` came behind the upgrade request. */
  run(rest: Uint8Array): Promise<void> {
    return this.#driver.run(rest);
  }
}

/** Says whether a message is compressed. A misspelled option would compress a secret. */
function compressOf(options: SendOptions): boolean {
  for (const name in options) {
    if (name !== "compress") checkOptions("send", options, { compress: "boolean" });
  }
  return options.compress ?? true;
}
