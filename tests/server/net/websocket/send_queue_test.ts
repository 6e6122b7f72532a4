/** Tests of server/net/websocket/send_queue.ts over sockets in memory. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { CloseCode } from "../../../../protocol/close_code.ts";
import { Protocol } from "../../../../protocol/connection.ts";
import type { ProtocolOptions } from "../../../../protocol/connection_options.ts";
import { Prepared } from "../../../../protocol/prepared.ts";
import { Cork } from "../../../../server/net/websocket/cork.ts";
import { SendQueue } from "../../../../server/net/websocket/send_queue.ts";
import { resolveOptions } from "../../../../server/resolved_options.ts";
import type { QueueLimits } from "../../../../server/slow_peer_detector.ts";
import { concat } from "../../../support/bytes.ts";
import { settle } from "../../../support/connection_driver.ts";
import { closePayload, messageTo, parseFrames } from "../../../support/frames.ts";
import { memoryPair, type MemoryPairOptions } from "../../../support/memory_socket.ts";

interface Settings extends MemoryPairOptions {
  cork?: Cork;
  protocol?: ProtocolOptions;
  highWaterMark?: number;
  limits?: Partial<QueueLimits>;
}

/** A queue, what it calls, and a peer that reads until it is told to stop. */
class Queue {
  readonly socket;
  readonly peer;
  readonly protocol: Protocol;
  readonly queue: SendQueue;
  /** Bytes that are counted once for all. */
  shared = 0;
  /** Calls of the owner. */
  readonly calls: string[] = [];
  readonly #protocolOptions: ProtocolOptions;
  #received: Uint8Array = new Uint8Array(0);

  constructor(settings: Settings = {}) {
    const { cork = new Cork(), protocol = {}, highWaterMark = 100, ...pair } = settings;
    const { server, client } = memoryPair(pair);
    this.socket = server;
    this.peer = client;
    this.#protocolOptions = protocol;
    this.protocol = new Protocol("server", protocol, { message() {}, closed() {} });
    const limits = { ...resolveOptions({}), highWaterMark, ...settings.limits };
    this.queue = new SendQueue(server, this.protocol, cork, limits, {
      now: () => 0,
      heldChanged() {},
      sharedGrew: (bytes) => this.shared += bytes,
      drained: () => this.calls.push("drained"),
      finished: () => this.calls.push("finished"),
      writeFailed: () => this.calls.push("failed"),
    });
    this.#readAll();
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let size; (size = await this.peer.read(buffer)) !== null;) {
        this.#received = concat([this.#received, buffer.subarray(0, size)]);
      }
    } catch {
      // The test has cut the connection.
    }
  }

  /** The bytes that have reached the peer. */
  async received(): Promise<Uint8Array> {
    await settle();
    return this.#received.slice();
  }

  /** The peer's view of them: messages, then the close. */
  async decoded(): Promise<unknown[]> {
    const notes: unknown[] = [];
    const client = new Protocol("client", this.#protocolOptions, {
      message: (data) => void notes.push(data),
      closed: (close) => void notes.push(close.code),
    });
    client.receive(await this.received());
    return notes;
  }
}

Deno.test("SendQueue.send() writes what is sent in one turn at once", async () => {
  const queue = new Queue();
  for (const text of ["a", "b", "c"]) assertEquals(queue.queue.send(text, true), true);
  assertEquals(queue.socket.writes, 0);
  assertEquals(await queue.decoded(), ["a", "b", "c"]);
  assertEquals(queue.socket.writes, 1);
});

Deno.test("SendQueue.sendPrepared() makes k broadcasts to n members n writes of the same bytes", async () => {
  const cork = new Cork();
  const members = Array.from({ length: 5 }, () => new Queue({ cork }));
  const written: Uint8Array[] = [];
  for (const { socket } of members) {
    const { write } = socket;
    socket.write = (bytes) => {
      written.push(bytes);
      return write.call(socket, bytes);
    };
  }
  for (const text of ["one", "two", "three"]) {
    const message = new Prepared(text);
    for (const { queue } of members) queue.sendPrepared(message, true);
  }
  for (const member of members) assertEquals(await member.decoded(), ["one", "two", "three"]);
  assertEquals(written.length, members.length);
  for (const bytes of written) assertStrictEquals(bytes, written[0]);
});

