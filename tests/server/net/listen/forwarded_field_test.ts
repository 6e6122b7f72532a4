/** Tests of server/net/listen/forwarded_field.ts. */

import { assertEquals } from "@std/assert";
import { lastElements } from "../../../../server/net/listen/forwarded_field.ts";

function elementsOf(...values: string[]): Record<string, string>[] {
  return [...lastElements(values)].map((element) => Object.fromEntries(element));
}

Deno.test("lastElements() reads the examples of RFC 7239, from the last one on", () => {
  assertEquals(elementsOf('for="_gazonk"'), [{ for: "_gazonk" }]);
  assertEquals(elementsOf('For="[2001:db8:cafe::17]:4711"'), [
    { for: "[2001:db8:cafe::17]:4711" },
  ]);
  assertEquals(elementsOf("for=192.0.2.60;proto=http;by=203.0.113.43"), [
    { for: "192.0.2.60", proto: "http", by: "203.0.113.43" },
  ]);
  assertEquals(elementsOf("for=192.0.2.43, for=198.51.100.17"), [
    { for: "198.51.100.17" },
    { for: "192.0.2.43" },
  ]);
});

Deno.test("lastElements() joins several fields", () => {
  assertEquals(elementsOf("for=a", "for=b, for=c"), [{ for: "c" }, { for: "b" }, { for: "a" }]);
  assertEquals(elementsOf(), [{}]);
});

Deno.test("lastElements() takes commas, semicolons and escapes within quotes", () => {
  assertEquals(elementsOf('for="a,b;c\\"d\\\\";host=x ,for=e'), [
    { for: "e" },
    { for: 'a,b;c"d\\', host: "x" },
  ]);
});

Deno.test("hostile 171: lastElements() reads nothing out of an element with a fault in it", () => {
  const faults = [
    "for",
    "=a",
    "for=a;for=b",
    "for=a;",
    'for="a"b',
    "f r=a",
    "for=a b",
    "for=a;;b=c",
  ];
  for (const fault of faults) {
    const isFaulty = fault !== "for=a;";
    assertEquals(elementsOf(`for=x, ${fault}`), [isFaulty ? {} : { for: "a" }, { for: "x" }]);
  }
});

Deno.test("hostile 171: lastElements() reads the end alike whatever quotes stand before it", () => {
  for (const front of ['for="', 'for="a, b', 'for=\\"', '"""', 'for="a\\']) {
    const [last] = lastElements([`${front}, for="1.2.3.4";by="x,y"`]);
    assertEquals(Object.fromEntries(last!), { for: "1.2.3.4", by: "x,y" }, front);
  }
});
