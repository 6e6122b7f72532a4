import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { resolveAddress, resolveUrl } from "../../client/address.ts";

Deno.test("resolveUrl() makes an address of a WebSocket", () => {
  assertEquals(resolveUrl("https://a.test/ws?name=Ada#x").href, "wss://a.test/ws?name=Ada");
  assertEquals(resolveUrl(new URL("http://a.test/")).href, "ws://a.test/");
  assertEquals(resolveUrl("ws://a.test").href, "ws://a.test/");
  assertThrows(() => resolveUrl("ftp://a.test"), TypeError, "none of ws, wss");
  assertThrows(() => resolveUrl("/ws"), TypeError);
});

Deno.test("resolveAddress() refuses a wrong address at once, and a function's when it is asked", async () => {
  assertEquals((await resolveAddress("http://a.test/ws")()).href, "ws://a.test/ws");
  assertThrows(() => resolveAddress("ftp://a.test"), TypeError, "none of ws, wss");
  let count = 0;
  const address = resolveAddress(() => `ws://a.test/${++count}`);
  assertEquals([(await address()).href, (await address()).href], [
    "ws://a.test/1",
    "ws://a.test/2",
  ]);
  await assertRejects(resolveAddress(() => "ftp://a.test"), TypeError, "none of ws, wss");
});
