/**
 * The opening handshake as a client sees it: write the request, check the answer. RFC 6455 §4.1.
 */

import { HandshakeError } from "./errors.ts";
import { type Extension, parseExtensions } from "./extension_list.ts";
import { acceptKey } from "./handshake.ts";
import {
  checkKey,
  encodeNegotiatedFields,
  encodeUserFields,
  webSocketVersion,
} from "./handshake_fields.ts";
import { type HeaderFields, includesElement } from "./header_fields.ts";
import type { ResponseHead } from "./http1.ts";
import { encodeLatin1 } from "./latin1.ts";
import { isHost, isRequestTarget } from "./request_target.ts";

/** The parts of an upgrade request that vary. The handshake writes the other fields itself. */
export interface UpgradeOffer {
  /** Value of `Host`: the name, and the port unless it is the scheme's own. */
  readonly host: string;
  /** Path and query. */
  readonly target: string;
  /** 16 random bytes in base64, new for each connection. */
  readonly key: string;
  /** Subprotocols, the favourite first. */
  readonly protocols?: readonly string[] | undefined;
  /** Offers of extensions, the favourite first. */
  readonly extensions?: readonly Extension[] | undefined;
  /** More fields, such as `Origin` or cookies. */
  readonly headers?: Iterable<readonly [name: string, value: string]> | undefined;
}

/** The agreement of a server, as {@linkcode checkUpgradeResponse} finds it. */
export interface UpgradeAgreement {
  /** The chosen subprotocol, if any. */
  readonly protocol: string | undefined;
  /** The answers to offers of extensions. */
  readonly extensions: readonly Extension[];
}

/**
 * Writes the head of an upgrade request. RFC 6455 §4.1.
 *
 * @param offer The offer.
 * @returns The bytes.
 * @throws {TypeError} A part could not be sent as it is, or is one that the handshake writes.
 *
 * @example The request line
 * ```ts
 * import { encodeUpgradeRequest } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * const key = "dGhlIHNhbXBsZSBub25jZQ==";
 * const bytes = encodeUpgradeRequest({ host: "example.com", target: "/chat", key });
 * assert(new TextDecoder().decode(bytes).startsWith("GET /chat HTTP/1.1\r\n"));
 * ```
 */
export function encodeUpgradeRequest(offer: UpgradeOffer): Uint8Array<ArrayBuffer> {
  const { host, target, key, protocols = [], extensions, headers } = offer;
  if (!isHost(host)) throw new TypeError(`Cannot connect to host: current value is "${host}"`);
  if (!isRequestTarget("GET", target)) {
    throw new TypeError(`Cannot request target: current value is "${target}"`);
  }
  if (new Set(protocols).size < protocols.length) {
    throw new TypeError(`Cannot offer a subprotocol twice: current value is "${protocols}"`);
  }
  checkKey(key);
  const text = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n` +
    "Upgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: ${webSocketVersion}\r\n` +
    encodeNegotiatedFields(protocols, extensions) + encodeUserFields(headers) + "\r\n";
  return encodeLatin1(text);
}

/**
 * Checks a server's answer. RFC 6455 §4.1. Whether an extension's parameters are acceptable is left
 * to the extension.
 *
 * @param head The response's head.
 * @param offer The offer of the request.
 * @returns The agreement.
 * @throws {HandshakeError} The connection must not be used; the status is 0.
 *
 * @example An answer that ignores the key
 * ```ts
 * import { checkUpgradeResponse, HandshakeError, HeaderFields } from "@hawser/ws/protocol";
 * import { assertThrows } from "@std/assert";
 *
 * const fields = new HeaderFields([["Upgrade", "websocket"], ["Connection", "Upgrade"]]);
 * const head = { status: 101, statusText: "", version: 1, fields } as const;
 * const key = "dGhlIHNhbXBsZSBub25jZQ==";
 * assertThrows(() => checkUpgradeResponse(head, { key }), HandshakeError, "Accept");
 * ```
 */
export function checkUpgradeResponse(
  head: ResponseHead,
  offer: Pick<UpgradeOffer, "key" | "protocols" | "extensions">,
): UpgradeAgreement {
  const { fields } = head;
  if (head.status !== 101 || head.version !== 1) {
    throw refusal(`Status is ${head.status}, not 101 of HTTP/1.1`);
  }
  if (fields.getAll("upgrade").join().toLowerCase() !== "websocket") {
    throw refusal("Upgrade is not websocket");
  }
  if (!includesElement(fields.getAll("connection"), "upgrade")) {
    throw refusal("Connection does not list upgrade");
  }
  const accepts = fields.getAll("sec-websocket-accept");
  if (accepts.length !== 1 || accepts[0] !== acceptKey(offer.key)) {
    throw refusal("Sec-WebSocket-Accept does not answer the key");
  }
  return {
    protocol: checkProtocol(fields, offer.protocols ?? []),
    extensions: checkExtensions(fields, offer.extensions ?? []),
  };
}

/** RFC 6455 §4.1, item 6 of the answer: at most one subprotocol, and one that was offered. */
function checkProtocol(fields: HeaderFields, offered: readonly string[]): string | undefined {
  const protocols = fields.getAll("sec-websocket-protocol");
  if (protocols.length > 1 || !protocols.every((protocol) => offered.includes(protocol))) {
    throw refusal("Sec-WebSocket-Protocol is not one of the offered subprotocols");
  }
  return protocols[0];
}

/** RFC 6455 §4.1, item 5 of the answer: only extensions that were offered; stricter: each once. */
function checkExtensions(fields: HeaderFields, offers: readonly Extension[]): Extension[] {
  const answers = parseExtensions(fields.getAll("sec-websocket-extensions"), 0);
  const names = new Set(answers.map((answer) => answer.name));
  if (names.size < answers.length) throw refusal("Sec-WebSocket-Extensions repeats an extension");
  if (!answers.every((answer) => offers.some((offer) => offer.name === answer.name))) {
    throw refusal("Sec-WebSocket-Extensions has one that was not offered");
  }
  return answers;
}

function refusal(message: string): HandshakeError {
  return new HandshakeError(0, message);
}
