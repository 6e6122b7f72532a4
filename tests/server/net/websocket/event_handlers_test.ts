/** Tests of server/net/websocket/event_handlers.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { EventHandlers } from "../../../../server/net/websocket/event_handlers.ts";
import type { ConnectionEvents } from "../../../../server/types.ts";
import { settle } from "../../../support/connection_driver.ts";

const close = { code: 1000, reason: "", wasClean: true };

/** Handlers, and what was reported of them. */
function start(): { handlers: EventHandlers; errors: unknown[] } {
  const errors: unknown[] = [];
  return { handlers: new EventHandlers({ handlerFailed: (error) => errors.push(error) }), errors };
}

Deno.test("EventHandlers.message() calls the handlers in the order in which they were added", () => {
  const { handlers } = start();
  const calls: string[] = [];
  for (const name of ["a", "b", "c"]) {
    handlers.on("message", (data) => void calls.push(name + data));
  }
  assertEquals(handlers.message("1"), undefined);
  assertEquals(calls, ["a1", "b1", "c1"]);
});

Deno.test("EventHandlers.off() removes a handler, also from within it", () => {
  const { handlers } = start();
  const calls: string[] = [];
  const once: ConnectionEvents["message"] = () => {
    calls.push("once");
    handlers.off("message", once);
  };
  handlers.on("message", once);
  handlers.on("message", () => void calls.push("always"));
  handlers.message("1");
  handlers.message("2");
  assertEquals(calls, ["once", "always", "always"]);
});

Deno.test("hostile 429: EventHandlers.on() refuses what is no function", () => {
  const { handlers } = start();
  const missing = undefined as unknown as () => void;
  assertThrows(() => handlers.on("message", missing), TypeError, "the handler is not a function");
});

Deno.test("EventHandlers.on() refuses names that are no event", () => {
  const { handlers } = start();
  for (const name of ["error", "__proto__", "constructor", ""]) {
    assertThrows(
      () => handlers.on(name as "message", () => {}),
      TypeError,
      `Cannot handle event "${name}": it is none of message, ping, pong, waiting, drain, close`,
    );
    assertThrows(() => handlers.off(name as "message", () => {}), TypeError);
  }
});

Deno.test("EventHandlers.message() returns a promise until every handler has settled", async () => {
  const { handlers } = start();
  const [slow, fast] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  handlers.on("message", () => slow.promise);
  handlers.on("message", () => {});
  handlers.on("message", () => fast.promise);
  let settled = false;
  handlers.message("1")!.then(() => settled = true);
  fast.resolve();
  await settle();
  assertEquals(settled, false);
  slow.resolve();
  await settle();
  assertEquals(settled, true);
});

Deno.test("hostile 96: EventHandlers reports what handlers throw, and calls the others", () => {
  const { handlers, errors } = start();
  const calls: string[] = [];
  for (const name of ["ping", "pong", "drain", "close"] as const) {
    handlers.on(name, () => {
      throw new Error(name);
    });
    handlers.on(name, () => void calls.push(name));
  }
  handlers.control("ping", Uint8Array.of(1));
  handlers.control("pong", Uint8Array.of(1));
  handlers.emit("drain");
  handlers.close(close);
  assertEquals(errors.map((error) => (error as Error).message), ["ping", "pong", "drain", "close"]);
  assertEquals(calls, ["ping", "pong", "drain", "close"]);
});

Deno.test("hostile 96: EventHandlers reports what async handlers of any event reject with", async () => {
  const { handlers, errors } = start();
  const rejects = (name: string) => () => Promise.reject(new Error(name));
  for (const name of ["message", "ping", "pong", "drain", "close"] as const) {
    handlers.on(name, rejects(name));
  }
  await handlers.message("1"); // does not reject
  handlers.control("ping", Uint8Array.of(1));
  handlers.control("pong", Uint8Array.of(1));
  handlers.emit("drain");
  handlers.close(close);
  await settle();
  assertEquals(
    errors.map((error) => (error as Error).message),
    ["message", "ping", "pong", "drain", "close"],
  );
});

