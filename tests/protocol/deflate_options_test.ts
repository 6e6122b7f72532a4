/** Tests of protocol/deflate_options.ts. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type DeflateOptions, resolveDeflateOptions } from "../../protocol/deflate_options.ts";

Deno.test("hostile 84: resolveDeflateOptions() grants no context takeover by default", () => {
  assertEquals(resolveDeflateOptions({}), {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
    level: 5,
    memLevel: 8,
  });
});

Deno.test("resolveDeflateOptions() keeps what is set, in a new object", () => {
  const options: Required<DeflateOptions> = Object.freeze({
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 8,
    clientMaxWindowBits: 9,
    level: 1,
    memLevel: 9,
  });
  const resolved = resolveDeflateOptions(options);
  assertEquals(resolved, options);
  assertEquals(resolved === options, false);
});

for (
  const [name, bad] of [
    ["serverMaxWindowBits", [7, 16, 99, -8, 9.5, NaN, Infinity]],
    ["clientMaxWindowBits", [7, 16, 99, -8, 9.5, NaN, Infinity]],
    ["level", [0, -1, 10, 1.5, NaN]],
    ["memLevel", [0, 10, 1.5, NaN]],
  ] as const
) {
  Deno.test(`resolveDeflateOptions() refuses ${name} out of range`, () => {
    for (const value of bad) {
      const error = assertThrows(() => resolveDeflateOptions({ [name]: value }), RangeError);
      assertStringIncludes(error.message, name);
    }
  });

  Deno.test(`resolveDeflateOptions() refuses ${name} that is no number`, () => {
    for (const value of ["12", null, true, {}]) {
      const options = { [name]: value } as unknown as DeflateOptions;
      const error = assertThrows(() => resolveDeflateOptions(options), TypeError);
      assertStringIncludes(error.message, name);
    }
  });
}

for (const name of ["serverNoContextTakeover", "clientNoContextTakeover"]) {
  Deno.test(`resolveDeflateOptions() refuses ${name} that is no boolean`, () => {
    for (const value of ["false", 0, null]) {
      const options = { [name]: value } as unknown as DeflateOptions;
      const error = assertThrows(() => resolveDeflateOptions(options), TypeError);
      assertStringIncludes(error.message, name);
    }
  });
}
