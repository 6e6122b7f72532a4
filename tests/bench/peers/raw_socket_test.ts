import { assertEquals } from "@std/assert";
import { serve } from "@hawser/ws";
import {
  clientFrame,
  closeCode,
  isClosed,
  late,
  RawSocket,
} from "../../../bench/peers/raw_socket.ts";

const local = { port: 0, hostname: "127.0.0.1" } as const;

Deno.test("RawSocket reads the response and each frame", async () => {
  await using server = serve(local, (connection) => {
    connection.on("message", (data) => void connection.send(data));
  });
  using socket = await RawSocket.connect(server.addr.port);
  const { status } = await socket.upgrade(server.addr.port);
  assertEquals(status, 101);
  await socket.sendText("Ahoy");
  await socket.send(clientFrame(2, Uint8Array.of(1, 2)));
  assertEquals(new TextDecoder().decode((await socket.frame())?.payload), "Ahoy");
  assertEquals(await socket.frame(), { opcode: 2, payload: Uint8Array.of(1, 2) });
});

Deno.test("RawSocket.upgrade() returns a refusal too", async () => {
  await using server = serve(local, () => {});
  using socket = await RawSocket.connect(server.addr.port);
  const headers = [["Origin", "https://elsewhere.example"]] as const;
  assertEquals((await socket.upgrade(server.addr.port, { headers })).status, 403);
});

Deno.test("RawSocket.end() passes over messages and tells the code", async () => {
  await using server = serve(local, (connection) => {
    connection.send("Ahoy");
    connection.close(4000);
  });
  using socket = await RawSocket.connect(server.addr.port);
  await socket.upgrade(server.addr.port);
  assertEquals(await socket.end(), 4000);
});

Deno.test("RawSocket.count() stops at as many bytes as were asked for", async () => {
  await using server = serve(local, (connection) => {
    connection.send("x".repeat(1_000));
  });
  using socket = await RawSocket.connect(server.addr.port);
  await socket.upgrade(server.addr.port);
  assertEquals((await socket.count(500)).ended, false);
});

Deno.test("isClosed() knows reads that closing has ended", async () => {
  using listener = Deno.listen(local);
  const socket = await RawSocket.connect(listener.addr.port);
  using _peer = await listener.accept();
  const frame = socket.frame().catch(isClosed);
  socket[Symbol.dispose]();
  assertEquals(await frame, true);
});

Deno.test("RawSocket.within() closes what takes longer, and hands on what does not", async () => {
  using listener = Deno.listen(local);
  using socket = await RawSocket.connect(listener.addr.port);
  using peer = await listener.accept();
  assertEquals(await socket.within(60_000, () => Promise.resolve("in time")), "in time");
  const failed = socket.within(60_000, () => Promise.reject(new TypeError("no")));
  assertEquals(await failed.catch(String), "TypeError: no");
  assertEquals(await socket.within(1, () => socket.frame()), late);
  assertEquals(await peer.read(new Uint8Array(1)), null);
});

Deno.test("closeCode() is undefined without a code", () => {
  assertEquals([closeCode(Uint8Array.of(3, 232)), closeCode(new Uint8Array(0))], [1000, undefined]);
});
