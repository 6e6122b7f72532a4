/** Tests of server/contain.ts. A rejection that nobody handles would fail the run. */

import { assertEquals, assertThrows } from "@std/assert";
import {
  answerOf,
  contain,
  containListeners,
  guardErrors,
  isPromiseLike,
  writeError,
} from "../../server/contain.ts";
import { captureConsole } from "../support/console.ts";

/** Lets promises that have settled run what waits for them. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function fail(): never {
  throw new Error("thrown");
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

Deno.test("contain() reports what is thrown and what a promise rejects with, and nothing else", async () => {
  const seen: unknown[] = [];
  const report = (error: unknown) => void seen.push(text(error));
  contain(fail, report);
  contain(() => Promise.reject("rejected"), report);
  contain(
    () => ({ then: (_: unknown, reject: (error: unknown) => void) => reject("like") }),
    report,
  );
  contain(() => ({ then: fail }), report);
  contain(() => Promise.resolve("fine"), report);
  contain(() => "fine", report);
  await turn();
  assertEquals(seen, ["thrown", "rejected", "like", "thrown"]);
});

Deno.test("containListeners() reports what listeners throw, while it runs and not later", async () => {
  const seen: unknown[] = [];
  const target = new EventTarget();
  const controller = new AbortController();
  for (const each of [target, controller.signal]) each.addEventListener("abort", fail);
  containListeners(() => controller.abort("gone"), (error) => void seen.push(text(error)));
  assertEquals([seen, controller.signal.reason], [["thrown"], "gone"]);

  const outside: unknown[] = [];
  function intercept(event: ErrorEvent): void {
    event.preventDefault();
    outside.push(text(event.error));
  }
  addEventListener("error", intercept);
  target.dispatchEvent(new Event("abort"));
  removeEventListener("error", intercept);
  await turn();
  assertEquals([seen, outside], [["thrown"], ["thrown"]]);
});

Deno.test("answerOf() refuses a promise, also one that rejects, and passes the rest on", async () => {
  assertEquals(answerOf("identify", () => ({ name: "Ada" })), { name: "Ada" });
  assertEquals(answerOf("identify", () => undefined), undefined);
  assertThrows(() => answerOf("identify", fail));
  for (const promise of [Promise.resolve("Ada"), Promise.reject(new Error("no"))]) {
    assertThrows(() => answerOf("identify", () => promise), TypeError, "Cannot use identify");
  }
  await turn();
});

Deno.test("guardErrors() tells the last resort of both errors where the handler fails", async () => {
  const last: unknown[] = [];
  const places: string[] = [];
  const lastResort = (error: unknown) => void last.push(text(error));
  guardErrors((_error, place: string) => void places.push(place), lastResort)("oops", "here");
  assertEquals([places, last], [["here"], []]);
  guardErrors(fail, lastResort)("first");
  guardErrors(() => Promise.reject("rejected"), lastResort)("second");
  await turn();
  assertEquals(last, ["first", "thrown", "second", "rejected"]);
});

Deno.test("writeError() survives errors that cannot be looked at", async () => {
  const hostile = { [Symbol.for("Deno.customInspect")]: fail };
  const lines = await captureConsole(() => {
    writeError("Failed:", "plainly");
    writeError("Failed:", hostile);
  });
  assertEquals(lines, ["Failed: plainly", "Failed: an error that cannot be shown"]);
});

Deno.test("isPromiseLike() takes promises and what looks like one", () => {
  const values = [Promise.resolve(), { then() {} }, { then: 1 }, {}, null, undefined, "then"];
  assertEquals(values.map(isPromiseLike), [true, true, false, false, false, false, false]);
});
