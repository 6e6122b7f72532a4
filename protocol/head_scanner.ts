/** Finds the lines of an HTTP/1.x head in bytes that arrive in pieces. RFC 9112 §2, §5 and §7.1.2. */

import { ByteQueue } from "./byte_queue.ts";
import { HandshakeError } from "./errors.ts";
import { HeaderFields } from "./header_fields.ts";
import { decodeLatin1, isFieldChar, isTokenChar, isWhitespace, trimWhitespace } from "./latin1.ts";

/**
 * How large a head may be. All limits are checked before the bytes are kept. The defaults are those
 * of the server's options; {@linkcode RequestParser} and {@linkcode ResponseParser} want all three.
 */
export interface HeadLimits {
  /**
   * Longest request line (for a client: status line) in bytes, its end not counted. A longer one is
   * answered with 414.
   *
   * @default {8192}
   */
  maxRequestLine: number;
  /**
   * All field lines together in bytes, line ends counted. More are answered with 431. One line may
   * take all of it.
   *
   * @default {16_384}
   */
  maxHeaderSize: number;
  /**
   * Most fields. More are answered with 431.
   *
   * @default {100}
   */
  maxHeaders: number;
}

const lineEndSize = 2;
const cr = 0x0d;
const lf = 0x0a;
const colon = 0x3a;

/**
 * `head start`: before the first line. `line`: in the first line or in a field's value. `line end`:
 * behind a CR that ends a line. `field start`: before a field line, or before the empty line that
 * ends the head. `name`: before the colon. `head end`: behind the CR of the empty line.
 */
type State = "head start" | "line" | "line end" | "field start" | "name" | "head end" | "complete";

/** The part of a message that is scanned: trailers have no first line, and none of them is kept. */
type Role = "request" | "response" | "trailers";

/**
 * Scans each byte once, wherever the pieces are cut, and refuses it at once if it is not allowed
 * where it stands. Of the text it only notes where the parts begin and end; it is decoded in one go
 * when the head is complete. After an error the scanner is of no use until it is reset.
 */
export class HeadScanner {
  readonly #role: Role;
  readonly #limits: HeadLimits;
  #state: State;
  /** How many bytes came before the present chunk. */
  #taken = 0;
  /** The head's bytes so far, unless it came in one piece. */
  readonly #kept = new ByteQueue();
  /** How many bytes the present line may still have before its end. */
  #lineRoom = 0;
  /** How many bytes the field lines may still have, ends included. */
  #fieldRoom = 0;
  /** Where the first line starts and ends, then for each field: its start, colon and end. */
  #marks: number[];
  #text = "";

  constructor(role: Role, limits: HeadLimits) {
    this.#role = role;
    this.#limits = limits;
    this.#fieldRoom = limits.maxHeaderSize;
    this.#state = this.#firstState;
    this.#marks = this.#firstMarks;
  }

