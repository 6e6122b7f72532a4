import { assertEquals, assertThrows } from "@std/assert";
import {
  checkChoice,
  checkNames,
  checkNumber,
  checkProtocols,
} from "../../client/option_checks.ts";

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

Deno.test("checkNumber() and checkChoice() refuse what is none of the values", () => {
  checkNumber("n", Infinity, 1);
  for (const value of [0, NaN, "2" as unknown as number]) {
    assertThrows(() => checkNumber("n", value, 1), RangeError, "Cannot use n as it must be >= 1");
  }
  checkChoice("c", "a", ["a", "b"]);
  assertThrows(
    () => checkChoice("c", "d", ["a", "b"]),
    TypeError,
    "one of a, b: current value is d",
  );
});

Deno.test("checkProtocols() refuses what WebSocket would refuse later", () => {
  checkProtocols(["chat", "bearer.eyJ.x-y_z", "v1~|!"]);
  for (const wrong of [["a b"], [""], ["a", "a"], ["ü"], ["a,b"], [1], "chat"]) {
    const protocols = wrong as unknown as string[];
    assertThrows(() => checkProtocols(protocols), TypeError, "Cannot use protocols");
    if (protocols.length > 0 && typeof protocols !== "string" && typeof protocols[0] === "string") {
      assertThrows(() => new WebSocket("ws://127.0.0.1:1", protocols), DOMException);
    }
  }
});
