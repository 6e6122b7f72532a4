/** Heads of HTTP/1.x requests and responses, and the framing of a request's body. RFC 9112. */

import { HandshakeError } from "./errors.ts";
import { type HeadLimits, HeadScanner } from "./head_scanner.ts";
import { HeaderFields, isToken, parseTokenList } from "./header_fields.ts";
import { hostOfTarget, isHost, isRequestTarget } from "./request_target.ts";

export type { HeadLimits };

/** The head of a request. RFC 9112 §3. */
export interface RequestHead {
  /** Method, case kept. */
  readonly method: string;
  /**
   * Request target as it was sent: a path with its query, or a whole http(s) URL. A path may start
   * with `//`, so append it to an origin and do not resolve it against one.
   */
  readonly target: string;
  /** Minor version: 1 for HTTP/1.1. */
  readonly version: 0 | 1;
  /** Header fields. Where the target is a whole URL, `Host` is the one of the URL. */
  readonly fields: HeaderFields;
}

/** The head of a response. RFC 9112 §4. */
export interface ResponseHead {
  /** Status code. */
  readonly status: number;
  /** Reason phrase, which means nothing. */
  readonly statusText: string;
  /** Minor version: 1 for HTTP/1.1. */
  readonly version: 0 | 1;
  /** Header fields. */
  readonly fields: HeaderFields;
}

/**
 * How a request says where its body ends: there is none, after so many bytes, or where its chunks
 * end. RFC 9112 §6.
 */
export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" };

/**
 * Parses the head of a request from bytes in any pieces. Strict: lines end in CRLF, nothing is
 * repaired. After an error it is of no use until {@linkcode RequestParser.reset}.
 *
 * @example A head and the first byte behind it
 * ```ts
 * import { RequestParser } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const parser = new RequestParser({ maxRequestLine: 8192, maxHeaderSize: 16384, maxHeaders: 100 });
 * const bytes = new TextEncoder().encode("GET /chat HTTP/1.1\r\nHost: example.com\r\n\r\nX");
 * assertEquals(parser.push(bytes), bytes.length - 1);
 * assertEquals(parser.head?.target, "/chat");
 * ```
 */
export class RequestParser {
  readonly #scanner: HeadScanner;
  #head: RequestHead | undefined;

  /**
   * Creates a parser for the first request.
   *
   * @param limits How large a head may be.
   */
  constructor(limits: HeadLimits) {
    this.#scanner = new HeadScanner("request", limits);
  }

  /** The head, once it is complete. */
  get head(): RequestHead | undefined {
    return this.#head;
  }

  /** Bytes of memory that the head holds, for a budget over all connections. */
  get heldBytes(): number {
    return this.#scanner.heldBytes;
  }

  /**
   * Takes the next bytes of the connection, up to the end of the head.
   *
   * @param chunk The bytes; they may be overwritten after the call.
   * @returns How many of them belong to the head. The rest is body, frames or the next request.
   * @throws {HandshakeError} 400, 414, 431 or 505: the bytes are no acceptable request.
   *
   * @example A head in two pieces
   * ```ts
   * import { RequestParser } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const limits = { maxRequestLine: 8192, maxHeaderSize: 16384, maxHeaders: 100 };
   * const parser = new RequestParser(limits);
   * parser.push(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: exam"));
   * assertEquals(parser.head, undefined);
   * assertEquals(parser.push(new TextEncoder().encode("ple.com\r\n\r\nbody")), 11);
   * assertEquals(parser.head?.fields.get("host"), "example.com");
   * ```
   */
  push(chunk: Uint8Array): number {
    const taken = this.#scanner.push(chunk);
    if (this.#scanner.complete) this.#head ??= parseRequestHead(this.#scanner);
    return taken;
  }

  /**
   * Resets for the next request of the connection. Until then, nothing more is taken.
   *
   * @example Two requests in one chunk
   * ```ts
   * import { RequestParser } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const limits = { maxRequestLine: 8192, maxHeaderSize: 16384, maxHeaders: 100 };
   * const parser = new RequestParser(limits);
   * const head = (target: string) => `GET ${target} HTTP/1.1\r\nHost: example.com\r\n\r\n`;
   * const chunk = new TextEncoder().encode(head("/a") + head("/b"));
   * const taken = parser.push(chunk);
   * parser.reset();
   * parser.push(chunk.subarray(taken));
   * assertEquals(parser.head?.target, "/b");
   * ```
   */
  reset(): void {
    this.#scanner.reset();
    this.#head = undefined;
  }
}

/**
 * Parses the head of a response from bytes in any pieces, as strictly as {@linkcode RequestParser}.
 *
 * @example An upgrade that was refused
 * ```ts
 * import { ResponseParser } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const limits = { maxRequestLine: 8192, maxHeaderSize: 16384, maxHeaders: 100 };
 * const parser = new ResponseParser(limits);
 * parser.push(new TextEncoder().encode("HTTP/1.1 403 Forbidden\r\n\r\n"));
 * assertEquals(parser.head?.status, 403);
 * ```
 */
export class ResponseParser {
  readonly #scanner: HeadScanner;
  #head: ResponseHead | undefined;

