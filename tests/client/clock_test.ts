/** Time as the client sees it: handed in, so that tests can let it pass. */

import { assert } from "@std/assert";
import { systemClock } from "../../client/clock.ts";

Deno.test("systemClock.now() never goes back", () => {
  const before = systemClock.now();
  assert(systemClock.now() >= before);
});

Deno.test("systemClock.after() runs later, and not where it is called off", async () => {
  let calledOff = false;
  const stop = systemClock.after(0, () => calledOff = true);
  stop();
  let isLater = false;
  await new Promise<void>((resolve) => {
    systemClock.after(1, resolve);
    isLater = true;
  });
  assert(isLater);
  assert(!calledOff);
});
