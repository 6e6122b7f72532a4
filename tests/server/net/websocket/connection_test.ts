/** Tests of server/net/websocket/connection.ts: sending, receiving and time. Its ends have a file of their own. */

import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { Opcode } from "../../../../protocol/opcode.ts";
import type { Connection } from "../../../../server/types.ts";
import { utf8 } from "../../../support/bytes.ts";
import type { Socket } from "../../../../server/net/listen/socket.ts";
import { ConnectionDriver, settle } from "../../../support/connection_driver.ts";
import { closePayload, frameTo, messageTo } from "../../../support/frames.ts";

function echo(connection: Connection): void {
  connection.on("message", (data) => void connection.send(data));
}

function text(text: string): Uint8Array<ArrayBuffer> {
  return messageTo("server", text);
}

function ping(payload: Uint8Array = new Uint8Array(0)): Uint8Array<ArrayBuffer> {
  return frameTo("server", { opcode: Opcode.Ping, payload });
}

Deno.test("SocketConnection tells who it is", async () => {
  await using driver = new ConnectionDriver();
  const { connection } = driver.open();
  assertEquals(connection.remoteAddress, "192.0.2.1");
  assertEquals([connection.protocol, connection.data, connection.state], ["", undefined, "open"]);
  assertStrictEquals(connection.request, connection.request);
});

Deno.test("SocketConnection.id is random, and stays", async () => {
  await using driver = new ConnectionDriver();
  const [one, two] = [driver.open().connection, driver.open().connection];
  assertMatch(one.id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assertEquals(one.id, one.id);
  assert(one.id !== two.id);
});

Deno.test("SocketConnection.traffic counts messages, and the bytes of frames", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ handler: echo, capacity: 16 });
  await driven.frames();
  const { bytesOut } = driven.connection.traffic; // those of the 101
  const frames = [text("a"), text("b".repeat(50)), ping()];
  await driven.write(...frames);
  driven.connection.send(driven.connection.prepare("c"));
  await driven.frames();
  assertEquals(driven.connection.traffic, {
    messagesIn: 2,
    messagesOut: 3,
    bytesIn: frames.reduce((sum, { length }) => sum + length, 0),
    bytesOut: bytesOut + (2 + 1) + (2 + 50) + 2 + (2 + 1),
  });
});

Deno.test("SocketConnection.open() writes the 101 and what the handler sends at once", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ handler: (connection) => void connection.send("welcome") });
  assertEquals(await driven.texts(), ["welcome"]);
  assertEquals(driven.socket.writes, 1);
});

Deno.test("hostile 18: SocketConnection.run() reads frames that came behind the upgrade request", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ handler: echo, rest: text("early") });
  await driven.write(text("later"));
  assertEquals(await driven.texts(), ["early", "later"]);
});

Deno.test("SocketConnection.run() dispatches all messages of a read before it writes once", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ handler: echo });
  await settle();
  const { writes } = driven.socket;
  await driven.write(text("a"), text("b"), text("c"));
  assertEquals(await driven.texts(), ["a", "b", "c"]);
  assertEquals(driven.socket.writes, writes + 1);
});

Deno.test("SocketConnection.run() reads a message of any length in any pieces", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  const messages = [0, 1, 1023, 1024, 65_535, 65_536, 300_000].map((size) => "x".repeat(size));
  const bytes = messages.map(text);
  await driven.write(...bytes);
  assertEquals(driven.messages, messages);
});

Deno.test("SocketConnection.send() sends text, bytes, buffers and prepared messages in order", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  const { connection } = driven;
  const bytes = utf8("bytes");
  assertEquals(connection.send("text"), "sent");
  assertEquals(connection.send(bytes), "sent");
  bytes.fill(0); // they were copied
  assertEquals(connection.send(utf8("buffer").buffer), "sent");
  assertEquals(connection.send(connection.prepare("prepared")), "sent");
  assertEquals(connection.send(connection.prepare(utf8("prepared bytes"))), "sent");
  const frames = await driven.frames();
  assertEquals(frames.map((frame) => frame.opcode), [1, 2, 2, 1, 2]);
  assertEquals(
    frames.map((frame) => new TextDecoder().decode(frame.payload)),
    ["text", "bytes", "buffer", "prepared", "prepared bytes"],
  );
});

