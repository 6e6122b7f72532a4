/** Time as the application sees it: handed in, so that tests can let it pass. */

import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../server/clock.ts";

Deno.test("systemClock.now() never goes back", () => {
  const before = systemClock.now();
  assert(systemClock.now() >= before);
});

Deno.test("systemClock.after() runs later, and not where it is called off", async () => {
  let calledOff = false;
  const stop = systemClock.after(0, () => calledOff = true);
  stop();
  let isLater = false;
  // The timer alone keeps nothing alive.
  const serving = setTimeout(() => {}, 60_000);
  await new Promise<void>((resolve) => {
    systemClock.after(1, resolve);
    isLater = true;
  });
  clearTimeout(serving);
  assert(isLater);
  assert(!calledOff);
});

Deno.test("systemClock.after() keeps no process alive", async () => {
  const clock = new URL("../../server/clock.ts", import.meta.url);
  const code = `import { systemClock } from "${clock}";
    systemClock.after(600_000, () => {});
    console.log("done");`;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assertEquals([new TextDecoder().decode(stdout), success], ["done\n", true]);
});
