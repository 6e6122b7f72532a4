import { assertEquals } from "@std/assert";
import { columnOf, compareVerdicts, expectedVerdicts, groupCases } from "./expectations.ts";

const ok = { behavior: "OK", behaviorClose: "OK" };
const failed = { behavior: "FAILED", behaviorClose: "OK" };

Deno.test("expectedVerdicts() has all 517 cases in order, three of them not OK", () => {
  for (const role of ["server", "client"] as const) {
    const expected = expectedVerdicts(role);
    assertEquals(expected.size, 517);
    const exceptions = [...expected].filter(([, verdict]) => columnOf(verdict) !== "OK");
    assertEquals(exceptions.map(([id]) => id), ["7.1.6", "7.13.1", "7.13.2"]);
    assertEquals([...expected.keys()].slice(15, 18), ["1.2.8", "2.1", "2.2"]);
  }
});

Deno.test("expectedVerdicts() chooses cases by globs", () => {
  const ids = (...globs: string[]) => [...expectedVerdicts("server", globs).keys()];
  assertEquals(ids("7.13.*", "1.1.1"), ["1.1.1", "7.13.1", "7.13.2"]);
  assertEquals(ids("1.1.1*"), ["1.1.1"]);
  assertEquals(ids("7.1"), []);
  assertEquals(ids("1.*").length, 16);
});

Deno.test("groupCases() groups by the first number", () => {
  assertEquals([...groupCases(["1.1.1", "1.2.1", "12.1.1"])], [
    ["1", ["1.1.1", "1.2.1"]],
    ["12", ["12.1.1"]],
  ]);
});

Deno.test("compareVerdicts() names what differs, is missing or was not asked for", () => {
  const expected = new Map([["1.1", ok], ["1.2", ok], ["1.3", failed]]);
  assertEquals(compareVerdicts(expected, new Map(expected)), []);
  const actual = new Map([["1.1", failed], ["1.3", failed], ["1.4", ok]]);
  assertEquals(compareVerdicts(expected, actual), [
    "1.1: expected OK, OK, was FAILED, OK",
    "1.2: expected OK, OK, was no result",
    "1.4: expected no result, was OK, OK",
  ]);
});

Deno.test("columnOf() takes the worse half, and counts words that it does not know as failed", () => {
  assertEquals(columnOf(ok), "OK");
  assertEquals(columnOf({ behavior: "NON-STRICT", behaviorClose: "OK" }), "NON-STRICT");
  assertEquals(columnOf({ behavior: "OK", behaviorClose: "INFORMATIONAL" }), "INFORMATIONAL");
  assertEquals(columnOf({ behavior: "OK", behaviorClose: "UNCLEAN" }), "FAILED");
  assertEquals(columnOf({ behavior: "UNIMPLEMENTED", behaviorClose: "OK" }), "FAILED");
});
