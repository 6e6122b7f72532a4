/** The fuzzer: a short run of fixed seeds, and proof that it would see a failure. */

import { assert, assertEquals, assertStringIncludes, fail } from "@std/assert";
import { explain, fuzz, runOnce, targets } from "./fuzz.ts";
import { require, type Target } from "./target.ts";

for (const target of targets) {
  Deno.test(`fuzz() finds no undocumented outcome (${target.name})`, () => {
    const failure = fuzz([target], 1, (rounds) => rounds < 400);
    if (failure !== undefined) fail(explain(failure));
  });
}

/** Fails for every input that has a byte of 7. */
const broken: Target = {
  name: "broken",
  makeInput: (next) => Uint8Array.of(256 * next(), 256 * next()),
  run: (input) => require(!input.includes(7), "A seven"),
};

Deno.test("fuzz() reports an input that fails, so that it can be repeated", () => {
  const failure = fuzz([broken], 1, (rounds) => rounds < 10_000);
  assert(failure !== undefined);
  assert(failure.input.includes(7));
  assert(runOnce(broken, failure.input) instanceof Error);
  assertStringIncludes(explain(failure), "--target broken --input");
  assertStringIncludes(explain(failure), "A seven");
});

Deno.test("fuzz() makes the same inputs from the same seed", () => {
  const collect = (seed: number): string[] => {
    const inputs: string[] = [];
    const recording = targets.map((target): Target => ({
      ...target,
      run: (input) => inputs.push(input.join()),
    }));
    fuzz(recording, seed, (rounds) => rounds < 20);
    return inputs;
  };
  assertEquals(collect(5), collect(5));
  assert(collect(5).join() !== collect(6).join());
});
