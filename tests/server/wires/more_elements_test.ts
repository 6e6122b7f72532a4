/** Counts what JSON of a peer holds, before anything is made of it. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { hasMoreElements } from "../../../server/wires/more_elements.ts";
import { timeRatio } from "../../support/time_ratio.ts";

const size = 1 << 18;

Deno.test("hasMoreElements() counts the elements of an array", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.nat(10), (values, limit) => {
    for (
      const text of [
        JSON.stringify(values),
        JSON.stringify(values, null, 2),
        ` ${JSON.stringify(values)}`,
      ]
    ) {
      assertEquals(hasMoreElements(text, limit || 1), values.length > (limit || 1));
    }
  }));
  for (const text of ["[]", "1", "", "  ", '{"a":[1,2,3]}', '"a,b,c"']) {
    assertEquals(hasMoreElements(text, 1), false, text);
  }
  assertEquals(hasMoreElements('["a\\",\\\\",2]', 2), false);
  assertEquals(hasMoreElements('["a\\",\\\\",2,3]', 2), true);
});

Deno.test("hostile 128: hasMoreElements() stops at the limit, whatever comes behind", () => {
  assertEquals(hasMoreElements(`[${"1,".repeat(1_000)}`, 1_000), true);
  assertEquals(hasMoreElements(`[${"1,".repeat(999)}`, 1_000), false);
  assertEquals(hasMoreElements('[{},[1,2],"x', 3), false);
});

Deno.test("hostile 128: hasMoreElements() takes time in proportion to the text", () => {
  for (const unit of ['\\"', "\\\\", "1,", '"', "[", "{]"]) {
    const [short, long] = [size / 16, size].map((length) => `["${unit.repeat(length)}`);
    const read = (text: string | undefined) => () => hasMoreElements(text!, size);
    const ratio = timeRatio(read(long), read(short), 80);
    assert(ratio < 80, `${unit}: ${ratio}`); // linear is 16, quadratic 256
  }
});