  /**
   * Creates a parser for the first response.
   *
   * @param limits How large a head may be; `maxRequestLine` holds for the status line.
   */
  constructor(limits: HeadLimits) {
    this.#scanner = new HeadScanner("response", limits);
  }

  /** The head, once it is complete. */
  get head(): ResponseHead | undefined {
    return this.#head;
  }

  /**
   * Takes the next bytes of the connection, up to the end of the head.
   *
   * @param chunk The bytes; they may be overwritten after the call.
   * @returns How many of them belong to the head.
   * @throws {HandshakeError} The bytes are no acceptable response; the status is 0.
   *
   * @example A message right behind the 101
   * ```ts
   * import { Protocol, ResponseParser } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const limits = { maxRequestLine: 8192, maxHeaderSize: 16384, maxHeaders: 100 };
   * const parser = new ResponseParser(limits);
   * const received: unknown[] = [];
   * const client = new Protocol("client", {}, { message: (m) => received.push(m), closed() {} });
   * const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
   * const chunk = Uint8Array.of(...new TextEncoder().encode(head), 0x81, 2, 0x48, 0x69);
   * client.receive(chunk.subarray(parser.push(chunk)));
   * assertEquals(received, ["Hi"]);
   * ```
   */
  push(chunk: Uint8Array): number {
    const taken = this.#scanner.push(chunk);
    if (this.#scanner.complete) this.#head ??= parseResponseHead(this.#scanner);
    return taken;
  }

  /**
   * Resets for the next response of the connection. Until then, nothing more is taken.
   *
   * @example An interim response before the answer
   * ```ts
   * import { ResponseParser } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const limits = { maxRequestLine: 8192, maxHeaderSize: 16384, maxHeaders: 100 };
   * const parser = new ResponseParser(limits);
   * const text = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 403 Forbidden\r\n\r\n";
   * let chunk = new TextEncoder().encode(text);
   * do {
   *   parser.reset();
   *   chunk = chunk.subarray(parser.push(chunk));
   * } while (parser.head!.status < 200 && parser.head!.status !== 101);
   * assertEquals(parser.head?.status, 403);
   * ```
   */
  reset(): void {
    this.#scanner.reset();
    this.#head = undefined;
  }
}

/**
 * Tells how a request's body is framed. A request that two readers could frame in two
 * ways is refused, as it lets one request hide inside another. RFC 9112 §6; stricter in that equal
 * repeated lengths are refused, too.
 *
 * @param head The request's head.
 * @returns How the body ends.
 * @throws {HandshakeError} 400, or 501 for a transfer coding other than chunked.
 *
 * @example A request that could be read in two ways
 * ```ts
 * import { HeaderFields, requestBody } from "@hawser/ws/protocol";
 * import { assertThrows } from "@std/assert";
 *
 * const fields = new HeaderFields([["Content-Length", "4"], ["Transfer-Encoding", "chunked"]]);
 * assertThrows(() => requestBody({ method: "POST", target: "/", version: 1, fields }));
 * ```
 */
export function requestBody(head: RequestHead): RequestBody {
  const lengths = head.fields.getAll("content-length");
  const codings = parseTokenList(head.fields.getAll("transfer-encoding"));
  if (codings.length > 0) {
    // RFC 9112 §6.1: HTTP/1.0 has no transfer codings; beside a length they may be an attack.
    if (head.version === 0) throw new HandshakeError(400, "HTTP/1.0 has no Transfer-Encoding");
    if (lengths.length > 0) throw new HandshakeError(400, "Body is framed in two ways");
    checkCodings(codings.map((coding) => coding.toLowerCase()));
    return { kind: "chunked" };
  }
  if (lengths.length === 0) return { kind: "none" };
  // RFC 9110 §8.6: digits only. Fifteen of them are exact as a number.
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0]!)) {
    throw new HandshakeError(400, "Content-Length is not one number");
  }
  return { kind: "length", length: Number(lengths[0]) };
}

