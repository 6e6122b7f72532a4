/** Tests of server/net/http/http_input.ts. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { decodeLatin1, encodeLatin1 } from "../../../../protocol/latin1.ts";
import { HttpInput } from "../../../../server/net/http/http_input.ts";
import { ReadBuffers } from "../../../../server/net/read_buffers.ts";
import { memoryPair } from "../../../support/memory_socket.ts";

Deno.test("HttpInput.take() takes what has been read, from the front", async () => {
  const { server, client } = memoryPair();
  const input = new HttpInput(server, new ReadBuffers(), { bytes: 0, sharedBytes: 0 });
  await client.write(encodeLatin1("abcdef"));
  assertEquals([await input.fill(), input.length], [true, 6]);
  assertEquals(decodeLatin1(input.take(2)), "ab");
  assertEquals(decodeLatin1(input.peek()), "cdef");
  assertEquals(decodeLatin1(input.take(99)), "cdef");
  assertEquals(input.length, 0);
});

Deno.test("HttpInput.skip() forgets what has been read, from the front", async () => {
  const { server, client } = memoryPair();
  const input = new HttpInput(server, new ReadBuffers(), { bytes: 0, sharedBytes: 0 });
  await client.write(encodeLatin1("abcdef"));
  await input.fill();
  input.skip(2);
  assertEquals([decodeLatin1(input.peek()), input.length], ["cdef", 4]);
  input.skip(99);
  assertEquals([decodeLatin1(input.peek()), input.length], ["", 0]);
});

Deno.test("HttpInput.fill() is false at the end of the stream", async () => {
  const { server, client } = memoryPair();
  const input = new HttpInput(server, new ReadBuffers(), { bytes: 0, sharedBytes: 0 });
  await client.closeWrite();
  assertEquals([await input.fill(), input.length], [false, 0]);
});

Deno.test("HttpInput.fill() reads once for two who wait", async () => {
  const { server, client } = memoryPair();
  const input = new HttpInput(server, new ReadBuffers(), { bytes: 0, sharedBytes: 0 });
  const first = input.fill();
  assertStrictEquals(input.fill(), first);
  await client.write(encodeLatin1("a"));
  assertEquals(await first, true);
  const next = input.fill();
  await client.write(encodeLatin1("b"));
  await next;
  assertEquals(decodeLatin1(input.peek()), "b");
});

Deno.test("HttpInput.fill() reads more at once while bytes keep coming", async () => {
  const { server, client } = memoryPair();
  const input = new HttpInput(server, new ReadBuffers(), { bytes: 0, sharedBytes: 0 });
  await client.write(new Uint8Array(50_000));
  await input.fill();
  const first = input.take(input.length).length;
  await input.fill();
  assertEquals([first, input.length], [1024, 8192]);
});

Deno.test("HttpInput.release() gives a copy and the buffer back", async () => {
  const { server, client } = memoryPair();
  const buffers = new ReadBuffers();
  const input = new HttpInput(server, buffers, { bytes: 0, sharedBytes: 0 });
  await client.write(new Uint8Array(3000).fill(7));
  await input.fill();
  input.take(input.length);
  await input.fill();
  const large = input.peek().buffer;
  const rest = input.release();
  assertStrictEquals(buffers.take(2).buffer, large);
  assertEquals([rest, input.length], [new Uint8Array(3000 - 1024).fill(7), 0]);
});

Deno.test("HttpInput.dispose() waits for the read that the socket's end breaks", async () => {
  const { server } = memoryPair();
  const input = new HttpInput(server, new ReadBuffers(), { bytes: 0, sharedBytes: 0 });
  const read = input.fill();
  server.close();
  await input.dispose();
  await assertRejects(() => read, Deno.errors.Interrupted);
});

Deno.test("HttpInput counts a large buffer for as long as it has it", async () => {
  const { server, client } = memoryPair();
  const memory = { bytes: 0, sharedBytes: 0 };
  const input = new HttpInput(server, new ReadBuffers(), memory);
  await client.write(new Uint8Array(5000));
  await input.fill();
  assertEquals(memory.bytes, 0);
  input.take(input.length);
  await input.fill();
  assertEquals(memory.bytes, 8192);
  input.release();
  assertEquals(memory.bytes, 0);
});

Deno.test("HttpInput.rest() gives a large buffer back, unless bytes wait in it", async () => {
  const { server, client } = memoryPair();
  const memory = { bytes: 0, sharedBytes: 0 };
  const input = new HttpInput(server, new ReadBuffers(), memory);
  await client.write(new Uint8Array(1500));
  await input.fill();
  input.take(input.length);
  await input.fill();
  input.rest();
  assertEquals([input.length, memory.bytes], [476, 8192]);
  input.take(input.length);
  input.rest();
  assertEquals(memory.bytes, 0);
  await client.write(new Uint8Array(1500));
  await input.fill();
  assertEquals(input.length, 1024);
});
