import { assertThrows } from "@std/assert";
import { checkChoice, checkProtocols } from "../../client/option_checks.ts";

Deno.test("checkChoice() refuses what is none of the values", () => {
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
