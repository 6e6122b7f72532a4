/** JSON of the other end: parsed plainly, and refused where it has a key `__proto__`. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { isContainer, isObject, parseJson, ProtoKeyError } from "../../wire/parse_json.ts";
import { timeRatio } from "../support/time_ratio.ts";

const size = 1 << 16;

/** Texts that say as much as can be said in so many characters. */
function fill(unit: string, first: string): string {
  return `[${first},${unit.repeat(Math.ceil(size / unit.length))}0]`;
}

/** What a text may be full of: plain values, what is nearly the key, and what is nearly an escape. */
const units = [
  ...["1,", '"",', "[],", "{},", '{"a":1},', '"_",', '"__proto__",', '"__proto__" ,'],
  ...['"\\u005f",', '"__proto_\\u005f",', '"\\u005f_proto_\\u005f",', '"__proto\\u005f" ,'],
  ...['"\\"__proto__\\":",', '"\\\\u005f\\u005f",', '"\\n\\n\\n\\n",', '"\\\\\\\\\\\\",'],
];

const firsts = ['"\\u0041"', '"__proto__"', '"__proto\\u005f_"', '{"\\"__proto__":1}'];

Deno.test("hostile 127: parseJson() costs a few parses at most, whatever is in the text", () => {
  for (const first of firsts) {
    const deep = `[${first},${'{"a":'.repeat(size / 6)}0${"}".repeat(size / 6)}]`;
    for (const text of [...units.map((unit) => fill(unit, first)), deep]) {
      const ratio = timeRatio(() => parseJson(text), () => JSON.parse(text), 4);
      assert(ratio < 4, `${text.slice(0, 40)}: ${ratio}`);
    }
  }
});

Deno.test("hostile 127: parseJson() takes less for long texts than others take to be parsed", () => {
  // Their own parse is a copy, at the speed of memory.
  const ordinary = fill('{"a":1},', "0");
  for (const first of firsts) {
    for (const [unit, times] of [["a", size], ["_", size], ["_", 60]] as const) {
      const text = fill(`"${unit.repeat(times)}",`, first);
      const ratio = timeRatio(() => parseJson(text), () => JSON.parse(ordinary), 1);
      assert(ratio < 1, `${text.slice(0, 40)}: ${ratio}`);
    }
  }
});

/** A name, each character plain or escaped. */
const spelled = (name: string) =>
  fc.tuple(...[...name].map((plain) => {
    const hex = plain.charCodeAt(0).toString(16).padStart(4, "0");
    return fc.constantFrom(plain, plain, `\\u${hex}`, `\\u${hex.toUpperCase()}`);
  })).map((parts) => parts.join(""));

const key = fc.oneof(fc.constant("__proto__"), spelled("__proto__"));

const likeKey = fc.oneof(
  key,
  spelled("__proto_"),
  key.chain((key) =>
    fc.constantFrom(`\\"${key}`, `${key}\\"`, `\\\\${key}`, `x${key}`, `${key}\\":`)
  ),
  fc.constantFrom("a", "\\\\", '\\"', "\\u005f", "__", ""),
);

const gap = fc.constantFrom("", "", " ", "\n\t \r");

/** Text of JSON. No object has a key twice, as a reviver does not see the first one. */
const text = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.constant("1"), tie("text"), tie("list"), tie("object")),
  text: likeKey.map((key) => `"${key}"`),
  list: fc.array(fc.tuple(gap, tie("value"), gap).map((parts) => parts.join("")), { maxLength: 3 })
    .map((items) => `[${items.join(",")}]`),
  object: fc.uniqueArray(fc.tuple(likeKey, gap, gap, tie("value")), {
    maxLength: 3,
    selector: ([key]) => String(JSON.parse(`"${key}"`)),
  }).map((fields) => {
    const items = fields.map(([key, before, after, value]) => `"${key}"${before}:${after}${value}`);
    return `{${items.join(",")}}`;
  }),
})).value as fc.Arbitrary<string>;

Deno.test("hostile 99: parseJson() refuses what has a key __proto__, and nothing else", () => {
  let refused = 0;
  fc.assert(
    fc.property(text, (text) => {
      let hasKey = false;
      const value: unknown = JSON.parse(text, (key, value) => {
        if (key === "__proto__") hasKey = true;
        return value;
      });
      if (hasKey) {
        refused++;
        assertThrows(() => parseJson(text), ProtoKeyError);
      } else assertEquals(parseJson(text), value);
    }),
    { numRuns: 2_000 },
  );
  assert(refused > 100, `${refused}`);
});

Deno.test("hostile 99: parseJson() refuses __proto__ in whatever spelling", () => {
  fc.assert(fc.property(key, gap, (key, gap) => {
    assertThrows(() => parseJson(`[{"a":[{"${key}"${gap}:1,"b":2}]}]`), ProtoKeyError);
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
  for (const text of ["", "{", "[1,", '{"a":}', '{"__proto__"', '{"__proto__":']) {
    assertThrows(() => parseJson(text), SyntaxError);
  }
});

Deno.test("hostile 102: parseJson() reads any depth, and refuses __proto__ in it", () => {
  const nest = (inner: string) => `${"[".repeat(100_000)}${inner}${"]".repeat(100_000)}`;
  assert(Array.isArray(parseJson(nest("{}"))));
  assertThrows(() => parseJson(nest('{"__proto__":1}')), ProtoKeyError);
});

Deno.test("isContainer() and isObject() tell the values of JSON apart", () => {
  for (const value of [null, 1, "a", false, undefined]) assert(!isContainer(value));
  assert(isContainer([]) && isContainer({}) && isObject({}));
  for (const value of [null, [], "a"]) assert(!isObject(value));
});