Deno.test("hostile 73: SocketConnection.send() refuses what is no message, and stays open", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  const { connection } = driven;
  for (const data of [1, null, undefined, {}, [], new Float32Array(1), { data: "forged" }]) {
    assertThrows(() => connection.send(data as unknown as string), TypeError);
  }
  connection.send("still here");
  assertEquals(await driven.texts(), ["still here"]);
});

Deno.test("hostile 84: SocketConnection.send() leaves a message uncompressed on demand", async () => {
  await using driver = new ConnectionDriver();
  const deflate = {
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  };
  const driven = driver.open({ protocol: { deflate, compressThreshold: 10 } });
  const { connection } = driven;
  const long = "secret and chosen text ".repeat(10);
  connection.send(long);
  connection.send(long, { compress: false });
  connection.send(connection.prepare(long));
  connection.send(connection.prepare(long), { compress: false });
  connection.send("short");
  const frames = await driven.frames();
  assertEquals(frames.map((frame) => frame.rsv1), [true, false, true, false, false]);
  // Each compressed message stands alone: the second is as long as the first.
  assertEquals(frames[0]!.payload, frames[2]!.payload);
});

Deno.test("SocketConnection.ping() sends at most 125 bytes", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  driven.connection.ping();
  driven.connection.ping(utf8("now"));
  assertThrows(() => driven.connection.ping(new Uint8Array(126)), RangeError);
  const frames = await driven.frames();
  assertEquals(frames.map((frame) => frame.opcode), [Opcode.Ping, Opcode.Ping]);
  assertEquals(frames[1]!.payload, utf8("now"));
});

Deno.test("SocketConnection answers pings, and tells of pings and pongs", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  await driven.write(
    ping(utf8("p")),
    frameTo("server", { opcode: Opcode.Pong, payload: utf8("q") }),
  );
  assertEquals(driven.events, [["ping", utf8("p")], ["pong", utf8("q")]]);
  assertEquals((await driven.frames()).map((frame) => frame.payload), [utf8("p")]);
});

// ----- Backpressure -----

Deno.test("SocketConnection.send() says sent, then queued, and drain comes once", async () => {
  await using driver = new ConnectionDriver({ highWaterMark: 1_000 });
  const driven = driver.open({ capacity: 500 });
  await settle();
  const release = driven.socket.delay();
  const { connection } = driven;
  assertEquals(connection.send("x".repeat(998)), "queued"); // with its header
  await settle();
  assertEquals(connection.bufferedAmount, 1_002 - 500);
  assertEquals(connection.send("x"), "sent");
  assertEquals(connection.send("x".repeat(800)), "queued");
  let drained = false;
  connection.drained().then(() => drained = true);
  await settle();
  assertEquals([driven.events, drained], [[], false]);
  release();
  await settle();
  assertEquals([driven.events, drained], [[["drain"]], true]);
  assertEquals(connection.bufferedAmount, 0);
  assertEquals(connection.send("x"), "sent");
});

// ----- Handlers that take their time -----

Deno.test("hostile 91: a pending handler stops the reading, and memory stays flat", async () => {
  await using driver = new ConnectionDriver();
  const work: PromiseWithResolvers<void>[] = [];
  const driven = driver.open({
    capacity: 100_000,
    handler: (connection) =>
      void connection.on("message", () => {
        const one = Promise.withResolvers<void>();
        work.push(one);
        return one.promise;
      }),
  });
  const bytes = text("x".repeat(1_000));
  let written = 0;
  const flood = (async () => {
    while (written < 500) {
      for (let at = 0; at < bytes.length;) at += await driven.peer.write(bytes.subarray(at));
      written++;
    }
  })();
  await settle();
  const stopped = written;
  assert(stopped < 110, `the peer could write ${stopped} messages`);
  assertEquals(work.length, 1);
  await settle();
  assertEquals([written, work.length], [stopped, 1]);
  for (let n = 0; n < 500; n++) {
    await settle();
    assertEquals(work.length, n + 1); // one at a time
    work[n]!.resolve();
  }
  await flood;
});

