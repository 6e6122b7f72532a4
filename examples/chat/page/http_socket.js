// @ts-check
/// <reference lib="dom" />
/** What a WebSocket does, by plain HTTP: an event stream brings messages, each of ours is a POST. */

/** As of a WebSocket. */
const CONNECTING = 0;
export const OPEN = 1;
const CLOSED = 3;

const ABNORMAL_CLOSURE = 1006;

/** Characters of the longest event that is taken. */
const MAX_EVENT_SIZE = 16_777_216;

/** For networks in which WebSocket is blocked; has as much of its interface as we use. */
export class HttpSocket extends EventTarget {
  readyState = CONNECTING;
  #session = "";
  #abort = new AbortController();
  /** One request after the other, so that our messages keep their order. */
  #sending = Promise.resolve();

  /**
   * @param {URL} url Where the event stream is.
   * @param {string} token Empty where there is none.
   */
  constructor(url, token) {
    super();
    this.#listen(url, token);
  }

  /** @param {string} text */
  send(text) {
    this.#sending = this.#sending.then(() => this.#post(text));
  }

  /** Goes without a word; the server notices. */
  close(_code = 1000) {
    this.readyState = CLOSED;
    this.#abort.abort();
  }

  /**
   * By `fetch` and not by an `EventSource`, which can neither send a token nor tell a refusal from
   * a network that is down.
   *
   * @param {URL} url
   * @param {string} token
   */
  async #listen(url, token) {
    const { signal } = this.#abort;
    /** @type {Record<string, string>} */
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
    try {
      const response = await fetch(url, { headers, signal, cache: "no-store", redirect: "error" });
      if (!response.ok || !response.body) {
        const code = response.status === 401 ? 4401 : ABNORMAL_CLOSURE;
        return this.#ended(code, (await response.text()).trim());
      }
      this.readyState = OPEN;
      this.dispatchEvent(new Event("open"));
      await this.#read(response.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch {
      // The end of the stream says it all.
    }
    this.#ended(ABNORMAL_CLOSURE, "");
  }

  /**
   * Cuts the stream into events. No piece of it is looked at twice, however small they are.
   *
   * @param {ReadableStreamDefaultReader<string>} reader
   */
  async #read(reader) {
    /** @type {string[]} */
    const lines = [];
    /** @type {string[]} */
    let pieces = [];
    let size = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > MAX_EVENT_SIZE) return;
      const [first = "", ...others] = part.value.split("\n");
      pieces.push(first);
      for (const next of others) {
        const line = pieces.join("");
        pieces = [next];
        if (line !== "") {
          lines.push(line);
          continue;
        }
        this.#received(lines.splice(0));
        size = 0;
      }
    }
  }

  /** @param {readonly string[]} lines Of one event (HTML standard, "Server-sent events"). */
  #received(lines) {
    const data = lines.find((line) => line.startsWith("data: "))?.slice("data: ".length);
    if (data === undefined) return;
    if (lines.includes("event: close")) {
      const { code, reason } = JSON.parse(data);
      return this.#ended(code, reason);
    }
    if (this.#session === "") this.#session = JSON.parse(data).session ?? "";
    this.#deliver(data);
  }

  /** @param {string} text */
  async #post(text) {
    const { signal } = this.#abort;
    const url = new URL("/events", location.href);
    url.searchParams.set("session", this.#session);
    const headers = { "content-type": "application/json" };
    try {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body: text,
        signal,
        redirect: "error",
      });
      if (!response.ok) return this.#ended(ABNORMAL_CLOSURE, "");
      const { messages } = await response.json();
      for (const message of messages) this.#deliver(JSON.stringify(message));
    } catch {
      this.#ended(ABNORMAL_CLOSURE, "");
    }
  }

  /** @param {string} data */
  #deliver(data) {
    if (this.readyState === OPEN) this.dispatchEvent(new MessageEvent("message", { data }));
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #ended(code, reason) {
    if (this.readyState === CLOSED) return;
    this.close();
    this.dispatchEvent(new CloseEvent("close", { code, reason }));
  }
}
