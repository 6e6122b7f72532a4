/** An event stream as a client reads it, one event after another. */

/** One event, or a change of the id alone, where there is no data. */
export interface StreamEvent {
  readonly event: string;
  /** The last id so far. */
  readonly id: string;
  // deno-lint-ignore no-explicit-any -- tests compare whatever it is
  readonly data: any;
}

/** Reads a response; comments and the time to retry are kept aside. */
export class EventStream implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #abort: AbortController | undefined;
  /** Comments so far. */
  comments = 0;
  /** Milliseconds that the server has asked to wait before a reconnect. */
  retry: number | undefined;
  /** The last id so far. */
  id = "";
  #text = "";

  /** Use {@linkcode EventStream.open} for a server. */
  constructor(response: Response, abort?: AbortController) {
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    this.#abort = abort;
  }

  /** Connects to a server. */
  static async open(url: URL | string, headers?: HeadersInit): Promise<EventStream> {
    const abort = new AbortController();
    const response = await fetch(url, { signal: abort.signal, headers: headers ?? {} });
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return new EventStream(response, abort);
  }

  /** The next event with data; `undefined` at the end of the stream. */
  async next(): Promise<StreamEvent | undefined> {
    for (let block; (block = await this.#nextBlock()) !== undefined;) {
      const event = this.#parse(block);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** Reads on up to an event of a type of ours. */
  async until(type: string): Promise<StreamEvent> {
    for (let event; (event = await this.next()) !== undefined;) {
      if (event.data.type === type) return event;
    }
    throw new Error(`Stream ended without ${type}`);
  }

  /** Goes away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort?.abort();
    await this.#reader.cancel().catch(() => {});
  }

  async #nextBlock(): Promise<string | undefined> {
    let end;
    while ((end = this.#text.indexOf("\n\n")) < 0) {
      const { value, done } = await this.#reader.read();
      if (done) return undefined;
      this.#text += value;
    }
    const block = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    return block;
  }

  #parse(block: string): StreamEvent | undefined {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const [name = "", value = ""] = line.split(/: ?(.*)/s);
      if (name === "") this.comments++;
      fields.set(name, value);
    }
    this.id = fields.get("id") ?? this.id;
    if (fields.has("retry")) this.retry = Number(fields.get("retry"));
    const data = fields.get("data");
    if (data === undefined) return undefined;
    return { event: fields.get("event") ?? "message", id: this.id, data: JSON.parse(data) };
  }
}