Deno.test("hostile 91: two pending handlers must both settle before the next message", async () => {
  await using driver = new ConnectionDriver();
  const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const driven = driver.open().noteMessages();
  driven.connection.on("message", () => one.promise).on("message", () => other.promise);
  await driven.write(text("a"), text("b"));
  one.resolve();
  await settle();
  assertEquals(driven.messages, ["a"]);
  other.resolve();
  await settle();
  assertEquals(driven.messages, ["a", "b"]);
});

Deno.test("SocketConnection keeps messages for handlers that an async connection handler adds", async () => {
  await using driver = new ConnectionDriver();
  const lookup = Promise.withResolvers<void>();
  const seen: unknown[] = [];
  const driven = driver.open({
    rest: text("a"),
    handler: async (connection) => {
      await lookup.promise;
      connection.on("message", (data) => void seen.push(data));
    },
  });
  await driven.write(text("b"), text("c"));
  assertEquals(seen, []);
  lookup.resolve();
  await settle();
  assertEquals(seen, ["a", "b", "c"]);
});

Deno.test("hostile 96: a handler that throws ends its connection with 1011, and no other", async () => {
  await using driver = new ConnectionDriver();
  const throws = (connection: Connection) =>
    void connection.on("message", () => {
      throw new Error("secret detail");
    });
  const rejects = (connection: Connection) =>
    void connection.on("message", () => Promise.reject(new Error("secret detail")));
  const bad = [throws, rejects].map((handler) => driver.open({ handler }).noteMessages());
  const good = driver.open({ handler: echo });
  for (const driven of [...bad, good]) await driven.write(text("a"), text("b"));
  for (const driven of bad) {
    assertEquals(driven.closes, [{ code: 1011, reason: "Internal error", wasClean: false }]);
    const frames = await driven.frames();
    assertEquals(frames.map((frame) => frame.payload), [closePayload(1011, "Internal error")]);
    assertEquals(driven.messages.includes("b"), false);
  }
  assertEquals(await good.texts(), ["a", "b"]);
  assertEquals(driver.errors.map(String), ["Error: secret detail", "Error: secret detail"]);
});

Deno.test("hostile 96: a connection handler that throws or rejects ends its connection with 1011", async () => {
  await using driver = new ConnectionDriver();
  const throws = driver.open({
    handler() {
      throw new Error("thrown");
    },
  });
  const rejects = driver.open({ handler: () => Promise.reject(new Error("rejected")) });
  for (const driven of [throws, rejects]) {
    const frames = await driven.frames();
    assertEquals(frames.map((frame) => frame.payload), [closePayload(1011, "Internal error")]);
    assertEquals(driven.closes.length, 1);
  }
  assertEquals(driver.errors.map(String), ["Error: thrown", "Error: rejected"]);
});

Deno.test("hostile 96: a close handler that throws is reported, and nothing else suffers", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({
    handler: (connection) =>
      void connection.on("close", () => {
        throw new Error("in close");
      }),
  });
  driven.peer.close();
  await driven.ended;
  assertEquals(driver.errors.map(String), ["Error: in close"]);
  assertEquals(driven.closes.map((close) => close.code), [1006]);
  assertEquals(driven.socket.isClosed, true);
});

// ----- What handlers keep -----

Deno.test("hostile 97: bytes that a handler keeps hold no read buffer", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  const message = messageTo("server", Uint8Array.of(1, 2, 3));
  await driven.write(new Uint8Array(0), text("x".repeat(2_000)), message, ping(utf8("p")));
  const kept = driven.events.map(([, detail]) => detail).filter((data) =>
    data instanceof Uint8Array
  );
  assertEquals(kept, [Uint8Array.of(1, 2, 3), utf8("p")]);
  for (const bytes of kept) assertEquals(bytes.buffer.byteLength, bytes.length);
  await driven.write(messageTo("server", Uint8Array.of(9, 9, 9)));
  assertEquals(kept[0], Uint8Array.of(1, 2, 3));
});

