/** Tests of server/net/websocket/connection.ts: what happens where more waits than `maxQueuedBytes`. */

import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers/promises";
import {
  ConnectionDriver,
  type DrivenConnection,
  type DriverOptions,
  settle,
} from "../../../support/connection_driver.ts";
import { closePayload, closeTo } from "../../../support/frames.ts";

/** A connection whose peer reads nothing, and what lets it read. */
async function openStalled(
  driver: ConnectionDriver,
): Promise<{ driven: DrivenConnection; release: () => void }> {
  const driven = driver.open({ capacity: 100 });
  await settle();
  return { driven, release: driven.socket.delay() };
}

/** The lengths of the messages that a peer has received, once nothing waits for it any more. */
async function receivedLengths(driven: DrivenConnection): Promise<number[]> {
  while (driven.connection.bufferedAmount > 0) {
    await settle();
    await setImmediate(); // only so many writes pass in a turn of the loop
  }
  return (await driven.frames()).map(({ payload }) => payload.length);
}

// ----- A peer that does not read -----

Deno.test("hostile 87: SocketConnection closes a peer with 1013 that does not read for slowTimeout", async () => {
  await using driver = new ConnectionDriver({ maxQueuedBytes: 1_000, slowTimeout: 10_000 });
  const { driven, release } = await openStalled(driver);
  const { connection } = driven;
  connection.send("x".repeat(1_200));
  await driver.advance(5_000);
  assertEquals(connection.send("one more"), "sent");
  await driver.advance(10_000);
  assertEquals(connection.state, "open");
  await driver.advance(250);
  assertEquals(driven.closes, [{ code: 1013, reason: "slow consumer", wasClean: false }]);
  assertEquals(connection.send("another"), "dropped");
  release();
  const frames = await driven.frames();
  assertEquals(frames.map((frame) => frame.opcode), [1, 8]); // what waited behind is dropped
  assertEquals(frames[1]!.payload, closePayload(1013, "slow consumer"));
});

Deno.test("hostile 87: SocketConnection closes no peer that nothing more is sent to", async () => {
  await using driver = new ConnectionDriver({ maxQueuedBytes: 1_000, pingInterval: 0 });
  const { driven, release } = await openStalled(driver);
  driven.connection.send("x".repeat(10_000));
  await driver.advance(60_000);
  assertEquals(driven.connection.state, "open");
  release();
  assertEquals(await receivedLengths(driven), [10_000]);
});

Deno.test("hostile 87: SocketConnection.send() drops for a slow consumer where that is the policy", async () => {
  await using driver = new ConnectionDriver({ maxQueuedBytes: 1_000, onQueueFull: "drop" });
  const { driven, release } = await openStalled(driver);
  const { connection } = driven;
  connection.send("x".repeat(1_200));
  assertEquals(connection.send("a"), "sent");
  await driver.advance(500);
  assertEquals(["b", "c"].map((text) => connection.send(text)), ["dropped", "dropped"]);
  await driver.advance(15_000);
  assertEquals([driver.dropped, connection.state], [2, "open"]);
  release();
  await settle();
  assertEquals(connection.send("d"), "sent");
  assertEquals(await driven.texts(), ["x".repeat(1_200), "a", "d"]);
});

Deno.test("hostile 87: a queue that has dropped takes no more than maxQueuedBytes until it is empty", async () => {
  await using driver = new ConnectionDriver({ maxQueuedBytes: 1_000, onQueueFull: "drop" });
  const { driven, release } = await openStalled(driver);
  const { connection } = driven;
  for (let n = 0; n < 20; n++) connection.send("x".repeat(100));
  await driver.advance(500);
  let hold = release;
  while (connection.bufferedAmount > 0) {
    hold();
    hold = driven.socket.delay();
    await settle();
    while (connection.bufferedAmount <= 900) connection.send("x".repeat(100));
    if (connection.bufferedAmount > 1_000) assertEquals(connection.send("y"), "dropped");
    if (driver.dropped > 10) break;
  }
  hold();
  assert(driver.dropped > 10);
});

