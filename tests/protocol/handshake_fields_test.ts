import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkKey,
  encodeNegotiatedFields,
  encodeUserFields,
  isKey,
} from "../../protocol/handshake_fields.ts";
import { sampleKey } from "../support/heads.ts";

const badKeys = [
  "",
  "abc",
  "dGhlIHNhbXBsZSBub25jZQ",
  "dGhlIHNhbXBsZSBub25jZQ=",
  "dGhlIHNhbXBsZSBub25jZQ===",
  "dGhlIHNhbXBsZSBub25jZR==", // a bit that is left over is set
  "dGhlIHNhbXBsZSBub25jZQ==\n",
  " dGhlIHNhbXBsZSBub25jZQ==",
  "dGhlIHNhbXBsZSBub25j_Q==",
  "dGhlIHNhbXBsZSBub25jZSE=", // 17 bytes
  "dGhlIHNhbXBsZSBub24=", // 14 bytes
];

Deno.test("isKey() accepts 16 bytes in base64", () => {
  assert(isKey(sampleKey));
  for (const last of [0, 1, 0x7f, 0xff]) {
    assert(isKey(btoa(String.fromCharCode(...new Uint8Array(16).fill(last)))));
  }
});

Deno.test("hostile 3: isKey() refuses anything else", () => {
  for (const key of badKeys) assert(!isKey(key), key);
});

Deno.test("checkKey() throws a TypeError for a key that is none", () => {
  checkKey(sampleKey);
  for (const key of badKeys) assertThrows(() => checkKey(key), TypeError, "16 bytes");
});

Deno.test("encodeNegotiatedFields() leaves out what is empty", () => {
  assertEquals(encodeNegotiatedFields([]), "");
  assertEquals(encodeNegotiatedFields([], []), "");
  assertEquals(
    encodeNegotiatedFields(["a", "b"], [{ name: "x", parameters: [["y", "1"]] }, {
      name: "z",
      parameters: [],
    }]),
    "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: x; y=1, z\r\n",
  );
});

Deno.test("encodeNegotiatedFields() throws on what is no token", () => {
  for (const bad of ["", "a b", "a,b", "a\r\nb: c", "é"]) {
    assertThrows(() => encodeNegotiatedFields([bad]), TypeError);
    assertThrows(() => encodeNegotiatedFields([], [{ name: bad, parameters: [] }]), TypeError);
  }
});

Deno.test("encodeUserFields() writes fields in their order, of Headers too", () => {
  assertEquals(encodeUserFields(), "");
  assertEquals(
    encodeUserFields([["Set-Cookie", "a=1"], ["set-cookie", "b=\xe9"], ["X", ""]]),
    "Set-Cookie: a=1\r\nset-cookie: b=\xe9\r\nX: \r\n",
  );
  assertEquals(encodeUserFields(new Headers({ "X-A": "b" })), "x-a: b\r\n");
});

Deno.test("hostile 26: encodeUserFields() throws on CR, LF, NUL and what is not Latin-1", () => {
  for (const bad of ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\x7fb", "€", "a\u010ab"]) {
    assertThrows(() => encodeUserFields([["x", bad]]), TypeError, "may not be sent");
    assertThrows(() => encodeUserFields([[bad, "x"]]), TypeError, "may not be sent");
  }
  for (const bad of ["", "a b", "a:", " a"]) {
    assertThrows(() => encodeUserFields([[bad, "x"]]), TypeError, "may not be sent");
  }
});

Deno.test("encodeUserFields() throws on fields that the handshake writes", () => {
  for (
    const name of [
      "Connection",
      "Content-Length",
      "Host",
      "SEC-WEBSOCKET-ACCEPT",
      "Sec-WebSocket-Extensions",
      "Sec-WebSocket-Key",
      "Sec-WebSocket-Protocol",
      "Sec-WebSocket-Version",
      "transfer-encoding",
      "Upgrade",
    ]
  ) {
    assertThrows(() => encodeUserFields([[name, "x"]]), TypeError, "the handshake writes it");
  }
});