// ----- Time -----

Deno.test("SocketConnection pings at every interval while its peer answers", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  for (let n = 1; n <= 3; n++) {
    await driver.advance(25_000);
    assertEquals((await driven.frames()).map((frame) => frame.opcode), [Opcode.Ping]);
    await driven.write(frameTo("server", { opcode: Opcode.Pong, payload: new Uint8Array(0) }));
  }
  assertEquals(driven.connection.state, "open");
});

Deno.test("hostile 89: a peer that has vanished is found one timeout after the ping", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  await driver.advance(44_750);
  assertEquals(driven.connection.state, "open");
  await driver.advance(500);
  assertEquals(driven.closes, [{ code: 1006, reason: "", wasClean: false }]);
  assertEquals(driven.socket.isClosed, true);
});

Deno.test("SocketConnection blames no peer for the time of our own handler", async () => {
  await using driver = new ConnectionDriver();
  const work = Promise.withResolvers<void>();
  const driven = driver.open().noteMessages();
  driven.connection.on("message", () => work.promise);
  await driven.write(text("a"), text("b").subarray(0, 3));
  await driver.advance(600_000);
  assertEquals(driven.connection.state, "open");
  assertEquals((await driven.frames()).length, 24); // pings keep the path open
  await driven.write(text("b").subarray(3));
  work.resolve();
  await settle();
  assertEquals(driven.messages, ["a", "b"]);
  await driver.advance(250);
  assertEquals(driven.connection.state, "open");
});

Deno.test("hostile 57: a message that takes too long ends its connection with 1008", async () => {
  await using driver = new ConnectionDriver({ pingInterval: 0 });
  const driven = driver.open();
  await driver.advance(1_000_000);
  await driven.write(frameTo("server", { opcode: Opcode.Text, payload: utf8("a"), fin: false }));
  assert(driver.memory.used > 0);
  for (let n = 0; n < 5; n++) {
    await driver.advance(11_000);
    await driven.write(ping()); // answering is not enough
  }
  assertEquals(driven.connection.state, "open");
  await driver.advance(5_250);
  assertEquals(driven.closes, [{ code: 1008, reason: "Message took too long", wasClean: false }]);
  assertEquals(driver.memory.used, 0);
  const last = (await driven.frames()).at(-1)!;
  assertEquals(last.payload, closePayload(1008, "Message took too long"));
});

Deno.test("SocketConnection gives each message its own time", async () => {
  await using driver = new ConnectionDriver({ pingInterval: 0 });
  const driven = driver.open().noteMessages();
  const [head, tail] = [text("ab").subarray(0, 7), text("ab").subarray(7)];
  await driven.write(head);
  for (let n = 0; n < 4; n++) {
    await driver.advance(40_000);
    await driven.write(tail, head);
  }
  assertEquals(driven.messages, ["ab", "ab", "ab", "ab"]);
  assertEquals(driven.connection.state, "open");
});

Deno.test("SocketConnection starts no message's time for a control frame over two reads", async () => {
  await using driver = new ConnectionDriver({ pingInterval: 0 });
  const driven = driver.open();
  const frame = ping(utf8("p"));
  await driven.write(frame.subarray(0, 3));
  await driven.write(frame.subarray(3));
  await driver.advance(120_000);
  assertEquals(driven.connection.state, "open");
  assertEquals(driven.events, [["ping", utf8("p")]]);
});

// ----- Memory -----

