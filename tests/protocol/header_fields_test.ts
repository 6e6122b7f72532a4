import { assert, assertEquals, assertThrows } from "@std/assert";
import { HandshakeError } from "../../protocol/errors.ts";
import {
  HeaderFields,
  includesElement,
  isFieldValue,
  isToken,
  parseTokenList,
} from "../../protocol/header_fields.ts";

const fields = new HeaderFields([["A", "1"], ["b", ""], ["a", "2"]]);

Deno.test("HeaderFields.get() finds the first value, be it empty", () => {
  assertEquals(fields.get("a"), "1");
  assertEquals(fields.get("b"), "");
  assertEquals(fields.get("c"), undefined);
});

Deno.test("HeaderFields.getAll() finds all values in their order", () => {
  assertEquals(fields.getAll("a"), ["1", "2"]);
  assertEquals(fields.getAll("c"), []);
});

Deno.test("HeaderFields.has() counts an empty value as there", () => {
  assert(fields.has("b"));
  assert(!fields.has("c"));
});

Deno.test("HeaderFields iterates over lower-case names and values in their order", () => {
  assertEquals([...fields], [["a", "1"], ["b", ""], ["a", "2"]]);
  assertEquals(fields.size, 3);
  assertEquals(new HeaderFields().size, 0);
});

Deno.test("HeaderFields has no field that was not put in", () => {
  for (const name of ["__proto__", "constructor", "tostring", "hasownproperty"]) {
    assert(!new HeaderFields().has(name), name);
    assertEquals(new HeaderFields([[name, "x"]]).get(name), "x");
  }
});

Deno.test("HeaderFields keeps its own copy of the entries", () => {
  const entries: [string, string][] = [["a", "1"]];
  const copied = new HeaderFields(entries);
  entries[0]![1] = "2";
  entries.push(["b", "3"]);
  assertEquals([...copied], [["a", "1"]]);
});

Deno.test("isToken() refuses separators, white space, non-ASCII and the empty string", () => {
  assert(isToken("chat.v1~!#$%&'*+-^_`|"));
  for (const text of ["", " ", "a b", "a,", "a/b", '"a"', "a\0", "é", "\u212a", "a=b", "(a)"]) {
    assert(!isToken(text), text);
  }
});

Deno.test("isFieldValue() refuses what would break out of a line", () => {
  for (const text of ["", "a\tb", "é", "a: b; c", "\xff"]) assert(isFieldValue(text), text);
  for (const text of ["\r", "a\nb", "a\0", "\x7f", "€", "Ċ"]) assert(!isFieldValue(text), text);
});

Deno.test("includesElement() finds an element in any case and in any field", () => {
  assert(includesElement(["keep-alive, Upgrade"], "upgrade"));
  assert(includesElement(["keep-alive", "\tUPGRADE ,"], "upgrade"));
  assert(includesElement([",, ,upgrade"], "upgrade"));
});

Deno.test("includesElement() does not take a part for the whole", () => {
  for (const values of [[], [""], ["upgrades"], ["up grade"], ["upgrade;q=1"], ['"upgrade"']]) {
    assert(!includesElement(values, "upgrade"), values.join());
  }
});

Deno.test("parseTokenList() joins several fields", () => {
  assertEquals(parseTokenList(["a,b", " c\t, d "]), ["a", "b", "c", "d"]);
  assertEquals(parseTokenList([]), []);
});

Deno.test("hostile 24: parseTokenList() refuses empty and illegal elements", () => {
  for (const value of ["", " ", ",", "a,", ",a", "a,,b", "a b", "a;b", 'a,"b"', "é", "a/b"]) {
    const error = assertThrows(() => parseTokenList(["ok", value]), HandshakeError);
    assertEquals(error.status, 400, value);
  }
});

Deno.test("hostile 23: parseTokenList() passes long white space once", () => {
  const spaces = " ".repeat(4_000_000);
  assertThrows(() => parseTokenList([`a${spaces}b`]), HandshakeError);
  assertEquals(parseTokenList([`a${spaces},${spaces}b`]), ["a", "b"]);
});
