/**
 * Tests of what this project uses of @std, in the words of the real packages: the stand-ins in
 * tools/std must behave as these do.
 */

import {
  assert,
  assertAlmostEquals,
  assertEquals,
  AssertionError,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { assertSpyCalls, spy, stub } from "@std/testing/mock";
import { assertSnapshot } from "@std/testing/snapshot";
import { assertType, type IsExact } from "@std/testing/types";
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { isStatus, STATUS_TEXT } from "@std/http/status";

/** Pairs that differ. */
const different: readonly (readonly [unknown, unknown])[] = [
  [1, "1"],
  [null, undefined],
  [{ a: undefined }, {}],
  [[1, 2], [1, 2, 3]],
  [new Uint8Array([1]), new Uint8Array([2])],
  [new Uint8Array([1]), [1]],
  [new Uint8Array([1]), new Int8Array([1])],
  [new Map([["a", { b: 1 }]]), new Map([["a", { b: 2 }]])],
  [new Set([1]), new Set([2])],
  [{ a: { b: new Set([1]) } }, { a: { b: new Set([2]) } }],
  [new Date(0), new Date(1)],
];

Deno.test("assertEquals() compares in depth and by type", () => {
  for (const [a, b] of different) {
    assertEquals(a, structuredClone(a));
    assertThrows(() => assertEquals<unknown>(a, b), AssertionError);
    assertNotEquals<unknown>(a, b);
    assertThrows(() => assertNotEquals(a, structuredClone(a)), AssertionError);
  }
});

Deno.test("assertEquals() takes 0 for -0, and NaN for itself", () => {
  assertEquals<unknown>([0, NaN, new Float64Array([0])], [-0, NaN, new Float64Array([-0])]);
});

Deno.test("assertEquals() takes an object without a prototype for a plain one", () => {
  assertEquals<unknown>(Object.assign(Object.create(null), { a: 1 }), { a: 1 });
  assertNotEquals<unknown>(new (class Point {})(), {});
});

Deno.test("assertEquals() compares errors with their stacks and all that they carry", () => {
  const error = new RangeError("Too far");
  assertEquals(error, error);
  assertNotEquals(error, new RangeError("Too far")); // another line, another stack
  const copy = Object.assign(new RangeError("Too far"), { stack: error.stack });
  assertEquals(copy, error);
  assertNotEquals(Object.assign(copy, { cause: 1 }), error);
  assertNotEquals<unknown>(Object.assign(new TypeError("Too far"), { stack: error.stack }), error);
});

Deno.test("assertEquals() compares fields of classes, circles, keys that are objects", () => {
  class Box {
    constructor(readonly content: unknown) {}
  }
  assertEquals(new Box([1]), new Box([1]));
  assertNotEquals(new Box([1]), new Box([2]));
  const circle: unknown[] = [1];
  circle.push(circle);
  const other: unknown[] = [1];
  other.push(other);
  assertEquals(circle, other);
  assertEquals(new Map([[{ a: 1 }, 2]]), new Map([[{ a: 1 }, 2]]));
  assertNotEquals(new Map([[{ a: 1 }, 2]]), new Map([[{ a: 2 }, 2]]));
  assertEquals(new URL("http://a/b"), new URL("http://a/b"));
  assertNotEquals(/a/g, /a/i);
  assertThrows(() => assertEquals(new WeakSet(), new WeakSet()), TypeError, "WeakSet");
});

Deno.test("assertThrows() returns the error of the class and text that are asked for", () => {
  const fail = () => {
    throw new RangeError("Cannot use it");
  };
  assertEquals(assertThrows(fail, RangeError, "use").message, "Cannot use it");
  assertThrows(() => assertThrows(fail, TypeError), AssertionError);
  assertThrows(() => assertThrows(fail, RangeError, "drop"), AssertionError);
  assertThrows(() => assertThrows(() => {}), AssertionError);
});

Deno.test("assertThrows() takes a message alone, and without a class anything that is thrown", () => {
  const fail = () => {
    throw "no error";
  };
  assertEquals(assertThrows(fail), "no error");
  assertEquals(assertThrows(fail, "It must throw"), "no error");
  assertThrows(() => assertThrows(fail, Error), AssertionError, "non-Error");
  const missing = assertThrows(() => assertThrows(() => {}, "It must throw"), AssertionError);
  assertEquals(missing.message, "Expected function to throw: It must throw");
});

Deno.test("assertRejects() wants a promise that rejects", async () => {
  const error = await assertRejects(() => Promise.reject(new TypeError("No")), TypeError, "No");
  assertEquals(error.message, "No");
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
  const fail = () => {
    throw new TypeError("No");
  };
  await assertRejects(() => assertRejects(fail, TypeError), AssertionError, "throws");
  assertEquals(await assertRejects(() => Promise.reject(7), "It must reject"), 7);
});

Deno.test("assertAlmostEquals() has a tolerance", () => {
  assertAlmostEquals(0.1 + 0.2, 0.3);
  assertAlmostEquals(10, 11, 1);
  assertThrows(() => assertAlmostEquals(10, 11, 0.9), AssertionError);
});

Deno.test("timingSafeEqual() compares bytes of any view, of one length", () => {
  const a = new Uint8Array([1, 2, 3]);
  assert(timingSafeEqual(a, a.slice().buffer));
  assert(timingSafeEqual(a.subarray(1), new DataView(a.buffer, 1)));
  assert(!timingSafeEqual(a, new Uint8Array([1, 2, 4])));
  assertThrows(() => timingSafeEqual(a, a.subarray(1)), TypeError, "different byte lengths");
});

Deno.test("isStatus() knows registered statuses and their texts", () => {
  assert(isStatus(426));
  assertEquals(STATUS_TEXT[426], "Upgrade Required");
  assert(!isStatus(299));
});

Deno.test("spy() remembers calls, stub() stands in until the end of its block", () => {
  const add = spy((a: number, b: number) => a + b);
  assertEquals([add(1, 2), add.calls[0]?.args, add.calls[0]?.returned], [3, [1, 2], 3]);
  assertSpyCalls(add, 1);
  assertThrows(() => assertSpyCalls(add, 2), AssertionError, "not called as much as");
  assertSpyCalls(spy(), 0);
  {
    using now = stub(Date, "now", () => 7);
    assertEquals(Date.now(), 7);
    assertSpyCalls(now, 1);
  }
  assert(Date.now() > 7);
});

Deno.test("assertSnapshot() compares with what was written before", async (t) => {
  await assertSnapshot(t, { text: "a `quote`, a ${name} and a \\", list: [1, { two: 2 }] });
  await assertSnapshot(t, "one line", { serializer: (text) => text });
  await assertSnapshot(t, "two\nlines", { serializer: (text) => text });
});

Deno.test("assertType() with IsExact tells types apart", () => {
  assertType<IsExact<{ a: 1 }, { a: 1 }>>(true);
  assertType<IsExact<string, "a">>(false);
  assertType<IsExact<{ a?: 1 }, { a: 1 }>>(false);
  assertType<IsExact<unknown, string>>(false);
});
