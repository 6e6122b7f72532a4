/** Checks of options: whether each is known, and of the right type. */

import { assert, assertThrows } from "@std/assert";
import { Protocol, resolveDeflateOptions } from "@hawser/ws/protocol";
import { checkOptions } from "../../protocol/option_checks.ts";

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

Deno.test("hostile 196: checkOptions() refuses what is not known, and names what is", () => {
  for (const name of ["audince", "__proto__", "toString", "constructor", ""]) {
    const options = Object.defineProperty({}, name, { value: 1, enumerable: true });
    const text = `Cannot use option "${name}" of a test: it is none of audience, `;
    assertThrows(() => checkOptions("a test", options, types), TypeError, text);
  }
  const handler = { message() {}, closed() {} };
  const options: object = { maxMessage: 5 };
  assertThrows(() => new Protocol("server", options, handler), TypeError, "none of maxMessageSize");
  assertThrows(() => resolveDeflateOptions({ levels: 5 } as object), TypeError, "levels");
});

Deno.test("checkOptions() refuses values of another type, and does not quote them", () => {
  const wrong = { audience: 5, allowWithoutExpiry: "no", maxRooms: "5", user: null };
  for (const [name, value] of Object.entries(wrong)) {
    const { message } = assertThrows(
      () => checkOptions("a test", { [name]: value }, types),
      TypeError,
      `Cannot use option "${name}" of a test as it must be of type `,
    );
    assert(!message.includes(`${value}"`));
  }
  for (const options of ["secret", 5, null, true] as unknown as object[]) {
    const { message } = assertThrows(
      () => checkOptions("a test", options, types),
      TypeError,
      "Cannot use the options of a test as they must be an object",
    );
    assert(!message.includes("secret"));
  }
});
