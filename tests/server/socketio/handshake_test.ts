/** Tests of server/socketio/handshake.ts. */

import { assertEquals } from "@std/assert";
import { handshakeOf } from "../../../server/socketio/handshake.ts";

Deno.test("handshakeOf() gives what Socket.IO calls so", () => {
  const url = "https://example.com/socket.io/?EIO=4&transport=polling&e=f%26a";
  const request = new Request(url, { headers: { "X-Deck": "upper" } });
  const client = { request, remoteAddress: "192.0.2.1", auth: { a: 1 } };
  const { headers, time, issued, ...rest } = handshakeOf(client);
  assertEquals(headers, { "x-deck": "upper" });
  assertEquals(new Date(time).getTime(), Math.floor(issued / 1_000) * 1_000);
  assertEquals(rest, {
    address: "192.0.2.1",
    xdomain: false,
    secure: true,
    url: "/socket.io/?EIO=4&transport=polling&e=f%26a",
    query: { EIO: "4", transport: "polling", e: "f&a" },
    auth: { a: 1 },
  });
  assertEquals(handshakeOf(client).issued, issued);
});