Deno.test("SendQueue.sendPrepared() writes a single broadcast from the prepared frame itself", async () => {
  const queue = new Queue();
  const message = new Prepared("hello");
  const frame = message.frame();
  queue.socket.write = (bytes) => {
    assertStrictEquals(bytes, frame);
    return Promise.resolve(bytes.length);
  };
  queue.queue.sendPrepared(message, true);
  await settle();
  assertEquals(queue.queue.size, 0);
});

Deno.test("SendQueue.sendPrepared() shares one compressed frame among lone messages", async () => {
  const deflate = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  };
  const cork = new Cork();
  const protocol = { deflate, compressThreshold: 0 };
  const members = [1, 2, 3].map(() => new Queue({ cork, protocol }));
  const message = new Prepared("a message ".repeat(40));
  for (const { queue } of members) queue.sendPrepared(message, true);
  const received = await Promise.all(members.map((member) => member.received()));
  assert(received[0]!.length < 60);
  for (const bytes of received) assertEquals(bytes, received[0]);
  assertEquals(await members[2]!.decoded(), [message.data]);
});

Deno.test("SendQueue joins a long list of shared frames before the list outgrows them", async () => {
  const queue = new Queue();
  const texts = Array.from({ length: 1_000 }, (_, i) => String(i));
  for (const text of texts) queue.queue.sendPrepared(new Prepared(text), true);
  assertEquals(queue.queue.size, concat(texts.map((text) => new Prepared(text).frame())).length);
  assertEquals(await queue.decoded(), texts);
});

// ----- Order -----

type Action =
  | readonly ["own" | "shared", text: string, compress: boolean]
  | readonly ["ping" | "turn" | "hold" | "release"];

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.tuple(fc.constantFrom("own", "shared"), fc.string({ maxLength: 30 }), fc.boolean()),
  fc.tuple(fc.constantFrom("ping", "turn", "hold", "release")),
);

const alone = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

const protocols: Record<string, ProtocolOptions> = {
  "uncompressed": {},
  "compressed alone": { deflate: alone, compressThreshold: 8 },
  "compressed with takeover": {
    deflate: { ...alone, serverNoContextTakeover: false },
    compressThreshold: 0,
  },
};

/** Runs the actions, each on one of two queues or on both, and checks what both peers receive. */
async function checkOrder(
  actions: readonly (readonly [number, Action])[],
  protocol: ProtocolOptions,
  { capacity = 50, repeat = 1 } = {},
): Promise<void> {
  const cork = new Cork();
  const queues = [1, 2].map(() => new Queue({ cork, protocol, capacity }));
  const expected: unknown[][] = [[], []];
  const releases: (() => void)[] = [];
  for (const [mask, [kind, unit = "", compress = true]] of actions) {
    const text = unit.repeat(repeat);
    const shared = new Prepared(text);
    if (kind === "turn") await undefined;
    for (const [index, { queue, protocol, socket }] of queues.entries()) {
      if ((mask & (1 << index)) === 0) continue;
      if (kind === "own" && queue.send(text, compress)) expected[index]!.push(text);
      if (kind === "shared" && queue.sendPrepared(shared, compress)) expected[index]!.push(text);
      if (kind === "ping") protocol.receive(pingFrame.slice());
      if (kind === "ping") queue.schedule();
      if (kind === "hold") releases.push(socket.delay());
      if (kind === "release") releases.push(socket.delay());
      if (kind === "release") releases.pop()!();
    }
  }
  for (const { queue, protocol } of queues) {
    protocol.close(1000);
    assertEquals(queue.send("late", true), false);
    assertEquals(queue.sendPrepared(new Prepared("late"), true), false);
    queue.schedule();
  }
  for (const release of releases) release();
  for (const [index, queue] of queues.entries()) {
    assertEquals(await queue.decoded(), [...expected[index]!, 1000]);
    assertEquals(queue.queue.size, 0);
  }
}

const pingFrame = Uint8Array.of(0x89, 0x81, 1, 2, 3, 4, 5);