Deno.test("hostile 59: the largest and oldest unfinished message is closed with 1013 for another", async () => {
  await using driver = new ConnectionDriver({ memoryBudget: 200_000 });
  const peers = Array.from({ length: 4 }, () => driver.open().noteMessages());
  const whole = text("x".repeat(15_000));
  for (const peer of peers) {
    await peer.write(whole.subarray(0, 12_000));
    await driver.advance(250);
  }
  assertEquals(peers.map((peer) => peer.connection.state), ["closed", "closed", "open", "open"]);
  assertEquals(peers[0]!.closes[0], {
    code: 1013,
    reason: "Server is short of memory",
    wasClean: false,
  });
  assertEquals((await peers[0]!.frames()).length, 1);
  assert(driver.memory.used <= 200_000);
  for (const peer of peers.slice(2)) {
    await peer.write(whole.subarray(12_000));
    assertEquals(peer.messages, ["x".repeat(15_000)]);
  }
});

Deno.test("hostile 138: SocketConnection receives its message while others hold all of the memory", async () => {
  await using driver = new ConnectionDriver({ memoryBudget: 2_000_000 });
  const large = text("x".repeat(400_000)).subarray(0, 399_000);
  const holders = Array.from({ length: 5 }, () => driver.open({ capacity: 2 ** 21 }));
  for (const holder of holders) await holder.write(large);
  await driver.advance(1_000);
  const honest = driver.open({ capacity: 2 ** 21 }).noteMessages();
  const message = text("y".repeat(300_000));
  await honest.write(message.subarray(0, 200_000));
  await driver.advance(250);
  await honest.write(message.subarray(200_000));
  assertEquals(honest.messages.length, 1);
  assertEquals(honest.connection.state, "open");
});

Deno.test("hostile 141: SocketConnection counts a large head for as long as it is open", async () => {
  await using driver = new ConnectionDriver({ memoryBudget: 50_000 });
  driver.open({ headSize: 900 });
  assertEquals(driver.memory.used, 0);
  const peers = [1, 2, 3].map(() => driver.open({ headSize: 20_000 }));
  await peers[0]!.frames();
  assertEquals(driver.memory.used, 40_000);
  assertEquals(peers.map((peer) => peer.closes.length), [1, 0, 0]);
  peers[1]!.connection.terminate();
  assertEquals(driver.memory.used, 20_000);
});

Deno.test("SocketConnection counts a large read buffer", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  await driven.write(text("x".repeat(500)));
  assertEquals(driver.memory.used, 0);
  await driven.write(text("x".repeat(12_000)));
  assertEquals(driver.memory.used, 65_536);
});

/** Notes how large the buffer is that a socket is read into. */
function watchReads(socket: Socket): { size: number } {
  const read = socket.read.bind(socket);
  const last = { size: 0 };
  socket.read = (buffer) => {
    last.size = buffer.length;
    return read(buffer);
  };
  return last;
}

Deno.test("SocketConnection waits on a small buffer again after the pong to a ping", async () => {
  await using driver = new ConnectionDriver({ pingInterval: 1_000 });
  const driven = driver.open();
  const waitsOn = watchReads(driven.socket);
  await driven.write(text("x".repeat(12_000)));
  assertEquals(waitsOn.size, 65_536);
  await driver.advance(1_000);
  await driven.write(frameTo("server", { opcode: Opcode.Pong, payload: new Uint8Array(0) }));
  assertEquals(waitsOn.size, 128);
});

Deno.test("hostile 142: SocketConnection gives a large read buffer back soon after a flood", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  const waitsOn = watchReads(driven.socket);
  const pong = frameTo("server", { opcode: Opcode.Pong, payload: new Uint8Array(125) });
  await driven.write(...new Array(80).fill(pong));
  assertEquals([waitsOn.size, driver.memory.used], [65_536, 65_536]);
  await driver.advance(4_250);
  const frames = await driven.frames();
  assertEquals(frames.map(({ opcode }) => opcode), [Opcode.Ping]);
  await driven.write(frameTo("server", { opcode: Opcode.Pong, payload: new Uint8Array(0) }));
  assertEquals([waitsOn.size, driver.memory.used], [128, 0]);
  await driver.advance(20_000);
  assertEquals((await driven.frames()).length, 0);
});
