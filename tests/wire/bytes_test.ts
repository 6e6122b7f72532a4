/** Bytes in JSON, and data that looks like them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeBytes, encodeBytes, isBytesKey, mayHoldBytes } from "../../wire/bytes.ts";
import { timeRatio } from "../support/time_ratio.ts";

Deno.test("decodeBytes() puts bytes where they stood, in any depth", () => {
  const value = { a: [encodeBytes(Uint8Array.of(1)), { b: encodeBytes(Uint8Array.of()) }], c: 1 };
  assertEquals(decodeBytes(value), { a: [Uint8Array.of(1), { b: Uint8Array.of() }], c: 1 });
  assertEquals(decodeBytes(encodeBytes(Uint8Array.of(2))), Uint8Array.of(2));
  for (const plain of [null, 5, "$base64", [], {}]) assertEquals(decodeBytes(plain), plain);
});

Deno.test("decodeBytes() takes one $ from data that looks like bytes, and reads what is in it", () => {
  assertEquals(decodeBytes({ $$base64: "x" }), { $base64: "x" });
  assertEquals(decodeBytes([{ $$$base64: { $base64: "AA==" } }]), [{
    $$base64: Uint8Array.of(0),
  }]);
  const two = { $base64: "AA==", other: 1 };
  assertEquals(decodeBytes(two), { $base64: "AA==", other: 1 });
  assert(isBytesKey("$base64") && isBytesKey("$$$base64"));
  for (const key of ["base64", "$base64 ", "$Base64", "", "$"]) assert(!isBytesKey(key));
});

Deno.test("hostile 222: decodeBytes() refuses what is no base64", () => {
  for (const wrong of [null, 5, {}, [], "!", "Zg", "Zg==" + "\n"]) {
    assertThrows(() => decodeBytes([{ $base64: wrong }]), SyntaxError, "base64");
  }
});

Deno.test("mayHoldBytes() finds the key in whatever spelling", () => {
  const key = fc.tuple(...[..."$$base64"].map((plain) => {
    const hex = plain.charCodeAt(0).toString(16).padStart(4, "0");
    return fc.constantFrom(plain, `\\u${hex}`);
  })).map((parts) => parts.join(""));
  fc.assert(fc.property(key, fc.constantFrom("", " ", "\n\t "), (key, gap) => {
    assert(mayHoldBytes(`[{"${key}"${gap}:""}]`));
  }));
  for (const text of ['{"a":"{\\"$base64\\":1}"}', '"$base64"', '{"base64":1}', ""]) {
    assert(!mayHoldBytes(text), text);
  }
});

Deno.test("hostile 224: decodeBytes() costs what a parse costs, in any depth and number", () => {
  const depth = 50_000;
  const deep = `${'{"a":['.repeat(depth)}{"$base64":""}${"]}".repeat(depth)}`;
  const many = `[${'{"$base64":""},{"$$base64":1},[],'.repeat(20_000)}0]`;
  const long = `[{"$base64":"${"A".repeat(1 << 20)}"}]`;
  for (const text of [deep, many, long]) {
    assert(mayHoldBytes(text));
    const ratio = timeRatio(() => decodeBytes(JSON.parse(text)), () => JSON.parse(text), 10);
    assert(ratio < 10, `${text.slice(0, 30)}: ${ratio}`);
  }
});