for (const [name, protocol] of Object.entries(protocols)) {
  Deno.test(`SendQueue keeps the order of own and shared messages, ${name}`, async () => {
    const actions = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), action), { maxLength: 40 });
    await fc.assert(fc.asyncProperty(actions, (actions) => checkOrder(actions, protocol)));
  });
}

Deno.test("SendQueue keeps the order of messages that are too many for one write", async () => {
  const actions = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), action), { maxLength: 40 });
  const long = { capacity: 200_000, repeat: 10_000 };
  await fc.assert(
    fc.asyncProperty(actions, (actions) => checkOrder(actions, {}, long)),
    { numRuns: 30 },
  );
});

Deno.test("SendQueue keeps a long batch shared, and puts what is sent to one alone behind it", async () => {
  const queue = new Queue();
  const release = queue.socket.delay();
  queue.queue.send("first", true);
  await settle();
  const shared = Array.from({ length: 10 }, () => new Prepared("s".repeat(200_000)));
  for (const message of shared) queue.queue.sendPrepared(message, true);
  queue.queue.send("own", true);
  assert(queue.protocol.outputLength < 10);
  queue.queue.sendPrepared(new Prepared("after"), true);
  queue.queue.send("last", true);
  assertEquals(queue.queue.size, 10 * 200_010 + 5 + 7 + 6);
  release();
  assertEquals(await queue.decoded(), [
    "first",
    ...shared.map(({ data }) => data),
    "own",
    "after",
    "last",
  ]);
  assertEquals(queue.queue.size, 0);
});

Deno.test("SendQueue.ping() follows all that was sent before it", async () => {
  const queue = new Queue();
  queue.queue.sendPrepared(new Prepared("before"), true);
  queue.queue.ping(Uint8Array.of(1));
  queue.queue.sendPrepared(new Prepared("after"), true);
  queue.queue.send("last", true);
  const frames = parseFrames(await queue.received());
  assertEquals(frames.map((frame) => frame.opcode), [1, 9, 1, 1]);
});

Deno.test("SendQueue sends Close after all that was sent before it", async () => {
  const queue = new Queue();
  queue.queue.sendPrepared(new Prepared("shared"), true);
  queue.protocol.fail(CloseCode.TryAgainLater, "slow consumer");
  queue.queue.schedule();
  const frames = parseFrames(await queue.received());
  assertEquals(frames.map((frame) => frame.opcode), [1, 8]);
  assertEquals(frames[1]!.payload, closePayload(1013, "slow consumer"));
  assertEquals(queue.calls, ["finished"]);
});

Deno.test("SendQueue.send() after Close changes nothing", async () => {
  const queue = new Queue();
  queue.queue.sendPrepared(new Prepared("shared"), true);
  queue.protocol.close(1000);
  assertEquals(queue.queue.send("own", true), false);
  assertEquals(queue.queue.sendPrepared(new Prepared("shared"), false), false);
  queue.queue.schedule();
  assertEquals(await queue.decoded(), ["shared", 1000]);
});

// ----- A slow peer -----

Deno.test("SendQueue gathers while a write is pending, and goes on when it has ended", async () => {
  const queue = new Queue({ capacity: 10 });
  const release = queue.socket.delay();
  queue.queue.send("x".repeat(20), true);
  await settle();
  assertEquals(queue.queue.writing, true);
  for (const text of ["a", "b", "c"]) queue.queue.send(text, true);
  queue.queue.sendPrepared(new Prepared("d"), true);
  await settle();
  const writes = queue.socket.writes;
  release();
  assertEquals(await queue.decoded(), ["x".repeat(20), "a", "b", "c", "d"]);
  assert(queue.socket.writes <= writes + 3);
  assertEquals(queue.queue.writing, false);
});

Deno.test("SendQueue.size counts what waits and what the kernel has not taken", async () => {
  const queue = new Queue({ capacity: 10 });
  const release = queue.socket.delay();
  queue.queue.send("x".repeat(98), true);
  assertEquals(queue.queue.size, 100);
  await settle();
  assertEquals(queue.queue.size, 90);
  queue.queue.send("x".repeat(8), true);
  queue.queue.sendPrepared(new Prepared("x".repeat(8)), true);
  assertEquals(queue.queue.size, 110);
  release();
  await settle();
  assertEquals(queue.queue.size, 0);
});

