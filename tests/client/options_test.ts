import { assertEquals, assertThrows } from "@std/assert";
import { type ClientOptions, resolveOptions } from "../../client/options.ts";

Deno.test("resolveOptions() has a default for everything", () => {
  const options = resolveOptions({});
  assertEquals(options.factories.map(({ name }) => name), ["websocket", "sse", "poll"]);
  const { minDelay, maxDelay, maxRetries, maxQueue, onQueueFull, tokenBy } = options;
  assertEquals([minDelay, maxDelay, maxRetries, maxQueue], [1_000, 30_000, Infinity, 100]);
  assertEquals([onQueueFull, tokenBy, options.token], ["drop-oldest", "message", undefined]);
});

Deno.test("resolveOptions() refuses what cannot be", () => {
  const wrong: [ClientOptions, string][] = [
    [{ minDelay: 0 }, "minDelay"],
    [{ maxQueue: -1 }, "maxQueue"],
    [{ flushRate: NaN }, "flushRate"],
    [{ fallbackAfter: 0 }, "fallbackAfter"],
    [{ closeTimeout: -1 }, "closeTimeout"],
    [{ maxMessageSize: 0 }, "maxMessageSize"],
  ];
  for (const [options, name] of wrong) {
    assertThrows(() => resolveOptions(options), RangeError, `Cannot use ${name}`);
  }
  const names: [ClientOptions, string][] = [
    [{ connectTimeout: "1" as unknown as number }, "connectTimeout"],
    [{ tokenBy: "header" as "query" }, "tokenBy"],
    [{ onQueueFull: "drop" as "reject" }, "onQueueFull"],
    [{ transports: ["tcp" as "sse"] }, "transports"],
    [{ transports: [] }, "transports"],
    [{ protocols: ["a b"] }, "protocols"],
    [
      { maxQueues: 1 } as ClientOptions,
      'option "maxQueues" of the client: did you mean "maxQueue"',
    ],
    [{ paths: { pol: "/poll" } as ClientOptions["paths"] & object }, 'option "pol" of paths'],
  ];
  for (const [options, name] of names) {
    assertThrows(() => resolveOptions(options), TypeError, `Cannot use ${name}`);
  }
});

Deno.test("resolveOptions() wants a WebSocket only where it is to be used", () => {
  const { WebSocket } = globalThis;
  Reflect.deleteProperty(globalThis, "WebSocket");
  try {
    assertThrows(() => resolveOptions({}), TypeError, "set the option WebSocket");
    assertEquals(resolveOptions({ transports: ["sse"] }).factories.length, 1);
  } finally {
    globalThis.WebSocket = WebSocket;
  }
});
