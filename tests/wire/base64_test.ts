/** Base64 with the standard alphabet and padding, RFC 4648 §4. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeBase64, decodePortably, encodeBase64, encodePortably } from "../../wire/base64.ts";

Deno.test("encodeBase64() and decodeBase64() know the examples of RFC 4648 §10", () => {
  const examples = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
  for (const [length, text] of examples.entries()) {
    const bytes = new TextEncoder().encode("foobar".slice(0, length));
    assertEquals([encodeBase64(bytes), encodePortably(bytes)], [text, text]);
    assertEquals([decodeBase64(text), decodePortably(text)], [bytes, bytes]);
  }
});

Deno.test("encodePortably() writes what the runtime's own method writes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50_000, size: "max" }), (each) => {
      const bytes = new Uint8Array(each);
      const text = encodePortably(bytes);
      assertEquals(text, encodeBase64(bytes));
      assertEquals(decodePortably(text), bytes);
      assertEquals(decodeBase64(text), bytes);
    }),
    { numRuns: 30 },
  );
});

Deno.test("encodeBase64() takes a view of shared memory", () => {
  const bytes = new Uint8Array(new SharedArrayBuffer(4), 1, 2);
  bytes.set([1, 2]);
  assertEquals([encodeBase64(bytes), encodePortably(bytes)], ["AQI=", "AQI="]);
});

Deno.test("decodeBase64() refuses other alphabets, white space and missing padding", () => {
  for (
    const text of ["Zg", "Zg=", "Z===", "Zm9v\n", "Zm 9", "_-8=", "Zg==Zg==", "ü===", "=", "===="]
  ) {
    assertEquals(decodeBase64(text), undefined, text);
  }
});
