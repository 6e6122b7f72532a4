/** Writes one `Response` to a peer. */

import { isDecoded, trueHeaders } from "../../fetched_response.ts";
import { type KnownBody, plainType, takeKnownBody, takePlainText } from "../../known_body.ts";
import { type ResponseTemplate, takeTemplate } from "../../prepared_response.ts";
import { type PulledBody, takePulledBody } from "../../pulled_body.ts";
import {
  type BodyFraming,
  currentDate,
  formatPlainHead,
  formatResponseHead,
  joinBytes,
  preparePlain,
} from "./response_head.ts";
import { RecordingTarget, type ResponseTarget } from "./response_target.ts";

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Part = ReadableStreamReadResult<Uint8Array>;

const none = new Uint8Array(0);
const encoder = new TextEncoder();
const lineEnd = encoder.encode("\r\n");
const lastChunk = encoder.encode("0\r\n\r\n");

/** Up to so many characters, to look for others than ASCII costs less than to encode them. */
const shortText = 512;
const isAscii = /^[\0-\x7f]*$/;

/** A body made of text or bytes answers a read after two of these, a Blob's after five. */
const maxTurns = 8;

/**
 * Writes a response, in one write where the body is known.
 *
 * @throws Errors of the body's stream or of the connection; a part may have been written.
 */
export function writeResponse(response: Response, target: ResponseTarget): Promise<void> {
  const template = takeTemplate(response);
  return template === undefined
    ? writeUnprepared(response, target)
    : writePrepared(template, target);
}

/**
 * A response that is the same each time: what was written a moment ago for another request of this
 * kind, else what is written now, and kept.
 */
function writePrepared(template: ResponseTemplate, target: ResponseTarget): Promise<void> {
  const { keepAlive } = target;
  const kind = (target.method === "HEAD" ? 2 : 0) + (target.ends(false) ? 1 : 0);
  const date = currentDate();
  const encoded = template.encoded[kind];
  if (encoded === undefined || encoded.date !== date || encoded.keepAlive !== keepAlive) {
    const keep = (bytes: Uint8Array, asksToEnd: boolean) => {
      template.encoded[kind] = { bytes, date, keepAlive, asksToEnd };
    };
    return writeUnprepared(template.make(), new RecordingTarget(target, keep));
  }
  if (encoded.asksToEnd) target.ends(true);
  return target.sendPrepared(encoded.bytes);
}

function writeUnprepared(response: Response, target: ResponseTarget): Promise<void> {
  const type = plainType(response);
  if (type !== undefined && target.method !== "HEAD" && !target.ends(false)) {
    return writePlain(takePlainText(response), type, target);
  }
  const known = takeKnownBody(response);
  return known === undefined ? writeRead(response, target) : writeKnown(response, known, target);
}

/** Faster still: nothing but a text and its type, on a connection that is kept. */
function writePlain(text: string, type: string, target: ResponseTarget): Promise<void> {
  const { keepAlive } = target;
  if (text.length > shortText || !isAscii.test(text)) {
    const bytes = encoder.encode(text);
    return target.sendWhole(formatPlainHead(type, bytes.length, keepAlive), bytes);
  }
  const whole = preparePlain(type, text, keepAlive);
  if (whole !== undefined) return target.sendPrepared(whole);
  return target.sendWhole(formatPlainHead(type, text.length, keepAlive) + text, none);
}

/**
 * Fast path: text and bytes leave without a stream, half as dear. {@linkcode writeRead} is the
 * general one.
 */
function writeKnown(
  response: Response,
  known: Exclude<KnownBody, undefined>,
  target: ResponseTarget,
): Promise<void> {
  if (known === null) return writeWithoutBody(response, target);
  if (typeof known !== "string") return writeWhole(response, known, target);
  if (known.length > shortText || !isAscii.test(known)) {
    return writeWhole(response, encoder.encode(known), target);
  }
  // As long as it has characters, so that head and body are encoded at once.
  const head = formatHead(response, { kind: "length", length: known.length }, target);
  return target.sendWhole(target.method === "HEAD" ? head : head + known, none);
}

