/** Starts workers, starts those again that die, and ends them; see workers_test.ts of the examples. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { startWorkers } from "@hawser/ws/workers";
import { captureConsole } from "../../support/console.ts";

const moduleOf = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

Deno.test("startWorkers() refuses what it does not know, and what cannot be", () => {
  // @ts-expect-error: it is spelled otherwise
  assertThrows(() => startWorkers(import.meta.url, { worker: 2 }), TypeError, "workers");
  assertThrows(() => startWorkers(import.meta.url, { workers: 1.5 }), RangeError, "workers");
  const shutdownDeadline = -1;
  assertThrows(() => startWorkers(import.meta.url, { shutdownDeadline }), RangeError, "Deadline");
});

Deno.test("hostile 315: a worker that dies before any has served: not started again and again", async () => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const workers = startWorkers(moduleOf(`throw new Error("no")`), { workers: 1, onError });
  await assertRejects(() => workers.finished, Error, "before it served");
  assertEquals(errors.length, 1);
});

Deno.test("hostile 124: an onError of startWorkers() that rejects ends nothing", async () => {
  const lines = await captureConsole(async () => {
    const onError = () => Promise.reject(new Error("Aground"));
    const workers = startWorkers(moduleOf(`throw new Error("no")`), { workers: 1, onError });
    await assertRejects(() => workers.finished, Error, "before it served");
  });
  assertEquals(lines.length, 2, String(lines));
});

Deno.test("startWorkers() ends workers that have nothing to shut down", async () => {
  const workers = startWorkers(moduleOf("setInterval(() => {}, 1000)"), { workers: 2 });
  await workers.shutdown();
  await workers.finished;
});
