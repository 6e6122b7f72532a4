/**
 * The memory of an upload while a handler is slow: 100 MiB in frames of 16 KiB, client and server
 * in this process. Run it by `deno run --allow-net bench/upload.ts`.
 */

// deno-lint-ignore-file no-console -- this is a program, and these figures are its result

import { serve } from "@hawser/ws";
import { encodeFrame, encodeUpgradeRequest } from "@hawser/ws/protocol";

const frameSize = 16 * 1024;
const total = 100 * 2 ** 20;
const key = "dGhlIHNhbXBsZSBub25jZQ==";

let received = 0;
await using server = serve({ port: 0, hostname: "127.0.0.1" }, (connection) => {
  connection.on("message", async ({ length }) => {
    received += length;
    await new Promise((resolve) => setTimeout(resolve));
  });
});

const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
await conn.write(encodeUpgradeRequest({ host: "127.0.0.1", target: "/", key }));
await conn.read(new Uint8Array(1024));

const payload = new Uint8Array(frameSize);
const frame = encodeFrame({ opcode: 2, payload, maskingKey: 0x12345678 });
const before = Deno.memoryUsage().rss;
let [most, ahead] = [before, 0];
for (let sent = frameSize; sent <= total; sent += frameSize) {
  for (let at = 0; at < frame.length;) at += await conn.write(frame.subarray(at));
  ahead = Math.max(ahead, sent - received);
  most = Math.max(most, Deno.memoryUsage().rss);
}
while (received < total) await new Promise((resolve) => setTimeout(resolve, 20));

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
console.log(`Sender ahead of the handler: at most ${megabytes(ahead)} MiB`);
console.log(`Resident memory: ${megabytes(before)} MiB before, at most ${megabytes(most)} MiB`);
conn.close();
await server.shutdown({ deadline: 1_000 });
