/** A client of an application: joins rooms, says something and hears others, in any dialect. */

/** Options of a talker. */
export interface TalkOptions {
  /** The talker that it replaces, after a lost connection. */
  readonly resume?: Talker;
  /** The name of the user. */
  readonly token?: string;
}

/** A connected client. */
export interface Talker extends Disposable {
  /** The messages that it received in rooms, in order. */
  readonly heard: readonly string[];
  /** Joins a room; one that resumes goes on where the other has ended. */
  join(room: string): Promise<void>;
  /** Says something in a room. Resolves once that is acknowledged, in a dialect that can. */
  say(room: string, text: string): Promise<void>;
}

/** Opens a talker; rejects where it is refused. */
export type Speak = (port: number, options?: TalkOptions) => Promise<Talker>;

/** A connection that was refused or lost. */
export class LostError extends Error {
  override readonly name = "LostError";
}

/** One WebSocket with texts on it, and answers that one can wait for. */
export class Line implements Disposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string | number, PromiseWithResolvers<unknown>>();
  #last = 0;

  /** Use {@linkcode Line.open}. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("close", ({ code, reason }) => {
      for (const { reject } of this.#waiting.values()) reject(new LostError(`${code} ${reason}`));
    });
  }

  /**
   * Connects, and hands out each text that comes.
   *
   * @throws {LostError} The server refuses.
   */
  static async open(url: string, take: (text: string, line: Line) => void): Promise<Line> {
    const socket = new WebSocket(url);
    const line = new Line(socket);
    socket.addEventListener("message", ({ data }) => take(data, line));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new LostError(`Refused at ${url}`)));
    });
    return line;
  }

  /** Sends a text. */
  send(text: string): void {
    this.#socket.send(text);
  }

  /** Sends what contains a number of its own, and waits for the answer of that number. */
  ask(text: (id: number) => string): Promise<unknown> {
    const id = ++this.#last;
    const answer = this.wait(id);
    this.send(text(id));
    return answer;
  }

  /** Waits for an answer that something names. */
  wait(name: string | number): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(name, answer);
    return answer.promise;
  }

  /** An answer has come. */
  answer(name: string | number, value?: unknown): void {
    this.#waiting.get(name)?.resolve(value);
    this.#waiting.delete(name);
  }

  /** The answer is an error. */
  refuse(name: string | number, reason: string): void {
    this.#waiting.get(name)?.reject(new LostError(reason));
    this.#waiting.delete(name);
  }

  /** Goes away. */
  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
