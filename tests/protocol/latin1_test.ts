import { assertEquals } from "@std/assert";
import {
  decodeCodes,
  decodeLatin1,
  encodeLatin1,
  isFieldChar,
  isTokenChar,
  isWhitespace,
  trimWhitespace,
} from "../../protocol/latin1.ts";

const allCodes = Array.from({ length: 256 }, (_, code) => code);

Deno.test("isTokenChar() knows the characters of RFC 9110 §5.6.2", () => {
  const wanted = /[!#$%&'*+.^_`|~0-9A-Za-z-]/;
  for (const code of [...allCodes, 0x100, 0x141, 0x212a]) {
    assertEquals(isTokenChar(code), code < 0x80 && wanted.test(String.fromCharCode(code)));
  }
});

Deno.test("isTokenChar() is false behind the end of a text", () => {
  assertEquals(isTokenChar("".charCodeAt(0)), false);
});

Deno.test("isFieldChar() refuses control characters but HTAB, and what is not Latin-1", () => {
  const refused = [...allCodes, 0x100, 0x10a].filter((code) => !isFieldChar(code));
  const controls = allCodes.filter((code) => (code < 0x20 && code !== 0x09) || code === 0x7f);
  assertEquals(refused, [...controls, 0x100, 0x10a]);
});

Deno.test("isWhitespace() knows SP and HTAB only", () => {
  assertEquals(allCodes.filter(isWhitespace), [0x09, 0x20]);
});

Deno.test("trimWhitespace() leaves a no-break space in place", () => {
  assertEquals(trimWhitespace(" \t\xa0 a\tb \xa0\t "), "\xa0 a\tb \xa0");
  assertEquals(trimWhitespace(" \t "), "");
  assertEquals(trimWhitespace(""), "");
});

Deno.test("trimWhitespace() looks at a part of the text only", () => {
  assertEquals(trimWhitespace("a: b \r\n", 2, 5), "b");
  assertEquals(trimWhitespace("a b", 1, 2), "");
  assertEquals(trimWhitespace(" a b ", 2), "b");
});

Deno.test("decodeLatin1() and encodeLatin1() map each code to itself", () => {
  const bytes = Uint8Array.from(allCodes);
  const text = decodeLatin1(bytes);
  assertEquals(Array.from(text, (char) => char.charCodeAt(0)), allCodes);
  assertEquals(encodeLatin1(text), bytes);
  assertEquals(decodeLatin1(bytes, 66), text.slice(0, 66));
  for (const part of ["", "a", "\u00e9", "a\u00e9", "\u00e9a"]) {
    assertEquals(decodeLatin1(encodeLatin1(part)), part);
  }
});

Deno.test("decodeCodes() decodes what decodeLatin1() does", () => {
  const bytes = Uint8Array.from(allCodes);
  assertEquals(decodeCodes(bytes), decodeLatin1(bytes));
  assertEquals(decodeCodes(bytes.subarray(10, 20)), decodeLatin1(bytes.subarray(10, 20)));
});

Deno.test("decodeLatin1() decodes more bytes than a call may have arguments", () => {
  const bytes = new Uint8Array(1_000_000).fill(0xe9);
  assertEquals(decodeLatin1(bytes), "\xe9".repeat(1_000_000));
  assertEquals(decodeCodes(bytes), "\xe9".repeat(1_000_000));
});
