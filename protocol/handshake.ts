/**
 * The opening handshake as a server sees it: check the request, write the answer. RFC 6455 §4.2.
 */

import { HandshakeError } from "./errors.ts";
import { type Extension, parseExtensions } from "./extension_list.ts";
import {
  checkKey,
  encodeNegotiatedFields,
  encodeUserFields,
  isKey,
  webSocketVersion,
} from "./handshake_fields.ts";
import { type HeaderFields, includesElement, parseTokenList } from "./header_fields.ts";
import type { RequestHead } from "./http1.ts";
import { encodeLatin1 } from "./latin1.ts";
import { sha1 } from "./sha1.ts";

/** RFC 6455 §1.3. */
const keySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** RFC 9110 §15.5.22: a 426 names the protocol to upgrade to. */
const upgradeRequired = { "upgrade": "websocket" };

/** The content of a valid upgrade request, as {@linkcode checkUpgradeRequest} finds it. */
export interface UpgradeRequest {
  /** The key to be answered by {@linkcode acceptKey}. */
  readonly key: string;
  /** Subprotocols, the client's favourite first; no two are equal. */
  readonly protocols: readonly string[];
  /** Offers of extensions, the client's favourite first. */
  readonly extensions: readonly Extension[];
}

/** The parts of a 101 response that vary. The handshake writes the other fields itself. */
export interface UpgradeResponse {
  /** The request's key. */
  readonly key: string;
  /** The subprotocol that was chosen; without it the field is left out. */
  readonly protocol?: string | undefined;
  /** The extensions that were agreed; if there are none the field is left out. */
  readonly extensions?: readonly Extension[] | undefined;
  /** More fields, such as cookies. */
  readonly headers?: Iterable<readonly [name: string, value: string]> | undefined;
}

/**
 * Computes the answer to a key. RFC 6455 §4.2.2, item 5.4.
 *
 * @param key Value of `Sec-WebSocket-Key`.
 * @returns Value of `Sec-WebSocket-Accept`.
 *
 * @example The key of RFC 6455 §1.3
 * ```ts
 * import { acceptKey } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
 * ```
 */
export function acceptKey(key: string): string {
  return btoa(sha1(key + keySuffix));
}

/**
 * Tells whether a request wants a WebSocket. If so it must pass {@linkcode checkUpgradeRequest}.
 *
 * @param head The request's head.
 * @returns `true` when `Upgrade` lists websocket, in any case.
 *
 * @example A plain request
 * ```ts
 * import { HeaderFields, isUpgradeRequest } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * const fields = new HeaderFields([["Host", "example.com"]]);
 * assert(!isUpgradeRequest({ method: "GET", target: "/", version: 1, fields }));
 * ```
 */
export function isUpgradeRequest(head: RequestHead): boolean {
  return includesElement(head.fields.getAll("upgrade"), "websocket");
}

/**
 * Checks an opening handshake. RFC 6455 §4.2.1. It does not look at the target, `Origin` or the
 * value of `Host`, which are the server's business and the parser's.
 *
 * @param head The request's head.
 * @returns The request of the client.
 * @throws {HandshakeError} 400, 405, 426 or 505: the request must not be answered with 101.
 *
 * @example A request of the wrong version
 * ```ts
 * import { checkUpgradeRequest, HandshakeError, HeaderFields } from "@hawser/ws/protocol";
 * import { assertThrows } from "@std/assert";
 *
 * const fields = new HeaderFields([
 *   ["Host", "example.com"],
 *   ["Upgrade", "websocket"],
 *   ["Connection", "Upgrade"],
 *   ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
 *   ["Sec-WebSocket-Version", "8"],
 * ]);
 * const head = { method: "GET", target: "/", version: 1, fields } as const;
 * assertThrows(() => checkUpgradeRequest(head), HandshakeError, "must be 13");
 * ```
 */
