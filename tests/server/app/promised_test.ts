/** The promises that methods of an application give out. */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { AckError } from "../../../server/app/clients/acks.ts";
import { EventError } from "../../../server/app/events/errors.ts";
import { promised } from "../../../server/app/promised.ts";
import { captureConsole } from "../../support/console.ts";

/** The output to stderr while a test runs, and a moment later. */
async function stderrOf(run: () => unknown): Promise<string[]> {
  return await captureConsole(async () => {
    await run();
    await new Promise((resolve) => setTimeout(resolve));
  });
}

Deno.test("promised() calls at once, and gives what the call gives", async () => {
  let calls = 0;
  const promise = promised("test", () => Promise.resolve(++calls));
  assertEquals(calls, 1);
  assertInstanceOf(promise, Promise);
  assertEquals(await promise, 1);
});

Deno.test("promised() rejects where the call throws or rejects", async () => {
  const lines = await stderrOf(async () => {
    await assertRejects(() => promised("test", () => Promise.reject(new Error("a"))), Error, "a");
    const thrown = promised("test", () => {
      throw new TypeError("b");
    });
    await assertRejects(() => thrown, TypeError, "b");
    assertEquals(await thrown.catch(() => "caught"), "caught");
    assertEquals(await Promise.allSettled([thrown]).then(([each]) => each.status), "rejected");
  });
  assertEquals(lines, []);
});

Deno.test("promised() writes to stderr what nobody waits for, and the process goes on", async () => {
  const lines = await stderrOf(() => {
    promised("app.publish()", () => Promise.reject(new Error("Disk is full")));
  });
  assertEquals(lines, [
    "Hawser: app.publish() has failed, and nobody waits for it: Error: Disk is full",
  ]);
});

Deno.test("promised() writes nothing of what clients do wrong", async () => {
  const lines = await stderrOf(() => {
    promised("client.join()", () => Promise.reject(new EventError("FORBIDDEN", "Too many rooms")));
    promised("client.emitWithAck()", () => Promise.reject(new AckError("ACK_TIMEOUT", "Late")));
  });
  assertEquals(lines, []);
});

Deno.test("promised() leaves what is derived from it to its caller", async () => {
  const derived = promised("test", () => Promise.resolve(1)).then((value) => value + 1);
  assertEquals(derived.constructor, Promise);
  assert(!(derived.constructor === promised("test", () => Promise.resolve(1)).constructor));
  assertEquals(await derived, 2);
});
