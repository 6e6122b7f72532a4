/** Writes the heads of HTTP/1.1 responses. RFC 9112 §4. */

import { isStatus, STATUS_TEXT } from "@std/http/status";
import { includesElement, isFieldValue, isToken } from "../../../protocol/header_fields.ts";
import { encodeLatin1 } from "../../../protocol/latin1.ts";

/** How the end of a response's body is found; `none` for those that cannot have a body. */
export type BodyFraming =
  | { readonly kind: "none" | "chunked" | "until close" }
  | { readonly kind: "length"; readonly length: number };

/** A response's head. */
export interface ResponseHeadParts {
  readonly status: number;
  /** Reason phrase; the usual one where it is empty. */
  readonly statusText: string;
  /** `Headers`, or a map of names in lower case. */
  readonly headers: { forEach(call: (value: string, name: string) => void): void };
  readonly framing: BodyFraming;
  /** Whether the connection ends with this response, which asks for it or does not. */
  ends(isAsked: boolean): boolean;
  /** Seconds for which it is kept otherwise, as announced to the peer; `undefined` announces none. */
  readonly keepAlive?: number | undefined;
}

/** Fields that this file writes itself. */
const ownedFields: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
]);

/**
 * Formats a head, whose characters are all Latin-1.
 *
 * @throws {TypeError} A field or the reason phrase cannot be sent as it is, for instance because
 * of a line break in it.
 */
export function formatResponseHead(parts: ResponseHeadParts): string {
  const { status } = parts;
  let text = statusLine(status, parts.statusText);
  let hasDate = false;
  let asksToEnd = false;
  let offersUpgrade = false;
  // Three times as fast as iterating.
  parts.headers.forEach((value, name) => {
    if (name === "connection") asksToEnd = includesElement([value], "close");
    if (ownedFields.has(name)) return;
    if (name === "date") hasDate = true;
    if (name === "upgrade") offersUpgrade = true;
    text += formatField(name, value);
  });
  if (!hasDate) text += `date: ${currentDate()}\r\n`;
  text += framingField(parts.framing);
  text += connectionFields(parts.ends(asksToEnd), parts.keepAlive, offersUpgrade);
  return text + "\r\n";
}

/** The last plain response that was asked for twice within a second. */
const prepared = {
  type: "",
  text: "",
  keepAlive: undefined as number | undefined,
  date: "",
  bytes: undefined as Uint8Array<ArrayBuffer> | undefined,
};

/**
 * Encodes a whole response of status 200 that has a type and a short text of ASCII, on a connection
 * that is kept. A server that answers many requests alike has it encoded once a second.
 *
 * @returns `undefined` the first time: nothing is kept of texts that differ each time.
 */
export function preparePlain(
  type: string,
  text: string,
  keepAlive: number | undefined,
): Uint8Array<ArrayBuffer> | undefined {
  const date = currentDate();
  const isSame = prepared.text === text && prepared.type === type &&
    prepared.keepAlive === keepAlive && prepared.date === date;
  if (!isSame) {
    prepared.type = type;
    prepared.text = text;
    prepared.keepAlive = keepAlive;
    prepared.date = date;
    prepared.bytes = undefined;
    return undefined;
  }
  return prepared.bytes ??= encodeLatin1(formatPlainHead(type, text.length, keepAlive) + text);
}

/** Formats the head of the same, for a body of some length. */
export function formatPlainHead(
  type: string,
  length: number,
  keepAlive: number | undefined,
): string {
  return "HTTP/1.1 200 OK\r\n" + formatField("content-type", type) +
    `date: ${currentDate()}\r\ncontent-length: ${length}\r\n` +
    connectionFields(false, keepAlive, false) + "\r\n";
}

/** Encodes a whole response that refuses a request: its body says why, and the connection ends. */
export function encodeRefusal(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const body = new TextEncoder().encode(`${message}\n`);
  const head = formatResponseHead({
    status,
    statusText: "",
    headers: new Map([["content-type", "text/plain; charset=utf-8"], ...Object.entries(headers)]),
    framing: { kind: "length", length: body.length },
    ends: () => true,
  });
  return joinBytes(encodeLatin1(head), body);
}

/** Encodes the answer to `Expect: 100-continue`. RFC 9110 §15.2.1. */
export function encodeContinue(): Uint8Array<ArrayBuffer> {
  return encodeLatin1("HTTP/1.1 100 Continue\r\n\r\n");
}

/** Joins bytes, so that they leave in one write. */
export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The last line of a type that was checked: most responses of a server have the same. */
let lastType = "";
let lastTypeLine = "";

function formatField(name: string, value: string): string {
  if (name !== "content-type") return checkField(name, value);
  if (value !== lastType || lastTypeLine === "") {
    lastTypeLine = checkField(name, value);
    lastType = value;
  }
  return lastTypeLine;
}

function checkField(name: string, value: string): string {
  if (!isToken(name) || !isFieldValue(value)) {
    throw new TypeError(`Cannot send header field "${name}": it has characters that break HTTP`);
  }
  return `${name}: ${value}\r\n`;
}

function statusLine(status: number, statusText: string): string {
  if (status === 200 && statusText === "") return "HTTP/1.1 200 OK\r\n";
  return `HTTP/1.1 ${status} ${reasonPhrase(status, statusText)}\r\n`;
}

function reasonPhrase(status: number, statusText: string): string {
  if (!isFieldValue(statusText)) {
    throw new TypeError("Cannot send reason phrase: it has characters that break HTTP");
  }
  if (statusText !== "") return statusText;
  return isStatus(status) ? STATUS_TEXT[status] : "";
}

function framingField(framing: BodyFraming): string {
  if (framing.kind === "length") return `content-length: ${framing.length}\r\n`;
  return framing.kind === "chunked" ? "transfer-encoding: chunked\r\n" : "";
}

/**
 * RFC 9112 §9.3, and appendix C.2.2: the time is a field of its own, which `Connection` names; and so
 * is `Upgrade`, RFC 9110 §7.8.
 */
function connectionFields(
  close: boolean,
  keepAlive: number | undefined,
  offersUpgrade: boolean,
): string {
  const upgrade = offersUpgrade ? ", upgrade" : "";
  if (close) return `connection: close${upgrade}\r\n`;
  if (keepAlive !== undefined) {
    return `connection: keep-alive${upgrade}\r\nkeep-alive: timeout=${keepAlive}\r\n`;
  }
  return offersUpgrade ? "connection: upgrade\r\n" : "";
}

let dateSecond = -1;
let dateText = "";

/** The value of `Date`, RFC 9110 §6.6.1. The text is made once per second. */
export function currentDate(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(now).toUTCString();
  }
  return dateText;
}
