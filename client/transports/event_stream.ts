/** Parses an event stream. HTML standard §9.2, "Server-sent events". */

import { messageTooBig } from "../close_code.ts";
import { HttpFailure } from "./http.ts";

/** One event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** Parts of a line that are joined at once: pieces of one character would each be an entry. */
const joinedParts = 1_024;

/**
 * Cuts a text into events as it comes. The work is that of reading it once, however it is cut, and
 * no more of it is kept than one event.
 */
export class EventParser {
  readonly #maxSize: number;
  /** A line that has not ended: its beginning, and the parts that follow. */
  #line: string[] = [];
  #parts: string[] = [];
  /** Whether the last character was a CR, which an LF may follow. */
  #endsWithCr = false;
  /** Characters since the last event. */
  #size = 0;
  #event = "message";
  #data: string[] = [];

  /** @param maxSize The longest event, in characters, with its comments and field names. */
  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  /**
   * Takes the next piece of the stream.
   *
   * @returns The events that have ended within it.
   * @throws {HttpFailure} An event is too long.
   */
  *push(text: string): Generator<StreamEvent> {
    let from = this.#endsWithCr && text.startsWith("\n") ? 1 : 0;
    if (text !== "") this.#endsWithCr = text.endsWith("\r");
    const lineEnd = /\r\n|\n|\r/g;
    lineEnd.lastIndex = from;
    for (let end; (end = lineEnd.exec(text)) !== null;) {
      this.#add(text.slice(from, end.index));
      from = lineEnd.lastIndex;
      const event = this.#endLine();
      if (event !== undefined) yield event;
    }
    if (from < text.length) this.#add(text.slice(from));
  }

  #add(part: string): void {
    // The end of its line counts, too: an event may consist of empty lines.
    this.#size += part.length + 1;
    if (this.#size > this.#maxSize) throw new HttpFailure(messageTooBig(this.#maxSize));
    if (this.#parts.push(part) === joinedParts) this.#line.push(this.#takeParts());
  }

  #endLine(): StreamEvent | undefined {
    const line = this.#line.splice(0).join("") + this.#takeParts();
    if (line === "") return this.#endEvent();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "event") this.#event = value;
    else if (name === "data") this.#data.push(value);
  }

  #takeParts(): string {
    return this.#parts.splice(0).join("");
  }

  /** @returns `undefined` for what has no data, such as a comment. */
  #endEvent(): StreamEvent | undefined {
    const [event, data] = [this.#event, this.#data];
    this.#event = "message";
    this.#data = [];
    this.#size = 0;
    if (data.length > 0) return { event, data: data.join("\n") };
  }
}

/**
 * Reads the events of a response.
 *
 * @param body The response's body.
 * @param alive Called for each piece of it, comments too.
 * @param signal Ends the reading.
 * @param maxSize The longest event, in characters.
 * @throws {HttpFailure} An event is too long.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  { alive, signal, maxSize }: {
    readonly alive: () => void;
    readonly signal: AbortSignal;
    readonly maxSize: number;
  },
): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser(maxSize);
  // The abort of a request does not always get through to a response that is being read.
  signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  try {
    for (let part; !(part = await reader.read()).done;) {
      alive();
      yield* parser.push(decoder.decode(part.value, { stream: true }));
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
