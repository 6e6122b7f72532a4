/** Tests of server/net/listen/socket.ts over real TCP; TLS is in tests/integration/tls_test.ts. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { TcpSocket } from "../../../../server/net/listen/socket.ts";

async function connect(): Promise<{ socket: TcpSocket; peer: Deno.TcpConn; closes: number[] }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const [conn, peer] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port }),
  ]);
  const closes: number[] = [];
  return { socket: new TcpSocket(conn, "192.0.2.1", () => closes.push(1)), peer, closes };
}

Deno.test("TcpSocket reads and writes", async () => {
  const { socket, peer } = await connect();
  const buffer = new Uint8Array(10);
  assertEquals(await socket.write(Uint8Array.of(1, 2)), 2);
  assertEquals(await peer.read(buffer), 2);
  await peer.write(Uint8Array.of(3));
  assertEquals([await socket.read(buffer), buffer[0]], [1, 3]);
  assertEquals(socket.remoteAddress, "192.0.2.1");
  socket.close();
  peer.close();
});

Deno.test("TcpSocket.closeWrite() ends one direction only", async () => {
  const { socket, peer } = await connect();
  await socket.closeWrite();
  assertEquals(await peer.read(new Uint8Array(1)), null);
  await peer.write(Uint8Array.of(1));
  assertEquals(await socket.read(new Uint8Array(1)), 1);
  socket.close();
  peer.close();
});

Deno.test("TcpSocket.close() rejects what is pending and is told once", async () => {
  const { socket, peer, closes } = await connect();
  const read = socket.read(new Uint8Array(1));
  socket.close();
  socket.close();
  await assertRejects(() => read, Deno.errors.Interrupted);
  assertEquals(closes, [1]);
  peer.close();
});

Deno.test("TcpSocket sends the second of two small writes without delay", async () => {
  const { socket, peer } = await connect();
  const byte = new Uint8Array(1);
  // With Nagle's algorithm at least every second round takes 40 ms.
  let quick = 0;
  for (let round = 0; quick < 4; round++) {
    assert(round < 1_000, "Of four rounds in a row one has always taken long");
    // The question makes the peer's kernel delay its acknowledgements.
    await peer.write(byte);
    await socket.read(byte);
    const start = performance.now();
    await socket.write(byte);
    await socket.write(byte);
    await peer.read(byte);
    await peer.read(byte);
    quick = performance.now() - start < 30 ? quick + 1 : 0;
  }
  socket.close();
  peer.close();
});
