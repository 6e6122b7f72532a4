import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { HawserClient } from "../../client/client.ts";
import { connect } from "../../client/connect.ts";

Deno.test("connect() makes a client that connects at once", async () => {
  await using client = connect("ws://127.0.0.1:1");
  assertInstanceOf(client, HawserClient);
  assertEquals(client.state, "connecting");
});

Deno.test("connect() checks its address and options", () => {
  assertThrows(() => connect("ftp://127.0.0.1"), TypeError, "is none of ws, wss, http, https");
  assertThrows(() => connect("ws://127.0.0.1:1", { minDelay: 0 }), RangeError, "minDelay");
});
