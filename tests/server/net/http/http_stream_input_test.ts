/** Tests of server/net/http/http_stream.ts: what has been read and not taken yet. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { decodeLatin1, encodeLatin1 } from "../../../../protocol/latin1.ts";
import { HttpStream } from "../../../../server/net/http/http_stream.ts";
import { ReadBuffers } from "../../../../server/net/read_buffers.ts";
import type { MemoryAccount } from "../../../../server/types.ts";
import { memoryPair, type MemorySocket } from "../../../support/memory_socket.ts";
import { endlessTurn } from "../../../support/turns.ts";

function streamOver(
  socket: MemorySocket,
  readBuffers = new ReadBuffers(),
  memory: MemoryAccount = { bytes: 0, sharedBytes: 0 },
): HttpStream {
  const turns = endlessTurn();
  return new HttpStream(socket, { readBuffers, now: () => 0, bodyTimeout: 1000, memory, turns });
}

Deno.test("HttpStream.take() takes what has been read, from the front", async () => {
  const { server, client } = memoryPair();
  const stream = streamOver(server);
  await client.write(encodeLatin1("abcdef"));
  assertEquals([await stream.readAhead(), stream.length], [true, 6]);
  assertEquals(decodeLatin1(stream.take(2)), "ab");
  assertEquals(decodeLatin1(stream.peek()), "cdef");
  assertEquals(decodeLatin1(stream.take(99)), "cdef");
  assertEquals(stream.length, 0);
});

Deno.test("HttpStream.skip() forgets what has been read, from the front", async () => {
  const { server, client } = memoryPair();
  const stream = streamOver(server);
  await client.write(encodeLatin1("abcdef"));
  await stream.readAhead();
  stream.skip(2);
  assertEquals([decodeLatin1(stream.peek()), stream.length], ["cdef", 4]);
  stream.skip(99);
  assertEquals([decodeLatin1(stream.peek()), stream.length], ["", 0]);
});

Deno.test("HttpStream.readAhead() is false at the end of the stream", async () => {
  const { server, client } = memoryPair();
  const stream = streamOver(server);
  await client.closeWrite();
  assertEquals([await stream.readAhead(), stream.length], [false, 0]);
});

Deno.test("HttpStream.readAhead() reads once for two who wait", async () => {
  const { server, client } = memoryPair();
  const stream = streamOver(server);
  const first = stream.readAhead();
  assertStrictEquals(stream.readAhead(), first);
  await client.write(encodeLatin1("a"));
  assertEquals(await first, true);
  const next = stream.readAhead();
  await client.write(encodeLatin1("b"));
  await next;
  assertEquals(decodeLatin1(stream.peek()), "b");
});

Deno.test("HttpStream.readAhead() reads more at once while bytes keep coming", async () => {
  const { server, client } = memoryPair();
  const stream = streamOver(server);
  await client.write(new Uint8Array(50_000));
  await stream.readAhead();
  const first = stream.take(stream.length).length;
  await stream.readAhead();
  assertEquals([first, stream.length], [1024, 8192]);
});

Deno.test("HttpStream.release() gives a copy and the buffer back", async () => {
  const { server, client } = memoryPair();
  const buffers = new ReadBuffers();
  const stream = streamOver(server, buffers);
  await client.write(new Uint8Array(3000).fill(7));
  await stream.readAhead();
  stream.take(stream.length);
  await stream.readAhead();
  const large = stream.peek().buffer;
  const rest = stream.release();
  assertStrictEquals(buffers.take(2).buffer, large);
  assertEquals([rest, stream.length], [new Uint8Array(3000 - 1024).fill(7), 0]);
});

Deno.test("HttpStream.dispose() waits for the read that the socket's end breaks", async () => {
  const { server } = memoryPair();
  const stream = streamOver(server);
  const read = stream.readAhead();
  server.close();
  await stream.dispose();
  await assertRejects(() => read, Deno.errors.Interrupted);
});

Deno.test("HttpStream counts a large buffer for as long as it has it", async () => {
  const { server, client } = memoryPair();
  const memory = { bytes: 0, sharedBytes: 0 };
  const stream = streamOver(server, undefined, memory);
  await client.write(new Uint8Array(5000));
  await stream.readAhead();
  assertEquals(memory.bytes, 0);
  stream.take(stream.length);
  await stream.readAhead();
  assertEquals(memory.bytes, 8192);
  stream.release();
  assertEquals(memory.bytes, 0);
});

Deno.test("HttpStream.awaitRequest() waits with a small buffer, unless a read is pending", async () => {
  const { server, client } = memoryPair();
  const memory = { bytes: 0, sharedBytes: 0 };
  const stream = streamOver(server, undefined, memory);
  await client.write(new Uint8Array(1500));
  await stream.readAhead();
  stream.take(stream.length);
  await stream.readAhead();
  stream.take(stream.length);
  const pending = stream.readAhead();
  stream.awaitRequest();
  assertEquals(memory.bytes, 8192);
  await client.write(new Uint8Array(1));
  await pending;
  stream.take(stream.length);
  const next = stream.awaitRequest();
  assertEquals(memory.bytes, 0);
  await client.write(new Uint8Array(1500));
  await next;
  assertEquals(stream.length, 1024);
});