Deno.test("hostile 87: a broadcast reaches the others at once when one member does not read", async () => {
  await using driver = new ConnectionDriver({
    maxQueuedBytes: 10_000,
    slowTimeout: 10_000,
    pingInterval: 0,
  });
  const [slow, ...others] = [1, 2, 3].map(() => driver.open({ capacity: 5_000 }));
  await settle();
  slow!.socket.delay();
  const sent: string[] = [];
  for (let n = 0; n < 50; n++) {
    const message = slow!.connection.prepare(`${n} `.padEnd(1_000, "x"));
    sent.push(String(message.data));
    for (const { connection } of [slow!, ...others]) connection.send(message);
    await driver.advance(500);
    assert(slow!.connection.bufferedAmount < 35_000);
  }
  for (const other of others) assertEquals(await other.texts(), sent);
  assertEquals(slow!.closes.map((close) => close.code), [1013]);
});

// ----- A peer that reads -----

for (const onQueueFull of ["close", "drop"] as const) {
  Deno.test(`hostile 134: one handler sends 40 times 64 KiB to a peer that reads, ${onQueueFull}`, async () => {
    await using driver = new ConnectionDriver({ onQueueFull });
    const results = new Set<string>();
    const driven = driver.open({
      handler(connection) {
        for (let n = 0; n < 40; n++) results.add(connection.send(new Uint8Array(65_536)));
      },
    });
    assertEquals(await receivedLengths(driven), Array.from({ length: 40 }, () => 65_536));
    assertEquals([results, driver.dropped, driven.closes], [new Set(["queued"]), 0, []]);
  });

  Deno.test(`hostile 134: a long message and a short one in a turn reach a peer that reads, ${onQueueFull}`, async () => {
    await using driver = new ConnectionDriver({ maxQueuedBytes: 10_000, onQueueFull });
    const driven = driver.open();
    const long = new Uint8Array(1_000_000);
    assertEquals(driven.connection.send(long), "queued");
    assertEquals(driven.connection.send("and a word"), "queued");
    assertEquals(await receivedLengths(driven), [long.length, 10]);
  });
}

Deno.test("hostile 134: 20 guests who send all that they may in a turn throw nobody out of a room", async () => {
  await using driver = new ConnectionDriver();
  const members = Array.from({ length: 20 }, () => driver.open({ capacity: 64 * 1024 }));
  await settle();
  const text = "€".repeat(4_000);
  for (let n = 0; n < 20 * 19; n++) {
    const message = members[0]!.connection.prepare(`${n} ${text}`);
    for (const { connection } of members) assert(connection.send(message) !== "dropped");
  }
  assertEquals(
    members.map(({ connection }) => connection.bufferedAmount > 4_500_000).includes(false),
    false,
  );
  for (const member of members) {
    const lengths = await receivedLengths(member);
    assertEquals([lengths.length, member.closes], [380, []]);
  }
});

Deno.test("hostile 134: a peer that reads slowly, but reads, is not closed below the bound", async () => {
  await using driver = new ConnectionDriver({
    maxQueuedBytes: 1_000,
    slowTimeout: 10_000,
    pingInterval: 0,
  });
  const { driven, release } = await openStalled(driver);
  let hold = release;
  driven.connection.send("x".repeat(5_000));
  for (let n = 0; n < 30; n++) {
    assertEquals(driven.connection.send("x".repeat(100)), "sent");
    hold();
    await Promise.resolve();
    hold = driven.socket.delay();
    await driver.advance(9_000);
  }
  assertEquals(driven.connection.state, "open");
  hold();
});

// ----- The bound -----

/** Sends to a peer without letting it read until the queue takes no more. */
async function fill(options: DriverOptions, send: (driven: DrivenConnection) => string) {
  const driver = new ConnectionDriver(options);
  const { driven, release } = await openStalled(driver);
  let most = 0;
  while (send(driven) !== "dropped") most = Math.max(most, driven.connection.bufferedAmount);
  return { driver, driven, release, most };
}

Deno.test("hostile 134: no more than 17 times maxQueuedBytes wait for a peer", async () => {
  const text = "x".repeat(98);
  const ways: Record<string, (driven: DrivenConnection) => string> = {
    own: ({ connection }) => connection.send(text),
    shared: ({ connection }) => connection.send(connection.prepare(text)),
  };
  for (const [name, send] of Object.entries(ways)) {
    for (const onQueueFull of ["close", "drop"] as const) {
      const { driver, driven, release, most } = await fill(
        { maxQueuedBytes: 1_000, onQueueFull },
        send,
      );
      assert(most > 17_000 && most <= 17_300, `${name}, ${onQueueFull}: ${most} bytes`);
      assertEquals(driver.dropped, 1);
      assertEquals(driven.connection.state, onQueueFull === "close" ? "closed" : "open");
      release();
      await driver[Symbol.asyncDispose]();
    }
  }
});

