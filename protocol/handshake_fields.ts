/** The header fields that both sides write in an opening handshake. RFC 6455 §4 and §11.3. */

import { encodeExtensions, type Extension } from "./extension_list.ts";
import { isFieldValue, isToken } from "./header_fields.ts";

/** RFC 6455 §4.1, item 9: the one value of `Sec-WebSocket-Version`. */
export const webSocketVersion = "13";

/** Fields that the handshake writes itself, and those that would announce a body. */
const ownedFields: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "host",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Tells whether text is a key: 16 bytes in base64. RFC 6455 §4.1, item 7. Stricter than most
 * decoders: the bits that are left over must be 0, RFC 4648 §3.5.
 */
export function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{21}[AQgw]==$/.test(text);
}

/** Throws a TypeError for a key that {@linkcode isKey} refuses. */
export function checkKey(key: string): void {
  if (!isKey(key)) {
    throw new TypeError(
      `Cannot use key as it must be 16 bytes in base64: current value is "${key}"`,
    );
  }
}

/** Writes subprotocols and extensions; a field whose list is empty is left out. */
export function encodeNegotiatedFields(
  protocols: readonly string[],
  extensions: readonly Extension[] = [],
): string {
  for (const protocol of protocols) {
    if (!isToken(protocol)) {
      throw new TypeError(
        `Cannot use subprotocol as it is no token: current value is "${protocol}"`,
      );
    }
  }
  let text = "";
  if (protocols.length > 0) text += `Sec-WebSocket-Protocol: ${protocols.join(", ")}\r\n`;
  if (extensions.length > 0) {
    text += `Sec-WebSocket-Extensions: ${encodeExtensions(extensions)}\r\n`;
  }
  return text;
}

/** Writes the caller's own fields. Throws a TypeError rather than let one break out of its line. */
export function encodeUserFields(
  headers: Iterable<readonly [name: string, value: string]> = [],
): string {
  let text = "";
  for (const [name, value] of headers) {
    if (ownedFields.has(name.toLowerCase())) {
      throw new TypeError(`Cannot set header field ${name}: the handshake writes it`);
    }
    if (!isToken(name) || !isFieldValue(value)) {
      throw new TypeError(
        `Cannot set header field ${JSON.stringify(name)}: it has a character that may not be sent`,
      );
    }
    text += `${name}: ${value}\r\n`;
  }
  return text;
}
