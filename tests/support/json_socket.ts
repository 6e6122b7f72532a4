/** Deno's own WebSocket, speaking JSON. */

// deno-lint-ignore no-explicit-any -- tests compare whatever it is
type Message = any;

/** Messages that have come, and those who wait for one. */
class Inbox {
  readonly #messages: Message[] = [];
  readonly #waiting: PromiseWithResolvers<Message>[] = [];
  #end: Error | undefined;

  put(message: Message): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#messages.push(message);
    else waiting.resolve(message);
  }

  /** Nothing more comes. */
  end(error: Error): void {
    this.#end = error;
    for (const waiting of this.#waiting) waiting.reject(error);
  }

  next(): Promise<Message> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const waiting = Promise.withResolvers<Message>();
    waiting.promise.catch(() => {}); // a test may end before it comes
    this.#waiting.push(waiting);
    return waiting.promise;
  }
}

/**
 * Gives out messages one at a time, in order. Presence updates are given out apart: they come when
 * others connect, in between whatever a test is about.
 */
export class JsonSocket implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #messages = new Inbox();
  readonly #presence = new Inbox();
  /** How the connection has ended. */
  readonly closed: Promise<{ code: number; reason: string }>;

  /** Use {@linkcode JsonSocket.open}. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(JSON.parse(data)));
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => {
        resolve({ code, reason });
        const end = new Error(`Closed with ${code} ${reason}`);
        for (const inbox of [this.#messages, this.#presence]) inbox.end(end);
      });
    });
  }

  /** Opens a connection. */
  static async open(url: URL | string): Promise<JsonSocket> {
    const socket = new WebSocket(url);
    const opened = new JsonSocket(socket);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error(`Cannot connect to ${url}`)));
    });
    return opened;
  }

  /** Sends a value as JSON, and text or bytes as they are. */
  send(message: unknown): void {
    const raw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(raw ? message as string : JSON.stringify(message));
  }

  /** The next message but for presence updates. Rejects where the connection ends before it comes. */
  next(): Promise<Message> {
    return this.#messages.next();
  }

  /** The next presence update. */
  nextPresence(): Promise<Message> {
    return this.#presence.next();
  }

  /** Closes the connection and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  #take(message: Message): void {
    const isPresence = message?.type === "presence:update";
    (isPresence ? this.#presence : this.#messages).put(message);
  }
}
