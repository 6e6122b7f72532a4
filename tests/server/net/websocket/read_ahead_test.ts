/** Tests of server/net/websocket/read_ahead.ts. */

import { assertEquals, assertRejects } from "@std/assert";
import { ReadAhead } from "../../../../server/net/websocket/read_ahead.ts";
import { settle } from "../../../support/connection_driver.ts";
import { memoryPair } from "../../../support/memory_socket.ts";

Deno.test("ReadAhead keeps what it reads, in order, and then the end", async () => {
  const { server, client } = memoryPair();
  const seen: number[] = [];
  const ahead = new ReadAhead(server, (chunk) => seen.push(...chunk));
  ahead.start();
  ahead.start();
  for (const byte of [1, 2, 3]) {
    await client.write(Uint8Array.of(byte));
    await settle();
  }
  assertEquals([seen, ahead.size], [[1, 2, 3], 3]);
  await client.closeWrite();
  await settle();
  const next = async () => await ahead.next();
  assertEquals([...(await next())!, ...(await next())!, ...(await next())!], [1, 2, 3]);
  assertEquals([await next(), ahead.size], [null, 0]);
});

Deno.test("ReadAhead.next() waits for a read that is pending, and leaves the next to others", async () => {
  const { server, client } = memoryPair();
  const ahead = new ReadAhead(server, () => {});
  ahead.start();
  const next = ahead.next();
  await client.write(Uint8Array.of(1));
  assertEquals(await next, Uint8Array.of(1));
  assertEquals(await ahead.next(), undefined);
  await client.write(Uint8Array.of(2));
  assertEquals(await server.read(new Uint8Array(8)), 1);
});

Deno.test("ReadAhead.next() rejects as the read has, behind what was read before", async () => {
  const { server, client } = memoryPair();
  const ahead = new ReadAhead(server, () => {});
  ahead.start();
  await client.write(Uint8Array.of(1));
  await settle();
  client.cut();
  await settle();
  assertEquals(await ahead.next(), Uint8Array.of(1));
  await assertRejects(() => ahead.next(), Deno.errors.ConnectionReset);
});

Deno.test("hostile 182: ReadAhead reads no more than 64 KiB and a read, nor 1,024 times", async () => {
  for (const [bytes, most] of [[4_096, 68 * 1024], [1, 1_024]] as const) {
    const { server, client } = memoryPair({ capacity: 2 ** 20 });
    const ahead = new ReadAhead(server, () => {});
    ahead.start();
    for (let n = 0; n < 1_100 && ahead.size < most; n++) {
      await client.write(new Uint8Array(bytes).subarray(0, n < 200 || bytes === 1 ? bytes : 0));
      await settle();
    }
    assertEquals(ahead.size <= most, true, `${ahead.size} bytes`);
    server.close();
  }
});
