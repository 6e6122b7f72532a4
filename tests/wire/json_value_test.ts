/** Values that JSON can carry: whether one is, what is made of it, and why it cannot be carried. */

import { Buffer } from "node:buffer";
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { toJsonValue } from "../../wire/json_value.ts";
import { anyFields } from "../support/any_data.ts";

Deno.test("toJsonValue() gives back what JSON carries as it is", () => {
  const good = [
    ...["", "\ud800", 0, -1.5, true, null, [], {}, [[]], { a: { b: [1, null, "c"] } }],
    Object.assign(Object.create(null), { a: 1 }),
    { constructor: 1, toString: "a", toJSON: false, type: 2, $base64: 1, b: 2 },
    { a: undefined, b: 1 },
  ];
  for (const value of good) assertStrictEquals(toJsonValue(value, "data"), value);
});

Deno.test("hostile 223: toJsonValue() refuses what JSON would change, and says where it is", () => {
  const circle: Record<string, unknown> = { a: {} };
  circle.a = [circle];
  const cases: [value: unknown, text: string][] = [
    [{ list: [1, 2, 3, new Map()] }, "data.list[3] is a Map"],
    [new Set(), "data is a Set"],
    [{ a: { "odd key": () => {} } }, 'data.a["odd key"] is a function'],
    [[Symbol()], "data[0] is a symbol"],
    [{ n: 1n }, "data.n is a bigint"],
    [[0, NaN], "data[1] is NaN"],
    [{ n: -Infinity }, "data.n is -Infinity"],
    [[undefined], "data[0] is undefined"],
    [[, 1], "data[0] is undefined"],
    [circle, "data.a[0] is a circle"],
    [{ e: new Error("x") }, "data.e is an Error"],
    [{ e: /x/ }, "data.e is a RegExp"],
    [{ e: new Float32Array(1) }, "data.e is a Float32Array"],
    [{ e: new ArrayBuffer(1) }, "data.e is an ArrayBuffer"],
    [{ e: Promise.resolve() }, "data.e is a Promise"],
    [{ e: new String("x") }, "data.e is a String"],
    [{ e: new Headers() }, "data.e is a Headers"],
    [{ e: { ["__proto__"]: 1 } }, "data.e.__proto__ is a field that no peer accepts"],
    [{ e: { toJSON: () => new Map() } }, "data.e is a Map"],
    [[{ toJSON() {} }], "data[0] is undefined"],
  ];
  for (const [value, text] of cases) {
    const { message } = assertThrows(() => toJsonValue(value, "data"), TypeError);
    assertEquals(message, `Cannot send data: ${text}`);
  }
});

Deno.test("toJsonValue() makes bytes and objects with toJSON what arrives, and changes no source", () => {
  class Point {
    #secret = 1;
    constructor(readonly x: number) {}
    get sum(): number {
      return this.x + this.#secret;
    }
  }
  const shared = { a: 1 };
  const source = {
    bytes: Uint8Array.of(1, 2),
    buffer: Buffer.from([3]),
    date: new Date(0),
    url: new URL("http://a/"),
    nothing: { toJSON() {} },
    self: { toJSON: () => ({ date: "d", toJSON: 1 }) },
    point: new Point(1),
    twice: [shared, shared],
    $base64: [{ $base64: 1 }, { $$base64: Uint8Array.of() }],
    left: undefined,
  };
  assertEquals(toJsonValue(source, "data"), {
    bytes: { $base64: "AQI=" },
    buffer: { $base64: "Aw==" },
    date: "1970-01-01T00:00:00.000Z",
    url: "http://a/",
    self: { date: "d", toJSON: 1 },
    point: { x: 1 },
    twice: [{ a: 1 }, { a: 1 }],
    $base64: [{ $$base64: 1 }, { $$$base64: { $base64: "" } }],
  });
  assert(source.bytes instanceof Uint8Array && source.date instanceof Date);
});

Deno.test("toJsonValue() passes toJSON the name of its field, as JSON.stringify does", () => {
  const keys: unknown[] = [];
  const named = { toJSON: (key: unknown) => keys.push(key) };
  JSON.stringify({ a: [named], b: named });
  toJsonValue({ a: [named], b: named }, "data");
  assertEquals(keys, ["0", "b", "0", "b"]);
});

Deno.test("toJsonValue() loses nothing that JSON.stringify writes", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const json = JSON.stringify(value);
    if (json.includes("__proto__") || json.includes("base64")) return;
    // An object of a class takes the general way.
    class Box {
      value = value;
    }
    assertEquals(JSON.stringify(toJsonValue(new Box(), "data")), `{"value":${json}}`);
    assertEquals(JSON.stringify(toJsonValue({ value }, "data")), `{"value":${json}}`);
  }));
  fc.assert(fc.property(anyFields, (value) => void toJsonValue(value, "data")));
});

Deno.test("hostile 224: toJsonValue() takes data of any depth, and finds a circle in it", () => {
  let deep: unknown = Uint8Array.of(1);
  for (let n = 0; n < 100_000; n++) deep = n % 2 === 0 ? [deep] : { a: deep };
  assert(JSON.stringify(toJsonValue(deep, "data")).includes('{"$base64":"AQ=="}'));
  const bottom: unknown[] = [];
  let circle: unknown = bottom;
  for (let n = 0; n < 10_000; n++) circle = [circle];
  bottom.push(circle);
  const { message } = assertThrows(() => toJsonValue(circle, "data"), TypeError, "is a circle");
  assert(message.length < 200);
});
