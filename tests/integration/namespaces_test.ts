/** Namespaces over real sockets: each at its path. */

import { assertEquals, assertRejects } from "@std/assert";
import { App, serve } from "@hawser/ws";
import { JsonSocket } from "../support/json_socket.ts";
import { requestUpgrade } from "../support/upgrade.ts";

Deno.test("namespaces: /ws is the application, /ws/admin its namespace, others are 404", async () => {
  const app = new App();
  const admin = app.of("/admin");
  app.on("where", () => "main");
  admin.on("where", () => "admin");
  await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app });
  const url = `ws://127.0.0.1:${server.addr.port}`;
  await using guest = await JsonSocket.open(`${url}/ws/`);
  await using staff = await JsonSocket.open(`${url}/ws/admin/?x=1`);
  for (const [socket, where] of [[guest, "main"], [staff, "admin"]] as const) {
    assertEquals((await socket.next()).type, "welcome");
    socket.send({ id: "1", event: "where", data: null });
    assertEquals(await socket.next(), { ack: "1", data: where });
  }
  for (const path of ["/", "/ws//", "/ws/other", "/wsadmin"]) {
    await assertRejects(() => JsonSocket.open(url + path), Error, "Cannot connect");
  }
  assertEquals((await requestUpgrade(server.addr.port, "/ws/other")).status, 404);
  admin.emit("notice", { text: "staff only" });
  app.emit("notice", { text: "all" });
  assertEquals((await staff.next()).text, "staff only");
  assertEquals((await guest.next()).text, "all");
});
