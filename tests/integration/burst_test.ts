/** More in one moment than a queue takes: peers that read get it all, by every transport. */

import { assertEquals } from "@std/assert";
import { connect } from "@hawser/ws/client";
import { App, fallback, serve } from "@hawser/ws";
import { waitFor } from "../support/wait.ts";

for (const transport of ["websocket", "sse", "poll"] as const) {
  for (const onQueueFull of ["close", "drop"] as const) {
    Deno.test(`hostile 134: one handler emits 40 times 64 KiB, ${transport}, ${onQueueFull}`, async () => {
      const app = new App();
      app.on("chunks", (client) => {
        for (let n = 0; n < 40; n++) client.emit("chunk", { n, text: "x".repeat(65_536) });
        return "that is all";
      });
      await using server = serve({
        port: 0,
        hostname: "127.0.0.1",
        app,
        wires: [fallback()],
        onQueueFull,
      });
      await using client = connect(`ws://127.0.0.1:${server.addr.port}`, {
        transports: [transport],
      });
      const chunks: unknown[] = [];
      client.on("chunk", (data) => chunks.push((data as { n: number }).n));
      let closes = 0;
      app.onDisconnect(() => void closes++);
      assertEquals(await client.emitWithAck("chunks"), "that is all");
      await waitFor(() => chunks.length === 40);
      assertEquals([chunks, closes], [Array.from({ length: 40 }, (_, n) => n), 0]);
    });
  }
}

Deno.test("hostile 134: 20 guests fill a room of 30 with 4.5 MB each in a moment, and all read on", async () => {
  const text = "€".repeat(4_000);
  const app = new App<{ say: { text: string } }, { said: { text: string } }>();
  app.onConnect((client) => void client.join("deck"));
  app.on("say", (_client, data) => app.to("deck").emit("said", data));
  await using server = serve({ port: 0, hostname: "127.0.0.1", app });
  const url = `ws://127.0.0.1:${server.addr.port}`;
  const sockets = Array.from({ length: 50 }, () => new WebSocket(url));
  let heard = 0;
  for (const socket of sockets) {
    socket.onmessage = ({ data }) => heard += data.includes('"said"') ? 1 : 0;
  }
  await waitFor(() => sockets.every(({ readyState }) => readyState === WebSocket.OPEN));
  await waitFor(() => app.to("deck").count === 50);
  for (const socket of sockets.slice(0, 20)) {
    for (let n = 0; n < 19; n++) socket.send(JSON.stringify({ type: "say", text }));
  }
  await waitFor(() => heard === 50 * 20 * 19 || app.size < 50);
  assertEquals([heard, app.size], [50 * 20 * 19, 50]);
  await Promise.all(sockets.map((socket) => {
    return new Promise((resolve) => {
      socket.onclose = resolve;
      socket.close();
    });
  }));
});
