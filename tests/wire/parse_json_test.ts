/** JSON of the other end: parsed plainly, whatever it holds. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { isContainer, isObject, parseJson } from "../../wire/parse_json.ts";
import { timeRatio } from "../support/time_ratio.ts";

const size = 1 << 18;

/** Texts that say as much as can be said in so many characters. */
function hostileTexts(first: string): string[] {
  const fill = (unit: string) => `[${first},${unit.repeat(size / unit.length)}0]`;
  const deep = `[${first},${'{"a":'.repeat(size / 6)}0${"}".repeat(size / 6)}]`;
  return [fill("1,"), fill('"",'), fill("[],"), fill("{},"), deep];
}

Deno.test("hostile 127: parseJson() costs what a parse costs, whatever is in the text", () => {
  // A reviver costs 20 to 60 times as much.
  for (const first of ['"\\u0041"', '"\\u005f_proto__"', '{"__proto__":1}']) {
    for (const text of hostileTexts(first)) {
      const ratio = timeRatio(() => parseJson(text), () => JSON.parse(text), 8);
      assert(ratio < 8, `${text.slice(0, 30)}: ${ratio}`);
    }
  }
});

Deno.test("hostile 99: parseJson() drops __proto__ in whatever spelling", () => {
  const key = fc.tuple(...[..."__proto__"].map((plain) => {
    const hex = plain.charCodeAt(0).toString(16).padStart(4, "0");
    return fc.constantFrom(plain, `\\u${hex}`, `\\u${hex.toUpperCase()}`);
  })).map((parts) => parts.join(""));
  const gap = fc.constantFrom("", " ", "\n\t ");
  fc.assert(fc.property(key, gap, (key, gap) => {
    const value: unknown = parseJson(`[{"${key}"${gap}:{"admin":true},"a":[{"${key}":1,"b":2}]}]`);
    assertEquals(JSON.stringify(value), '[{"a":[{"b":2}]}]');
  }));
});

Deno.test("parseJson() is JSON.parse() for everything else", () => {
  const texts = ['"__proto__"', '{"a":"\\"__proto__\\":"}', '["__proto__",{"__proto":1}]'];
  for (const text of texts) assertEquals(parseJson(text), JSON.parse(text));
  assertEquals(Object.keys(parseJson('{"\\"__proto__":1}') as object), ['"__proto__']);
  fc.assert(fc.property(fc.json(), (text) => {
    if (text.includes("__proto__")) return;
    assertEquals(parseJson(text), JSON.parse(text));
  }));
  for (const text of ["", "{", "[1,", '{"a":}']) assertThrows(() => parseJson(text), SyntaxError);
});

Deno.test("hostile 102: parseJson() drops __proto__ in any depth", () => {
  const deep = `${"[".repeat(100_000)}{"__proto__":1}${"]".repeat(100_000)}`;
  let value = parseJson(deep);
  while (Array.isArray(value)) value = value[0];
  assertEquals(Object.keys(value as object), []);
  assertEquals(parseJson(`{"a":1,"__proto__":${deep}}`), { a: 1 });
});

Deno.test("isContainer() and isObject() tell the values of JSON apart", () => {
  for (const value of [null, 1, "a", false, undefined]) assert(!isContainer(value));
  assert(isContainer([]) && isContainer({}) && isObject({}));
  for (const value of [null, [], "a"]) assert(!isObject(value));
});
