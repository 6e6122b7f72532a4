import {
  assert,
  assertAlmostEquals,
  assertEquals,
  AssertionError,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { getCookies } from "@std/http/cookie";
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

Deno.test("assertThrows() returns the error of the class and text that are asked for", () => {
  const fail = () => {
    throw new RangeError("Cannot use it");
  };
  assertEquals(assertThrows(fail, RangeError, "use").message, "Cannot use it");
  assertThrows(() => assertThrows(fail, TypeError), AssertionError);
  assertThrows(() => assertThrows(fail, RangeError, "drop"), AssertionError);
  assertThrows(() => assertThrows(() => {}), AssertionError);
});

Deno.test("assertRejects() wants a promise that rejects", async () => {
  const error = await assertRejects(() => Promise.reject(new TypeError("No")), TypeError, "No");
  assertEquals(error.message, "No");
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
  const fail = () => {
    throw new TypeError("No");
  };
  await assertRejects(() => assertRejects(fail, TypeError), AssertionError);
});

Deno.test("assertAlmostEquals() has a tolerance", () => {
  assertAlmostEquals(0.1 + 0.2, 0.3);
  assertAlmostEquals(10, 11, 1);
  assertThrows(() => assertAlmostEquals(10, 11, 0.9), AssertionError);
});

Deno.test("timingSafeEqual() compares bytes of any view", () => {
  const a = new Uint8Array([1, 2, 3]);
  assert(timingSafeEqual(a, a.slice().buffer));
  assert(timingSafeEqual(a.subarray(1), new DataView(a.buffer, 1)));
  assert(!timingSafeEqual(a, new Uint8Array([1, 2, 4])));
  assert(!timingSafeEqual(a, a.subarray(1)));
});

Deno.test("getCookies() reads the cookies of a request", () => {
  const headers = new Headers({ cookie: "a=b; c=d=e; f=; g;  h = i" });
  assertEquals(getCookies(headers), { a: "b", c: "d=e", f: "", g: "", h: " i" });
  assertEquals(getCookies(new Headers()), {});
});

Deno.test("isStatus() knows registered statuses and their texts", () => {
  assert(isStatus(426));
  assertEquals(STATUS_TEXT[426], "Upgrade Required");
  assert(!isStatus(299));
});
