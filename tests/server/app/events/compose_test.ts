/** Middleware: functions around every event. */

import { assertEquals, assertRejects } from "@std/assert";
import { compose, type Middleware } from "../../../../server/app/events/compose.ts";

function tracing(name: string, trace: string[]): Middleware<string> {
  return async function traced(_context, next): Promise<void> {
    trace.push(`${name} in`);
    await next();
    trace.push(`${name} out`);
  };
}

const context = { client: "ada", event: "note", data: undefined };

Deno.test("compose() runs middleware around each other, the first outermost", async () => {
  const trace: string[] = [];
  const composed = compose([tracing("a", trace), tracing("b", trace)]);
  await composed(context, () => {
    trace.push("handler");
    return Promise.resolve();
  });
  assertEquals(trace, ["a in", "b in", "handler", "b out", "a out"]);
});

Deno.test("compose() goes straight to the handler without middleware", async () => {
  let called = 0;
  await compose<string>([])(context, () => Promise.resolve(void called++));
  assertEquals(called, 1);
});

Deno.test("compose() ends where next() is not called", async () => {
  let called = 0;
  const composed = compose<string>([() => Promise.resolve()]);
  await composed(context, () => Promise.resolve(void called++));
  assertEquals(called, 0);
});

Deno.test("compose() refuses a second next()", async () => {
  let called = 0;
  const composed = compose<string>([async (_context, next) => {
    await next();
    await next();
  }]);
  await assertRejects(
    () => composed(context, () => Promise.resolve(void called++)),
    Error,
    "Cannot call next(): it was called before",
  );
  assertEquals(called, 1);
});

Deno.test("compose() lets errors through to the outer middleware", async () => {
  const seen: unknown[] = [];
  const composed = compose<string>([async (_context, next) => {
    await next().catch((error) => seen.push(error.message));
  }]);
  await composed(context, () => Promise.reject(new Error("broken")));
  assertEquals(seen, ["broken"]);
});

Deno.test("hostile 124: compose() waits for a next() that its middleware does not wait for", async () => {
  const handled = Promise.withResolvers<void>();
  const composed = compose<string>([(_context, next) => Promise.resolve(void next())]);
  const done = composed(context, () => handled.promise);
  handled.reject(new Error("Aground"));
  await assertRejects(() => done, Error, "Aground");
});

Deno.test("hostile 124: compose() handles the rejection of a next() that is called late", async () => {
  const late = Promise.withResolvers<void>();
  const composed = compose<string>([(_context, next) => {
    late.promise.then(() => void next());
    return Promise.resolve();
  }]);
  await composed(context, () => Promise.reject(new Error("Aground")));
  late.resolve();
  await new Promise((resolve) => setTimeout(resolve));
});