  get #firstState(): State {
    return this.#role === "trailers" ? "field start" : "head start";
  }

  get #firstMarks(): number[] {
    return this.#role === "trailers" ? [0, 0] : [];
  }

  /** `true` once the empty line behind the fields has been seen. */
  get complete(): boolean {
    return this.#state === "complete";
  }

  /** Bytes of memory that the head holds so far. */
  get heldBytes(): number {
    return (this.#kept.length === 0 ? 0 : this.#kept.bytes.length) + this.#text.length;
  }

  /** The request line or status line of a complete head. */
  get firstLine(): string {
    return this.#text.slice(this.#marks[0], this.#marks[1]);
  }

  /** Resets for the next head. */
  reset(): void {
    this.#state = this.#firstState;
    this.#taken = 0;
    this.#kept.clear();
    this.#fieldRoom = this.#limits.maxHeaderSize;
    this.#marks = this.#firstMarks;
    this.#text = "";
  }

  /** Takes the next bytes. Returns how many of them belong to the head. */
  push(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && this.#state !== "complete") at = this.#step(chunk, at);
    if (at === 0) return 0;
    this.#taken += at;
    if (this.#role === "trailers") return at;
    if (this.complete && this.#kept.length === 0) {
      this.#text = decodeLatin1(chunk, at);
      return at;
    }
    this.#kept.append(chunk.subarray(0, at));
    if (this.complete) {
      this.#text = decodeLatin1(this.#kept.peek());
      this.#kept.clear();
    }
    return at;
  }

  /** The fields of a complete head. */
  fields(): HeaderFields {
    const text = this.#text;
    const marks = this.#marks;
    const entries: [name: string, value: string][] = [];
    for (let at = 2; at < marks.length; at += 3) {
      const nameEnd = marks[at + 1]!;
      const value = trimWhitespace(text, nameEnd + 1, marks[at + 2]);
      entries.push([text.slice(marks[at], nameEnd), value]);
    }
    return new HeaderFields(entries);
  }

  /** Goes on until the state changes or the chunk ends. Returns where to go on. */
  #step(chunk: Uint8Array, at: number): number {
    switch (this.#state) {
      case "head start":
        return this.#startHead(chunk, at);
      case "line":
        return this.#scanLine(chunk, at);
      case "field start":
        return this.#startField(chunk, at);
      case "name":
        return this.#scanName(chunk, at);
      default:
        return this.#endLine(chunk, at);
    }
  }

  #startHead(chunk: Uint8Array, at: number): number {
    const position = this.#taken + at;
    // RFC 9112 §2.2: a server passes over an empty line before a request. One, not any number.
    if (chunk[at] === cr && this.#role === "request" && position === 0) {
      this.#state = "line end";
      return at + 1;
    }
    this.#marks.push(position);
    this.#lineRoom = this.#limits.maxRequestLine;
    this.#state = "line";
    return at;
  }

  #scanLine(chunk: Uint8Array, at: number): number {
    const stop = Math.min(chunk.length, at + this.#lineRoom);
    let end = at;
    while (end < stop && isFieldChar(chunk[end]!)) end++;
    this.#lineRoom -= end - at;
    if (end === chunk.length) return end;
    if (chunk[end] === cr) {
      this.#marks.push(this.#taken + end);
      this.#state = "line end";
      return end + 1;
    }
    if (end === stop) throw this.#tooLong();
    // RFC 9112 §2.2: a bare LF ends no line. RFC 9110 §5.5: no control characters.
    throw this.#error(400, "Head contains a control character");
  }

  #startField(chunk: Uint8Array, at: number): number {
    const byte = chunk[at]!;
    if (byte === cr) {
      this.#state = "head end";
      return at + 1;
    }
    // RFC 9112 §5.2: a server may refuse folded lines. Stricter: a client would unfold them.
    if (isWhitespace(byte)) throw this.#error(400, "Header field is folded");
    if (!isTokenChar(byte)) throw this.#error(400, "Header field name is not a token");
    this.#lineRoom = Math.max(0, this.#fieldRoom - lineEndSize);
    if (this.#marks.length === 2 + 3 * this.#limits.maxHeaders) {
      throw this.#error(431, `More than ${this.#limits.maxHeaders} header fields`);
    }
    this.#marks.push(this.#taken + at);
    this.#state = "name";
    return at;
  }

  #scanName(chunk: Uint8Array, at: number): number {
    const stop = Math.min(chunk.length, at + this.#lineRoom);
    let end = at;
    while (end < stop && isTokenChar(chunk[end]!)) end++;
    this.#lineRoom -= end - at;
    if (end === chunk.length) return end;
    if (end === stop) throw this.#tooLong();
    // RFC 9112 §5.1: no white space before the colon.
    if (chunk[end] !== colon) throw this.#error(400, "Header field name is not a token");
    this.#lineRoom--;
    this.#marks.push(this.#taken + end);
    this.#state = "line";
    return end + 1;
  }

  #endLine(chunk: Uint8Array, at: number): number {
    // RFC 9112 §2.2: a CR that no LF follows is an error.
    if (chunk[at] !== lf) throw this.#error(400, "Line does not end in CRLF");
    const marks = this.#marks;
    if (this.#state === "head end") {
      this.#state = "complete";
    } else if (marks.length === 0) {
      this.#state = "head start";
    } else {
      this.#state = "field start";
      if (marks.length > 2) this.#fieldRoom -= marks.at(-1)! - marks.at(-3)! + lineEndSize;
    }
    return at + 1;
  }

  #tooLong(): HandshakeError {
    return this.#marks.length < 2
      ? this.#error(414, `First line is longer than ${this.#limits.maxRequestLine} bytes`)
      : this.#error(431, "Header fields are too large");
  }

  /** The faults of a response are not answered: their status is 0. */
  #error(status: number, message: string): HandshakeError {
    return new HandshakeError(this.#role === "response" ? 0 : status, message);
  }
}