/**
 * The length of a body cannot be asked for; it is known when the stream ends right behind its first
 * part.
 */
async function writeRead(response: Response, target: ResponseTarget): Promise<void> {
  const { body } = response;
  if (body === null) return await writeWithoutBody(response, target);
  const pulled = takePulledBody(body);
  if (pulled !== undefined) return await writePulled(response, pulled, target);
  const reader = body.getReader();
  try {
    let pending = reader.read();
    const first = await settledSoon(pending);
    let last = first;
    if (first?.done === false) {
      pending = reader.read();
      last = await settledSoon(pending);
    }
    const bytes = first?.value === undefined ? none : checkBytes(first.value);
    if (last?.done === true) await writeWhole(response, bytes, target);
    else await writeStream(response, { first: bytes, reader, pending }, target);
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

function writeWithoutBody(response: Response, target: ResponseTarget): Promise<void> {
  const { status } = response;
  // RFC 9110 §8.6, §15.4.5: 204 has no length, and a length in a 304 would be the real body's.
  // Of a body that fetch would have decoded, the length is not known.
  const isHead = target.method === "HEAD";
  const bodiless = status === 204 || status === 304 || isHead && isDecoded(response);
  const length = isHead ? declaredLength(response) ?? 0 : 0;
  const framing: BodyFraming = bodiless ? { kind: "none" } : { kind: "length", length };
  return target.sendWhole(formatHead(response, framing, target), none);
}

function writeWhole(
  response: Response,
  bytes: Uint8Array,
  target: ResponseTarget,
): Promise<void> {
  const head = formatHead(response, { kind: "length", length: bytes.length }, target);
  return target.sendWhole(head, target.method === "HEAD" ? none : bytes);
}

/** The rest of a body, whose first part has come. */
interface StreamedBody {
  readonly first: Uint8Array;
  readonly reader: Reader;
  /** The read behind the first part. */
  readonly pending: Promise<Part>;
}

async function writeStream(
  response: Response,
  body: StreamedBody,
  target: ResponseTarget,
): Promise<void> {
  const framing = chooseFraming(response, target);
  const head = formatHead(response, framing, target);
  const { reader } = body;
  const cancel = () => void reader.cancel(target.signal.reason).catch(() => {});
  target.signal.addEventListener("abort", cancel);
  target.streaming();
  try {
    if (target.method === "HEAD") await target.sendHead(head, none);
    else await new BodyWriter(framing, target).write(head, body);
  } finally {
    target.signal.removeEventListener("abort", cancel);
    cancel();
  }
}

/** Writes a body that is taken without a stream. */
async function writePulled(
  response: Response,
  body: PulledBody,
  target: ResponseTarget,
): Promise<void> {
  const framing = chooseFraming(response, target);
  const head = formatHead(response, framing, target);
  const cancel = () => body.cancel();
  target.signal.addEventListener("abort", cancel);
  target.streaming();
  try {
    if (target.method === "HEAD") await target.sendHead(head, none);
    else await new BodyWriter(framing, target).writePulled(head, body);
  } finally {
    target.signal.removeEventListener("abort", cancel);
    if (!body.ended) cancel();
  }
}

/** RFC 9112 §6.3: chunked where the length is not known, and for HTTP/1.0 up to the end of TCP. */
function chooseFraming(response: Response, target: ResponseTarget): BodyFraming {
  const length = declaredLength(response);
  if (length !== undefined) return { kind: "length", length };
  return { kind: target.version === 1 ? "chunked" : "until close" };
}

/** The last part of a pulled body that became a chunk. */
let lastShared: { readonly part: Uint8Array; readonly chunk: Uint8Array } = {
  part: new Uint8Array(0),
  chunk: none,
};

/** Writes the parts of a stream, and sees to it that a declared length is kept. */
class BodyWriter {
  readonly #framing: BodyFraming;
  readonly #target: ResponseTarget;
  #written = 0;

  constructor(framing: BodyFraming, target: ResponseTarget) {
    this.#framing = framing;
    this.#target = target;
  }

  /** Writes everything from the head on. */
  async write(head: string, { first, reader, pending }: StreamedBody): Promise<void> {
    this.#target.signal.throwIfAborted();
    await this.#target.sendHead(head, this.#encode(first));
    let part = await pending;
    while (!part.done) {
      const bytes = this.#encode(checkBytes(part.value));
      await this.#target.turnToWrite();
      if (bytes.length > 0) await this.#target.send(bytes);
      part = await reader.read();
    }
    // A stream that was cancelled because the peer has disconnected has not ended by itself.
    this.#target.signal.throwIfAborted();
    if (this.#framing.kind === "chunked") await this.#target.send(lastChunk);
    if (this.#framing.kind === "length" && this.#written < this.#framing.length) {
      throw new TypeError("Cannot end the body: it is shorter than its content-length");
    }
  }

  /** Writes everything from the head on, of a body that is taken without a stream. */
  async writePulled(head: string, body: PulledBody): Promise<void> {
    const { signal } = this.#target;
    signal.throwIfAborted();
    await this.#target.sendHead(head, this.#encodeShared(body.take()));
    for (;;) {
      if (body.pending) await this.#target.turnToWrite();
      // Of a body that was cancelled there is never more.
      signal.throwIfAborted();
      const bytes = body.take();
      if (bytes.length > 0) await this.#target.send(this.#encodeShared(bytes));
      else if (body.ended) break;
      else await body.more();
    }
    if (this.#framing.kind === "chunked") await this.#target.send(lastChunk);
  }

  /** Bytes that many responses send in a row are made a chunk once. */
  #encodeShared(part: Uint8Array): Uint8Array {
    const { buffer, byteOffset, length } = lastShared.part;
    if (part.buffer === buffer && part.byteOffset === byteOffset && part.length === length) {
      if (this.#framing.kind === "chunked") return lastShared.chunk;
    }
    const chunk = this.#encode(part);
    if (this.#framing.kind === "chunked" && part.length > 0) lastShared = { part, chunk };
    return chunk;
  }

  #encode(part: Uint8Array): Uint8Array {
    this.#written += part.length;
    if (this.#framing.kind === "length" && this.#written > this.#framing.length) {
      throw new TypeError("Cannot send the body: it is longer than its content-length");
    }
    // An empty chunk would end the body.
    if (this.#framing.kind !== "chunked" || part.length === 0) return part;
    return joinBytes(encoder.encode(`${part.length.toString(16)}\r\n`), part, lineEnd);
  }
}

function formatHead(response: Response, framing: BodyFraming, target: ResponseTarget): string {
  const { status, statusText } = response;
  // Response.error() has status 0; 1xx would have the peer wait for another response.
  if (status < 200) throw new TypeError(`Cannot send a response of status ${status}`);
  return formatResponseHead({
    status,
    statusText,
    headers: trueHeaders(response),
    framing,
    keepAlive: target.keepAlive,
    ends: (isAsked) => target.ends(isAsked),
  });
}

function declaredLength(response: Response): number | undefined {
  const text = trueHeaders(response).get("content-length");
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function checkBytes(part: unknown): Uint8Array {
  if (part instanceof Uint8Array) return part;
  throw new TypeError("Cannot send the body: its stream has a part that is no Uint8Array");
}

/** The result of a read that waits only for promises that have settled already. */
async function settledSoon(read: Promise<Part>): Promise<Part | undefined> {
  let part: Part | undefined;
  let failed = false;
  read.then((settled) => part = settled, () => failed = true);
  for (let turn = 0; turn < maxTurns && part === undefined; turn++) {
    if (failed) return await read;
    await undefined;
  }
  return part;
}
