/** Tests of server/net/http/exchange_info.ts. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ExchangeInfo } from "../../../../server/net/http/exchange_info.ts";
import { memoryPair } from "../../../support/memory_socket.ts";

const { server: socket } = memoryPair({ remoteAddress: "192.0.2.1" });

Deno.test("ExchangeInfo.remoteAddr has the port of the peer, if it is the client", () => {
  const client = new ExchangeInfo({ remoteAddress: "192.0.2.1" }, socket);
  assertEquals(client.remoteAddr, { transport: "tcp", hostname: "192.0.2.1", port: 4711 });
  const proxied = new ExchangeInfo({ remoteAddress: "203.0.113.7" }, socket);
  assertEquals(proxied.remoteAddr, { transport: "tcp", hostname: "203.0.113.7", port: 0 });
});

Deno.test("ExchangeInfo.completed settles with the response, whenever it is asked for", async () => {
  for (const isSent of [true, false]) {
    const [early, late] = [1, 2].map(() =>
      new ExchangeInfo({ remoteAddress: "192.0.2.1" }, socket)
    );
    const asked = early!.completed;
    assertStrictEquals(early!.completed, asked);
    for (const info of [early!, late!]) info.complete(isSent);
    for (const completed of [asked, late!.completed]) {
      if (isSent) await completed;
      else await assertRejects(() => completed, Deno.errors.Interrupted);
    }
  }
});

Deno.test("ExchangeInfo.completed may be left alone", async () => {
  const info = new ExchangeInfo({ remoteAddress: "192.0.2.1" }, socket);
  info.completed;
  info.complete(false);
  await new Promise((resolve) => setTimeout(resolve)); // a rejection would be reported by now
});
