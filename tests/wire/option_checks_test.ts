/** Checks of options: whether each is known, and of the right type. */

import { assertEquals, assertThrows } from "@std/assert";
import { checkNames, checkOptions } from "../../wire/option_checks.ts";

const types = {
  audience: "string|object",
  allowWithoutExpiry: "boolean",
  maxRooms: "number",
  maxRoomNameSize: "number",
  user: "function",
  secret: "any",
};

Deno.test("checkOptions() takes what is known, each of its types, and undefined for any", () => {
  checkOptions("a test", {}, types);
  checkOptions("a test", { audience: ["a"], secret: null, user: undefined }, types);
  checkOptions("a test", { audience: "a", maxRooms: NaN, allowWithoutExpiry: false }, types);
});

Deno.test("hostile 196: checkOptions() refuses what is not known, and names what is spelled like it", () => {
  const cases = {
    audince: "audience",
    Audience: "audience",
    maxrooms: "maxRooms",
    maxRoms: "maxRooms",
    maxRoomName: "maxRoomNameSize",
    uesr: "user",
  };
  for (const [name, meant] of Object.entries(cases)) {
    const text = `Cannot use option "${name}" of a test: did you mean "${meant}"`;
    assertThrows(() => checkOptions("a test", { [name]: 1 }, types), TypeError, text);
  }
  for (const name of ["colour", "__proto__", "toString", "constructor", ""]) {
    const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
    const text = `Cannot use option "${name}" of a test: it is none of audience, `;
    assertThrows(() => checkOptions("a test", options, types), TypeError, text);
  }
  assertThrows(() => checkOptions("a test", { colour: undefined }, types), TypeError);
});

const names = ["maxQueue", "minDelay", "onQueueFull", "token"];

Deno.test("checkNames() refuses what is not known, and names what is spelled like it", () => {
  checkNames("a test", { token: undefined, minDelay: 1 }, names);
  const meant = { maxqueue: "maxQueue", maxQeue: "maxQueue", tokn: "token", queue: "maxQueue" };
  for (const [name, expected] of Object.entries(meant)) {
    const { message } = assertThrows(() => checkNames("a test", { [name]: 1 }, names), TypeError);
    const hint = `did you mean "${expected}"`;
    assertEquals(message, `Cannot use option "${name}" of a test: ${hint}`);
  }
  const { message } = assertThrows(() => checkNames("a test", { colour: 1 }, names), TypeError);
  assertEquals(message, `Cannot use option "colour" of a test: it is none of ${names.join(", ")}`);
});
