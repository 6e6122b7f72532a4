/** A Connection without a network: records what is sent, and delivers what a test receives. */

import type {
  CloseInfo,
  Connection,
  ConnectionEvents,
  ConnectionState,
  PreparedMessage,
  SendResult,
} from "../../server/types.ts";

class MemoryMessage implements PreparedMessage {
  constructor(readonly data: string | Uint8Array) {}
}

/** Settings of a {@linkcode MemoryConnection}. */
export interface MemoryConnectionOptions {
  /** Address of the upgrade request. */
  url?: string;
  /** The data of an `upgrade` hook. */
  data?: unknown;
}

/** Holds messages back while a handler's promise is pending, as a real connection does. */
export class MemoryConnection implements Connection {
  readonly id = crypto.randomUUID();
  readonly request: Request;
  readonly remoteAddress = "192.0.2.1";
  readonly protocol = "";
  readonly data: unknown;
  bufferedAmount = 0;
  state: ConnectionState = "open";
  /** Messages in the order in which they were sent. */
  readonly sent: (string | Uint8Array)[] = [];
  /** Prepared messages that were sent, to see whether they are shared. */
  readonly sentPrepared: PreparedMessage[] = [];
  /** The arguments of the first `close`, or 1006 after `terminate`. */
  closedWith: { code: number | undefined; reason: string | undefined } | undefined;
  readonly #handlers = new Map<keyof ConnectionEvents, Set<unknown>>();
  #delivery: Promise<void> = Promise.resolve();

  constructor({ url = "http://localhost/ws", data }: MemoryConnectionOptions = {}) {
    this.request = new Request(url);
    this.data = data;
  }

  // ----- What a test does -----

  /** Delivers a message; resolves when its handlers, and those before it, have settled. */
  receive(data: string | Uint8Array): Promise<void> {
    this.#delivery = this.#delivery.then(async () => {
      if (this.state !== "open") return;
      for (const handler of this.#handlersOf("message")) await handler(data);
    });
    return this.#delivery;
  }

  /** Delivers a message without waiting for those before it, as a wire that cannot hold back. */
  receiveAtOnce(data: string | Uint8Array): void {
    for (const handler of this.#handlersOf("message")) handler(data);
  }

  /** Delivers a value as JSON text. */
  receiveJson(value: unknown): Promise<void> {
    return this.receive(JSON.stringify(value));
  }

  /** Ends the connection from the peer's side. */
  end(close: CloseInfo = { code: 1005, reason: "", wasClean: true }): void {
    if (this.state === "closed") return;
    this.state = "closed";
    for (const handler of this.#handlersOf("close")) handler(close);
  }

  /** Takes the messages that were sent since the last call, as parsed JSON. */
  // deno-lint-ignore no-explicit-any -- tests compare whatever it is
  take(): any[] {
    return this.sent.splice(0).map((message) => JSON.parse(String(message)));
  }

  // ----- Connection -----

  on<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this {
    this.#handlersOf(name).add(handler);
    return this;
  }

  off<Name extends keyof ConnectionEvents>(name: Name, handler: ConnectionEvents[Name]): this {
    this.#handlersOf(name).delete(handler);
    return this;
  }

  send(data: string | Uint8Array | ArrayBuffer | PreparedMessage): SendResult {
    if (this.state !== "open") return "dropped";
    if (data instanceof MemoryMessage) this.sentPrepared.push(data);
    if (typeof data === "object" && "data" in data) data = data.data;
    this.sent.push(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
    return "sent";
  }

  prepare(data: string | Uint8Array): PreparedMessage {
    return new MemoryMessage(data);
  }

  ping(): void {}

  close(code?: number, reason?: string): void {
    if (this.state !== "open") return;
    this.state = "closing";
    this.closedWith = { code, reason };
  }

  terminate(): void {
    this.closedWith ??= { code: 1006, reason: "" };
    this.end({ code: 1006, reason: "", wasClean: false });
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): never {
    throw new TypeError("Cannot iterate: a memory connection only has handlers");
  }

  #handlersOf<Name extends keyof ConnectionEvents>(name: Name): Set<ConnectionEvents[Name]> {
    let handlers = this.#handlers.get(name);
    if (handlers === undefined) this.#handlers.set(name, handlers = new Set());
    // The cast: `on` is the only one that adds, under the same name.
    return handlers as Set<ConnectionEvents[Name]>;
  }
}