Deno.test("SendQueue tells once that it has drained, only after it was over its mark", async () => {
  const queue = new Queue({ highWaterMark: 100 });
  queue.queue.send("x".repeat(98), true);
  await settle();
  assertEquals(queue.calls, []);
  queue.queue.send("x".repeat(99), true);
  queue.queue.send("x".repeat(200), true);
  await settle();
  assertEquals(queue.calls, ["drained"]);
  queue.queue.send("x", true);
  await settle();
  assertEquals(queue.calls, ["drained"]);
});

Deno.test("SendQueue.drained() resolves when all is written", async () => {
  const queue = new Queue({ capacity: 10 });
  await queue.queue.drained();
  const release = queue.socket.delay();
  queue.queue.send("x".repeat(50), true);
  let drained = 0;
  const waiting = [queue.queue.drained(), queue.queue.drained()];
  for (const promise of waiting) promise.then(() => drained++);
  await settle();
  assertEquals(drained, 0);
  release();
  await Promise.all(waiting);
  assertEquals(queue.queue.size, 0);
});

Deno.test("SendQueue.release() lets go of all who wait", async () => {
  const queue = new Queue({ capacity: 10 });
  queue.socket.delay();
  queue.queue.send("x".repeat(50), true);
  await settle();
  const drained = queue.queue.drained();
  queue.queue.release();
  await drained;
});

Deno.test("SendQueue answers pings that came during a write: 16 of them, and the newest", async () => {
  const queue = new Queue({ capacity: 10 });
  const release = queue.socket.delay();
  queue.queue.send("x".repeat(50), true);
  await settle();
  for (let n = 1; n <= 100; n++) {
    queue.protocol.receive(Uint8Array.of(0x89, 0x81, 0, 0, 0, 0, n));
    queue.queue.schedule();
  }
  assertEquals(queue.protocol.pendingPongs, 100);
  release();
  const pongs = parseFrames(await queue.received()).slice(1).map((frame) => frame.payload[0]);
  assertEquals(pongs, [...Array.from({ length: 16 }, (_, i) => i + 1), 100]);
});

// ----- A full queue -----

Deno.test("SendQueue.heldBytes is what waits for one connection alone, where that is much", async () => {
  const queue = new Queue({ capacity: 1_000 });
  const held = () => [queue.queue.heldBytes, queue.queue.sharedBytes, queue.shared];
  let release = queue.socket.delay();
  queue.queue.send("x".repeat(4_000), true);
  await settle();
  assertEquals(held(), [0, 0, 0]);
  queue.queue.send("x".repeat(3_996), true);
  assertEquals(held(), [8_004 - 1_000, 0, 0]); // of which the kernel has taken some
  release();
  await queue.queue.drained();
  assertEquals(held(), [0, 0, 0]);
  release = queue.socket.delay();
  queue.queue.send("x".repeat(5_000), true);
  await settle();
  queue.queue.abandon();
  assertEquals(held(), [0, 0, 0]);
  release();
});

Deno.test("SendQueue.sharedBytes is what waits for others too, and is counted once for all", async () => {
  const cork = new Cork();
  const queues = [1, 2].map(() => new Queue({ cork, capacity: 1_000 }));
  const held = () => queues.map(({ queue }) => [queue.heldBytes, queue.sharedBytes]);
  const shared = () => queues[0]!.shared + queues[1]!.shared;
  const releases = queues.map(({ socket }) => socket.delay());
  const send = (size: number) => {
    const message = new Prepared("x".repeat(size - 4));
    for (const { queue } of queues) queue.sendPrepared(message, true);
  };
  send(10_000);
  assertEquals(shared(), 0); // the kernel was offered nothing so far
  await settle();
  assertEquals([held(), shared()], [[[0, 9_000], [0, 9_000]], 10_000]);
  send(40_000);
  send(50_000); // too long for one write together
  await settle();
  assertEquals([held(), shared()], [[[0, 99_000], [0, 99_000]], 100_000]);
  queues[0]!.queue.send("x".repeat(9_996), true);
  assertEquals([held()[0], shared()], [[10_000, 99_000], 100_000]);
  releases[0]!();
  await queues[0]!.queue.drained();
  assertEquals([held(), shared()], [[[0, 0], [0, 99_000]], 100_000]);
  queues[1]!.queue.discard();
  assertEquals([held()[1], shared()], [[0, 9_000], 10_000]);
  releases[1]!();
  await queues[1]!.queue.drained();
  assertEquals([held(), shared()], [[[0, 0], [0, 0]], 0]);
});