/** RFC 9112 §6.1 and §6.3: chunked comes once and last; we know no other coding. */
function checkCodings(codings: readonly string[]): void {
  if (codings.indexOf("chunked") !== codings.length - 1) {
    throw new HandshakeError(400, "Transfer-Encoding does not end in chunked");
  }
  if (codings.length > 1) throw new HandshakeError(501, "Transfer-Encoding is not supported");
}

function parseRequestHead(scanner: HeadScanner): RequestHead {
  // RFC 9112 §3: method, target and version between single spaces; the target has none.
  const line = scanner.firstLine;
  const methodEnd = line.indexOf(" ");
  const targetEnd = line.lastIndexOf(" ");
  const method = line.slice(0, methodEnd);
  const target = line.slice(methodEnd + 1, targetEnd);
  if (methodEnd === targetEnd || !isToken(method)) {
    throw new HandshakeError(400, "Request line is malformed");
  }
  const version = parseVersion(line.slice(targetEnd + 1), 400, 505);
  if (!isRequestTarget(method, target)) {
    throw new HandshakeError(400, "Request target is malformed");
  }
  const fields = scanner.fields();
  checkHost(fields, version);
  return { method, target, version, fields: withHostOf(target, fields) };
}

/** RFC 9112 §3.2.2: a host in the target counts, and what `Host` says is ignored. */
function withHostOf(target: string, fields: HeaderFields): HeaderFields {
  const host = hostOfTarget(target);
  if (host === undefined || host === fields.get("host")) return fields;
  const others = [...fields].filter(([name]) => name !== "host");
  return new HeaderFields([["host", host], ...others]);
}

function parseResponseHead(scanner: HeadScanner): ResponseHead {
  // RFC 9112 §4: the space before the reason phrase is there even if the phrase is empty.
  const line = /^([^ ]+) ([1-9]\d\d) (.*)$/.exec(scanner.firstLine);
  if (line === null) throw new HandshakeError(0, "Status line is malformed");
  const version = parseVersion(line[1]!, 0, 0);
  return { status: Number(line[2]), statusText: line[3]!, version, fields: scanner.fields() };
}

/** RFC 9112 §2.3: the version is case-sensitive and has two digits. */
function parseVersion(text: string, malformed: number, unsupported: number): 0 | 1 {
  if (text === "HTTP/1.1") return 1;
  if (text === "HTTP/1.0") return 0;
  if (/^HTTP\/\d\.\d$/.test(text)) {
    throw new HandshakeError(unsupported, "HTTP version is not supported");
  }
  throw new HandshakeError(malformed, "HTTP version is malformed");
}

/** RFC 9112 §3.2: one valid Host, which only HTTP/1.0 may leave out. Stricter: it is not empty. */
function checkHost(fields: HeaderFields, version: 0 | 1): void {
  const hosts = fields.getAll("host");
  if (hosts.length === 0 && version === 0) return;
  if (hosts.length !== 1 || !isHost(hosts[0]!)) {
    throw new HandshakeError(400, "Host must be sent once and be valid");
  }
}
