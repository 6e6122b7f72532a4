import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HandshakeError } from "../../protocol/errors.ts";
import {
  encodeExtensions,
  type Extension,
  parseExtensions,
} from "../../protocol/extension_list.ts";

function extension(name: string, ...parameters: [string, string | undefined][]): Extension {
  return { name, parameters };
}

function assertMalformed(value: string): void {
  const error = assertThrows(() => parseExtensions([value]), HandshakeError, "malformed");
  assertEquals(error.status, 400, value.slice(0, 100));
}

/** Each list as we write it. */
const lists: [text: string, list: Extension[]][] = [
  ["", []],
  ["a", [extension("a")]],
  ["a, b", [extension("a"), extension("b")]],
  ["a; p", [extension("a", ["p", undefined])]],
  ["a; p=1", [extension("a", ["p", "1"])]],
  ["a; p=1; p=2; q, a", [
    extension("a", ["p", "1"], ["p", "2"], ["q", undefined]),
    extension("a"),
  ]],
];

Deno.test("parseExtensions() and encodeExtensions() are each other's inverse", () => {
  for (const [text, list] of lists) {
    assertEquals(parseExtensions([text]), list);
    assertEquals(encodeExtensions(list), text);
  }
});

Deno.test("parseExtensions() keeps the order over several fields", () => {
  assertEquals(parseExtensions(["a, b", "c"]).map(({ name }) => name), ["a", "b", "c"]);
  assertEquals(parseExtensions([]), []);
});

Deno.test("parseExtensions() passes over white space wherever RFC 2616 implies it", () => {
  assertEquals(parseExtensions(["\t a ;\tp = 1 ; q\t, b "]), [
    extension("a", ["p", "1"], ["q", undefined]),
    extension("b"),
  ]);
});

Deno.test("parseExtensions() passes over empty elements", () => {
  for (const text of [",a", "a,", ", ,a ,\t,", "a,,"]) {
    assertEquals(parseExtensions([text]), [extension("a")], text);
  }
  assertEquals(parseExtensions([" , "]), []);
});

Deno.test("parseExtensions() removes quotes and backslashes around a token", () => {
  for (const text of ['a; p="10"', 'a; p="\\1\\0"', 'a; p="1\\0"', 'a; p= "\\10" ']) {
    assertEquals(parseExtensions([text]), [extension("a", ["p", "10"])], text);
  }
});

Deno.test("parseExtensions() refuses a quoted value that is no token", () => {
  for (
    const value of ['""', '"a b"', '"a,b"', '"\\""', '"\\\\"', '"é"', '"a', '"', '"a\\', '"a"b']
  ) {
    assertMalformed(`x; p=${value}`);
  }
});

Deno.test("parseExtensions() refuses what RFC 6455 §9.1 has no rule for", () => {
  for (
    const value of [
      "a b",
      "a;",
      "a; ;p",
      "a; =1",
      "a; p=",
      "a; p==1",
      "a=1",
      ";p",
      '"a"',
      "a; p=1 2",
    ]
  ) {
    assertMalformed(value);
    assertMalformed(`ok, ${value}`);
  }
});

Deno.test("parseExtensions() throws with the status that it is given", () => {
  assertEquals(assertThrows(() => parseExtensions(["="], 0), HandshakeError).status, 0);
});

Deno.test("hostile 21: parseExtensions() takes constructor and __proto__ for plain names", () => {
  const text = "constructor; __proto__=toString, __proto__; constructor";
  assertEquals(parseExtensions([text]), [
    extension("constructor", ["__proto__", "toString"]),
    extension("__proto__", ["constructor", undefined]),
  ]);
  assertMalformed(",;constructor");
});

Deno.test("hostile 22: parseExtensions() reads an unclosed quoted string once", () => {
  assertMalformed(`x; p="${"\\\\".repeat(4096)}`);
  assertMalformed(`x; p="${"\\a".repeat(2_000_000)}`);
  assertMalformed(`x; p="${"a".repeat(4_000_000)}`);
  assertMalformed(`x${" ".repeat(4_000_000)}y`);
});

Deno.test("hostile 33: parseExtensions() reads a thousand offers", () => {
  assertEquals(parseExtensions([Array(1000).fill("a;b").join()]).length, 1000);
});

Deno.test("encodeExtensions() throws on what is no token", () => {
  for (const bad of ["", "a b", "a\r\n", "a;b", '"']) {
    assertThrows(() => encodeExtensions([extension(bad)]), TypeError);
    assertThrows(() => encodeExtensions([extension("a", [bad, undefined])]), TypeError);
    assertThrows(() => encodeExtensions([extension("a", ["p", bad])]), TypeError);
  }
});

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const anyList = fc.array(fc.record({
  name: token,
  parameters: fc.array(fc.tuple(token, fc.option(token, { nil: undefined })), { maxLength: 4 }),
}, { noNullPrototype: true }));

Deno.test("parseExtensions() gives back any list that encodeExtensions() wrote", () => {
  fc.assert(fc.property(anyList, (list) => {
    assertEquals(parseExtensions([encodeExtensions(list)]), list);
  }));
});

Deno.test("parseExtensions() gives back any list with its values quoted and escaped", () => {
  fc.assert(fc.property(anyList, (list) => {
    const text = list.map(({ name, parameters }) =>
      name +
      parameters.map(([parameter, value]) =>
        `;${parameter}` + (value === undefined ? "" : `="${value.replaceAll(/./g, "\\$&")}"`)
      ).join("")
    ).join(",");
    assertEquals(parseExtensions([text]), list);
  }));
});

Deno.test("parseExtensions() throws nothing but HandshakeError on any text", () => {
  const text = fc.string({ unit: fc.constantFrom(...'a\\";,= \t\x00\xe9') });
  fc.assert(
    fc.property(text, (value) => {
      try {
        encodeExtensions(parseExtensions([value]));
      } catch (error) {
        if (!(error instanceof HandshakeError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
