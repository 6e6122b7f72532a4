import { assertEquals, assertThrows } from "@std/assert";
import {
  type ReconnectingWebSocketOptions,
  resolveSocketOptions,
} from "../../../client/reconnecting_websocket/socket_options.ts";

Deno.test("resolveSocketOptions() has a default for everything", () => {
  const { reconnectInterval, maxRetries, closeTimeout, protocols } = resolveSocketOptions({});
  assertEquals([reconnectInterval, maxRetries, closeTimeout], [1_000, 10, 3_000]);
  assertEquals(protocols, []);
});

Deno.test("resolveSocketOptions() refuses what cannot be", () => {
  const wrong: [ReconnectingWebSocketOptions, string][] = [
    [{ reconnectInterval: 0 }, "Cannot use reconnectInterval"],
    [{ maxRetries: -1 }, "Cannot use maxRetries"],
    [{ closeTimeout: NaN }, "Cannot use closeTimeout"],
  ];
  for (const [options, text] of wrong) {
    assertThrows(() => resolveSocketOptions(options), RangeError, text);
  }
  const unknown = { maxRetrys: 3 } as ReconnectingWebSocketOptions;
  assertThrows(() => resolveSocketOptions(unknown), TypeError, 'did you mean "maxRetries"');
  assertThrows(() => resolveSocketOptions({ protocols: ["a b"] }), TypeError, "protocols");
});
