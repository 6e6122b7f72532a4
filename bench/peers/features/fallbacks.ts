/** Clients without WebSocket: what each application sends them by plain HTTP. */

/** A client in a room that hears by HTTP. */
export interface Stream extends AsyncDisposable {
  /** The text since, up to the next piece with content. */
  next(): Promise<string>;
}

/** Opens a client that hears what is said in a room. */
export type OpenStream = (port: number, room: string) => Promise<Stream>;

/** Hawser: Server-Sent Events, the room in the query. */
export const streamHawser: OpenStream = async (port, room) => {
  const events = await EventReader.open(`http://127.0.0.1:${port}/sse?room=${room}`);
  await events.until('"welcome"');
  return { next: () => events.until("said"), [Symbol.asyncDispose]: () => events.cancel() };
};

/** Socket.IO: long polling, with which its clients begin. */
export const pollSocketIo: OpenStream = async (port, room) => {
  const url = `http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1));
  const poll = async () => await (await fetch(`${url}&sid=${sid}`)).text();
  const post = async (body: string) => {
    await (await fetch(`${url}&sid=${sid}`, { method: "POST", body })).text();
  };
  await post("40");
  await poll();
  await post(`420${JSON.stringify(["join", room])}`);
  await poll();
  return { next: poll, [Symbol.asyncDispose]: () => post("1") };
};

/** Centrifugo: Server-Sent Events, and what the client says by POST. */
export const streamCentrifugo: OpenStream = async (port, room) => {
  const base = `http://127.0.0.1:${port}`;
  const connect = encodeURIComponent(JSON.stringify({ id: 1, connect: {} }));
  const events = await EventReader.open(`${base}/connection/sse?cf_connect=${connect}`);
  const { session, node } = JSON.parse(await events.until('"connect"')).connect;
  const data = JSON.stringify({ id: 2, subscribe: { channel: room } });
  const body = JSON.stringify({ session, node, data });
  await (await fetch(`${base}/emulation`, { method: "POST", body })).text();
  await events.until('"subscribe"');
  return { next: () => events.until('"push"'), [Symbol.asyncDispose]: () => events.cancel() };
};

/** Reads the data of Server-Sent Events. */
class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(url: string): Promise<EventReader> {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    return new EventReader(response.body!);
  }

  /** Reads on to data with a text in it. */
  async until(part: string): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end < 0) {
        const { value, done } = await this.#reader.read();
        if (done) throw new Error(`Stream ends without ${part}`);
        this.#text += value;
        continue;
      }
      const [, data = ""] = /^data: ?(.*?)\r?$/.exec(this.#text.slice(0, end)) ?? [];
      this.#text = this.#text.slice(end + 1);
      if (data.includes(part)) return data;
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
