/** Tests of server/net/http/http_stream.ts with a clock by hand. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeLatin1, encodeLatin1 } from "../../../../protocol/latin1.ts";
import { HttpStream } from "../../../../server/net/http/http_stream.ts";
import { ReadBuffers } from "../../../../server/net/read_buffers.ts";
import type { MemoryAccount } from "../../../../server/types.ts";
import { HttpClient } from "../../../support/http_client.ts";
import { memoryPair, type MemorySocket } from "../../../support/memory_socket.ts";
import { endlessTurn } from "../../../support/turns.ts";

interface Setup {
  readonly stream: HttpStream;
  readonly socket: MemorySocket;
  readonly peer: MemorySocket;
  readonly client: HttpClient;
  readonly memory: MemoryAccount;
  time: number;
}

function assertUnreachable(): never {
  throw new Error("The stream ended early");
}

function setUp(capacity?: number, readBuffers = new ReadBuffers()): Setup {
  const { server, client } = memoryPair(capacity === undefined ? {} : { capacity });
  const memory = { bytes: 0, sharedBytes: 0 };
  const setup: Setup = {
    stream: new HttpStream(server, {
      readBuffers,
      now: () => setup.time,
      bodyTimeout: 1000,
      memory,
      turns: endlessTurn(),
    }),
    memory,
    socket: server,
    peer: client,
    client: new HttpClient(client),
    time: 0,
  };
  return setup;
}

Deno.test("HttpStream.send() writes everything, however little is taken at a time", async () => {
  const { stream, client } = setUp(10);
  const sent = stream.send(encodeLatin1("a".repeat(95)));
  const received = client.rest();
  await sent;
  assertEquals(stream.sent, 95);
  await stream.endWriting();
  assertEquals(await received, "a".repeat(95));
});

Deno.test("HttpStream.send() has a deadline that each write renews", async () => {
  const setup = setUp(10);
  const { stream, peer } = setup;
  const sent = stream.send(new Uint8Array(20));
  await undefined;
  setup.time = 700;
  assertEquals(stream.deadline, 1000);
  await peer.read(new Uint8Array(10));
  await sent;
  assertEquals(stream.deadline, Infinity);
});

Deno.test("HttpStream.send() counts the bytes that the peer has not taken", async () => {
  const { stream, memory, peer } = setUp(1_000);
  const sent = stream.send(new Uint8Array(2_500));
  assertEquals(memory.bytes, 2_500);
  await peer.read(new Uint8Array(1_000));
  for (let turn = 0; turn < 20; turn++) await undefined;
  assertEquals(memory.bytes, 500);
  stream.close();
  await assertRejects(() => sent);
  assertEquals(memory.bytes, 0);
});

Deno.test("hostile 292: HttpStream.sendHead() lends its buffer to one response at a time", async () => {
  const readBuffers = new ReadBuffers();
  const [slow, lost, quick] = [
    setUp(10, readBuffers),
    setUp(10, readBuffers),
    setUp(9_999, readBuffers),
  ];
  const body = encodeLatin1("body");
  const sent = slow.stream.sendHead("slow ".repeat(20), body);
  const failed = assertRejects(() => lost.stream.sendHead("lost ".repeat(20), body));
  await undefined;
  lost.stream.close();
  await failed;
  for (let n = 0; n < 3; n++) await quick.stream.sendHead(`quick ${n}`.repeat(10), body);
  const received = new Uint8Array(104);
  for (let at = 0; at < received.length;) {
    at += await slow.peer.read(received.subarray(at)) ?? assertUnreachable();
  }
  await sent;
  assertEquals(decodeLatin1(received), "slow ".repeat(20) + "body");
});

Deno.test("HttpStream.end() keeps its deadline when a part of a body comes meanwhile", async () => {
  const setup = setUp();
  const { stream, peer } = setup;
  stream.beginRequest();
  const fill = stream.fill();
  const ended = stream.end();
  await peer.write(encodeLatin1("a"));
  assert(await fill);
  for (let turn = 0; turn < 20; turn++) await undefined;
  assertEquals(stream.deadline, 2000);
  stream.close();
  await assertRejects(() => ended);
});

Deno.test("HttpStream.fill() counts the waiting for a whole body, not for each part", async () => {
  const setup = setUp();
  const { stream, peer } = setup;
  stream.beginRequest();
  const first = stream.fill();
  assertEquals(stream.deadline, 1000);
  setup.time = 400;
  await peer.write(encodeLatin1("a"));
  assert(await first);
  assertEquals(stream.deadline, Infinity);
  stream.take(1);
  // The time of the handler does not count against the peer.
  setup.time = 5000;
  const next = stream.fill();
  assertEquals(stream.deadline, 5600);
  await peer.write(encodeLatin1("b"));
  await next;
  stream.beginRequest();
  stream.take(1);
  const later = stream.fill();
  assertEquals(stream.deadline, 6000);
  await peer.closeWrite();
  assertEquals(await later, false);
});

Deno.test("HttpStream.readBy() is the deadline of a head", () => {
  const { stream } = setUp();
  assertEquals(stream.deadline, Infinity);
  stream.readBy(70);
  assertEquals(stream.deadline, 70);
});

Deno.test("HttpStream.end() lets the peer read the last response, and waits for its end", async () => {
  const setup = setUp();
  const { stream, peer, client } = setup;
  await client.send("unread");
  await stream.send(encodeLatin1("last words"));
  let ended = false;
  const ending = stream.end().then(() => ended = true);
  assertEquals(await client.rest(), "last words");
  await client.send("more");
  assertEquals([ended, stream.deadline], [false, 2000]);
  await peer.closeWrite();
  await ending;
});

Deno.test("HttpStream.close() breaks what is pending and has no deadline", async () => {
  const { stream, socket } = setUp();
  const read = stream.readAhead();
  stream.readBy(70);
  stream.close();
  assertEquals([stream.closed, socket.isClosed, stream.deadline], [true, true, Infinity]);
  await assertRejects(() => read, Deno.errors.Interrupted);
  await stream.dispose();
});

Deno.test("HttpStream.sendContinue() writes an interim response", async () => {
  const { stream, client } = setUp();
  await stream.sendContinue();
  assertEquals((await client.response()).status, 100);
  assertEquals(stream.sent, 0);
});

Deno.test("HttpStream.release() gives what waits", async () => {
  const { stream, client } = setUp();
  await client.send("abc");
  await stream.readAhead();
  stream.take(1);
  assertEquals(decodeLatin1(stream.release()), "bc");
});

Deno.test("HttpStream.watch() tells of the peer's end, unless nobody wants to know any more", async () => {
  for (const isWatching of [true, false]) {
    const { stream, peer } = setUp();
    let ends = 0;
    stream.watch(() => ends++);
    if (!isWatching) stream.unwatch();
    await peer.closeWrite();
    assertEquals(await stream.awaitRequest(), false);
    await undefined;
    assertEquals(ends, isWatching ? 1 : 0);
  }
});