Deno.test("EventHandlers.control() gives each handler bytes of its own", () => {
  const { handlers } = start();
  const seen: Uint8Array[] = [];
  const keepAndChange = (data: Uint8Array) => {
    seen.push(data.slice());
    data.fill(0);
  };
  handlers.on("ping", keepAndChange);
  handlers.on("ping", keepAndChange);
  const payload = Uint8Array.of(7);
  handlers.control("ping", payload);
  assertEquals(seen, [payload, payload]);
  assertEquals(payload, Uint8Array.of(7));
});

// ----- After the end -----

Deno.test("EventHandlers calls nobody after close, not even for the event at work", () => {
  const { handlers } = start();
  const calls: string[] = [];
  handlers.on("message", () => handlers.close(close));
  handlers.on("message", () => void calls.push("message"));
  handlers.on("drain", () => void calls.push("drain"));
  handlers.on("pong", () => void calls.push("pong"));
  handlers.on("close", () => void calls.push("close"));
  handlers.message("1");
  handlers.message("2");
  handlers.control("pong", Uint8Array.of());
  handlers.emit("drain");
  assertEquals(calls, ["close"]);
});

Deno.test("EventHandlers.end() leaves nothing to be called but the close handlers", () => {
  const { handlers } = start();
  const calls: string[] = [];
  for (const name of ["message", "drain", "ping", "pong", "close"] as const) {
    handlers.on(name, () => void calls.push(name));
  }
  handlers.end();
  handlers.message("1");
  handlers.control("ping", Uint8Array.of());
  handlers.emit("drain");
  handlers.close(close);
  assertEquals(calls, ["close"]);
});

Deno.test("EventHandlers.control() stops where a handler ends the connection", () => {
  const { handlers } = start();
  const calls: string[] = [];
  handlers.on("ping", () => handlers.close(close));
  handlers.on("ping", () => void calls.push("ping"));
  handlers.on("drain", () => void calls.push("drain"));
  handlers.control("ping", Uint8Array.of());
  handlers.emit("drain");
  assertEquals(calls, []);
});

// ----- Messages before handlers -----

Deno.test("EventHandlers.message() keeps a message while the connection handler is pending", async () => {
  const { handlers } = start();
  const opening = Promise.withResolvers<void>();
  const calls: unknown[] = [];
  handlers.opening(opening.promise);
  let settled = false;
  handlers.message("early")!.then(() => settled = true);
  await settle();
  assertEquals([calls, settled], [[], false]);
  handlers.on("message", (data) => void calls.push(data));
  assertEquals(calls, []); // not within on()
  await settle();
  assertEquals([calls, settled], [["early"], true]);
  opening.resolve();
  await settle();
  assertEquals(calls, ["early"]);
});

Deno.test("EventHandlers.message() waits for the async handler that takes an early message", async () => {
  const { handlers } = start();
  const work = Promise.withResolvers<void>();
  handlers.opening(new Promise(() => {}));
  let settled = false;
  handlers.message("early")!.then(() => settled = true);
  handlers.on("message", () => work.promise);
  await settle();
  assertEquals(settled, false);
  work.resolve();
  await settle();
  assertEquals(settled, true);
});

Deno.test("EventHandlers.opening() lets an early message go when nobody wants it in the end", async () => {
  const { handlers } = start();
  const opening = Promise.withResolvers<void>();
  handlers.opening(opening.promise);
  const early = handlers.message("early");
  opening.resolve();
  await early;
  assertEquals(handlers.message("later"), undefined);
});

Deno.test("hostile 96: EventHandlers.opening() reports a rejection of the connection handler", async () => {
  const { handlers, errors } = start();
  const opening = Promise.withResolvers<void>();
  handlers.opening(opening.promise);
  const early = handlers.message("early");
  opening.reject(new Error("no"));
  await early;
  assertEquals(errors.map((error) => (error as Error).message), ["no"]);
});

Deno.test("EventHandlers drops an early message when the connection closes before", async () => {
  const { handlers } = start();
  const calls: unknown[] = [];
  handlers.opening(new Promise(() => {}));
  handlers.message("early");
  handlers.close(close);
  handlers.on("message", (data) => void calls.push(data));
  await settle();
  assertEquals(calls, []);
});

Deno.test("EventHandlers.opening() of a plain handler keeps nothing", () => {
  const { handlers } = start();
  handlers.opening(undefined);
  assertEquals(handlers.message("dropped"), undefined);
});