Deno.test("SendQueue.discard() drops all behind the write under way, and Close follows that", async () => {
  const queue = new Queue({ capacity: 10 });
  const release = queue.socket.delay();
  queue.queue.send("x".repeat(20), true);
  await settle();
  for (let n = 0; n < 10; n++) queue.queue.sendPrepared(new Prepared("y".repeat(20_000)), true);
  queue.queue.send("own", true);
  queue.queue.discard();
  assertEquals(queue.queue.size, 22 - 10);
  queue.protocol.fail(CloseCode.TryAgainLater, "slow consumer");
  queue.queue.schedule();
  release();
  assertEquals(await queue.decoded(), ["x".repeat(20), 1013]);
  assertEquals(queue.calls, ["drained", "finished"]);
});

Deno.test("SendQueue.discard() leaves what begins the connection", async () => {
  const queue = new Queue();
  queue.queue.send("101", true);
  queue.queue.discard();
  assertEquals(await queue.decoded(), ["101"]);
});

Deno.test("SendQueue.findSlow() looks when it is due, and no more once the queue is empty", async () => {
  const queue = new Queue({ capacity: 10, limits: { maxQueuedBytes: 50, slowTimeout: 1_000 } });
  const { queue: sendQueue } = queue;
  const release = queue.socket.delay();
  sendQueue.send("x".repeat(100), true);
  await settle();
  assertEquals([sendQueue.isFull, sendQueue.deadline], [true, Infinity]);
  assertEquals([sendQueue.admits(5_000), sendQueue.deadline], [true, 6_000]);
  assertEquals([5_999, 6_000, 6_249].map((now) => sendQueue.findSlow(now)), [false, false, false]);
  assertEquals([sendQueue.findSlow(6_250), sendQueue.deadline], [true, Infinity]);
  release();
  await settle();
  assertEquals([sendQueue.isFull, sendQueue.deadline], [false, Infinity]);
});

Deno.test("SendQueue.findSlow() blames nobody whose queue is not full any more", async () => {
  const queue = new Queue({ capacity: 10, limits: { maxQueuedBytes: 50, slowTimeout: 1_000 } });
  const { queue: sendQueue } = queue;
  const release = queue.socket.delay();
  sendQueue.send("x".repeat(100), true);
  sendQueue.admits(0);
  await settle();
  release();
  await settle();
  queue.socket.delay();
  sendQueue.send("x".repeat(40), true);
  assertEquals([sendQueue.findSlow(1_000), sendQueue.findSlow(2_000)], [false, false]);
});

// ----- The end -----

Deno.test("SendQueue says once that it has finished", async () => {
  const queue = new Queue();
  queue.protocol.receive(messageTo("server", "x").fill(0xff, 0, 1)); // reserved bits and opcode
  for (let i = 0; i < 3; i++) {
    queue.queue.schedule();
    await settle();
  }
  assertEquals(queue.calls, ["finished"]);
});

Deno.test("SendQueue says that it has finished also where nothing is left to write", async () => {
  const queue = new Queue();
  queue.protocol.close(1000);
  queue.queue.schedule();
  await settle();
  assertEquals(queue.calls, []);
  queue.protocol.receiveEnd();
  queue.queue.schedule();
  await settle();
  assertEquals(queue.calls, ["finished"]);
});

Deno.test("SendQueue says that writing has failed, and neither drained nor finished", async () => {
  const queue = new Queue({ capacity: 10 });
  queue.socket.delay();
  queue.queue.send("x".repeat(500), true);
  await settle();
  queue.socket.cut();
  await settle();
  assertEquals(queue.calls, ["failed"]);
  assertEquals(queue.queue.writing, false);
});