Deno.test("hostile 134: what waits for a peer that is closed as slow is dropped at once", async () => {
  await using driver = new ConnectionDriver({ maxQueuedBytes: 1_000 });
  const { driven, release } = await openStalled(driver);
  const { connection } = driven;
  connection.send("x".repeat(500));
  await settle(); // it is being written
  while (connection.send(connection.prepare("y".repeat(400))) !== "dropped");
  assert(connection.bufferedAmount < 500 + 30, `${connection.bufferedAmount} bytes`);
  release();
  const frames = await driven.frames();
  assertEquals(frames.map(({ payload }) => payload.length), [500, 2 + "slow consumer".length]);
});

Deno.test("hostile 134: a peer that is closed as slow before its 101 was written gets it, and all", async () => {
  await using driver = new ConnectionDriver({ maxQueuedBytes: 1_000 });
  const driven = driver.open({
    handler(connection) {
      while (connection.send("x".repeat(500)) !== "dropped");
    },
  });
  const frames = await driven.frames();
  assertEquals(frames.at(-1)!.payload, closePayload(1013, "slow consumer"));
  assertEquals(frames.length, 35);
});

// ----- The memory of all connections -----

Deno.test("hostile 141: what waits for peers counts against memoryBudget, shared frames once", async () => {
  await using driver = new ConnectionDriver({ memoryBudget: 150_000, highWaterMark: 1_000 });
  const opened = [];
  for (let n = 0; n < 3; n++) opened.push((await openStalled(driver)).driven);
  const message = opened[0]!.connection.prepare("x".repeat(60_000));
  for (const { connection } of opened) connection.send(message);
  await settle();
  assertEquals([driver.memory.used, opened.flatMap(({ closes }) => closes)], [60_004, []]);
  for (const { connection } of opened.slice(0, 2)) connection.send("x".repeat(40_000));
  await driver.advance(1_000);
  assert(driver.memory.used >= 140_000, `${driver.memory.used} bytes`);
  opened[2]!.connection.send("x".repeat(40_000));
  await settle();
  assertEquals(opened.map(({ closes }) => closes.map(({ code }) => code)), [[1013], [], []]);
  assertEquals(opened[0]!.socket.isClosed, true);
});

Deno.test("hostile 141: those who do not read answer for the frames that they share", async () => {
  await using driver = new ConnectionDriver({ memoryBudget: 100_000, highWaterMark: 1_000 });
  const readers = Array.from({ length: 3 }, () => driver.open());
  const opened = [];
  for (let n = 0; n < 3; n++) opened.push((await openStalled(driver)).driven);
  const message = opened[0]!.connection.prepare("x".repeat(60_000));
  for (const { connection } of [...readers, ...opened]) connection.send(message);
  await driver.advance(1_000);
  assertEquals(driver.memory.used, 60_004);
  const next = opened[0]!.connection.prepare("y".repeat(60_000));
  for (const { connection } of [...readers, ...opened]) connection.send(next);
  await settle();
  assertEquals(readers.flatMap(({ closes }) => closes), []);
  assertEquals(opened.map(({ closes }) => closes.map(({ code }) => code)), [[1013], [1013], [
    1013,
  ]]);
  assertEquals(driver.memory.used, 0);
});

Deno.test("hostile 134: what waits for a peer that was sent a Close counts until the socket is closed", async () => {
  await using driver = new ConnectionDriver({ memoryBudget: 100_000, highWaterMark: 1_000 });
  const { driven } = await openStalled(driver);
  driven.connection.send("x".repeat(40_000));
  await settle();
  await driven.write(closeTo("server", 1000));
  assertEquals(driven.closes.map(({ code }) => code), [1000]);
  assert(driver.memory.used >= 39_000, `${driver.memory.used} bytes`);
  await driver.advance(10_000);
  assertEquals([driven.socket.isClosed, driver.memory.used], [true, 0]);
});