export function checkUpgradeRequest(head: RequestHead): UpgradeRequest {
  checkRequestForm(head);
  const { fields } = head;
  const versions = fields.getAll("sec-websocket-version");
  // RFC 6455 §4.2.2, item 4: another version is answered with the ones we know.
  if (versions.length !== 1 || versions[0] !== webSocketVersion) {
    const headers = { ...upgradeRequired, "sec-websocket-version": webSocketVersion };
    throw new HandshakeError(426, `Sec-WebSocket-Version must be ${webSocketVersion}`, headers);
  }
  const keys = fields.getAll("sec-websocket-key");
  const key = keys[0];
  if (key === undefined || keys.length > 1 || !isKey(key)) {
    throw new HandshakeError(400, "Sec-WebSocket-Key must be 16 bytes in base64");
  }
  const protocols = parseTokenList(fields.getAll("sec-websocket-protocol"));
  // RFC 6455 §4.1, item 10: the elements are unique.
  if (protocols.length > 1 && new Set(protocols).size < protocols.length) {
    throw new HandshakeError(400, "Sec-WebSocket-Protocol repeats a subprotocol");
  }
  return { key, protocols, extensions: parseExtensions(fields.getAll("sec-websocket-extensions")) };
}

/** Checks the demands of RFC 6455 §4.2.1 on the request as HTTP. */
function checkRequestForm({ method, version, fields }: RequestHead): void {
  if (version !== 1) throw new HandshakeError(505, "HTTP/1.1 is required");
  if (method !== "GET") throw new HandshakeError(405, "Method must be GET", { "allow": "GET" });
  if (fields.getAll("host").length !== 1) throw new HandshakeError(400, "Host must be sent once");
  checkNoBody(fields);
  if (!includesElement(fields.getAll("upgrade"), "websocket")) {
    throw new HandshakeError(426, "Upgrade must list websocket", upgradeRequired);
  }
  if (!includesElement(fields.getAll("connection"), "upgrade")) {
    throw new HandshakeError(426, "Connection must list upgrade", upgradeRequired);
  }
}

/**
 * A body would be taken for frames, or frames for a body. RFC 9110 §8.6: a length of 0 says that
 * there is none, which some clients do.
 */
function checkNoBody(fields: HeaderFields): void {
  const lengths = fields.getAll("content-length");
  const isEmpty = lengths.length === 0 || (lengths.length === 1 && /^0{1,15}$/.test(lengths[0]!));
  if (!isEmpty || fields.has("transfer-encoding")) {
    throw new HandshakeError(400, "Upgrade request has a body");
  }
}

/**
 * Chooses a subprotocol.
 *
 * @param offered The client's offers, its favourite first.
 * @param supported The server's subprotocols, in any order.
 * @returns The client's favourite among the supported ones, or `undefined` if there is none.
 *
 * @example The client's favourite
 * ```ts
 * import { selectSubprotocol } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(selectSubprotocol(["v3", "v2", "v1"], ["v1", "v2"]), "v2");
 * ```
 */
export function selectSubprotocol(
  offered: readonly string[],
  supported: readonly string[],
): string | undefined {
  return offered.find((protocol) => supported.includes(protocol));
}

/**
 * Writes the head of the 101 response. RFC 6455 §4.2.2.
 *
 * @param response The fields of the answer.
 * @returns The bytes; frames follow directly.
 * @throws {TypeError} A field could not be sent as it is, or is one that the handshake writes.
 *
 * @example A cookie on the 101
 * ```ts
 * import { encodeUpgradeResponse } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * const key = "dGhlIHNhbXBsZSBub25jZQ==";
 * const bytes = encodeUpgradeResponse({ key, headers: [["Set-Cookie", "a=1"]] });
 * assert(new TextDecoder().decode(bytes).includes("\r\nSet-Cookie: a=1\r\n"));
 * ```
 */
export function encodeUpgradeResponse(response: UpgradeResponse): Uint8Array<ArrayBuffer> {
  const { key, protocol, extensions, headers } = response;
  checkKey(key);
  const text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n` +
    encodeNegotiatedFields(protocol === undefined ? [] : [protocol], extensions) +
    encodeUserFields(headers) + "\r\n";
  return encodeLatin1(text);
}
