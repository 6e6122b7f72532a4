/** Hono and WebSocket on one port. */

import { assertEquals } from "@std/assert";
import { JsonSocket } from "../support/json_socket.ts";
import { startProgram } from "../support/program.ts";

Deno.test("examples/hono.ts takes orders by HTTP, and tells the kitchen by WebSocket", async () => {
  await using program = await startProgram("examples/hono.ts", { args: ["--port", "0"] });
  const { url } = program;
  function order(table: number, body: string): Promise<Response> {
    return fetch(new URL(`/tables/${table}/orders`, url), { method: "POST", body });
  }
  await using cook = await JsonSocket.open(`ws://${url.host}/ws`);
  assertEquals((await cook.next()).type, "welcome");
  const kitchen = await fetch(new URL("/kitchen", url));
  assertEquals(await kitchen.json(), { cooks: 1 });
  const first = await order(7, " soup ");
  assertEquals([first.status, await first.json()], [201, { order: 1 }]);
  assertEquals(await cook.next(), {
    type: "order",
    table: 7,
    dish: "soup",
    stream: "kitchen",
    seq: 1,
  });
  const empty = await order(7, " ");
  assertEquals([empty.status, await empty.json()], [400, { error: "No dish" }]);
  const missing = await fetch(new URL("/nothing", url));
  assertEquals([missing.status, await missing.text()], [404, "404 Not Found"]);
});
