/** Tests of server/net/websocket/connection.ts: peers that send more than anybody needs. */

import { assert, assertEquals } from "@std/assert";
import { Deflater } from "../../../../protocol/deflate.ts";
import type { DeflateParameters } from "../../../../protocol/deflate_negotiation.ts";
import { Opcode } from "../../../../protocol/opcode.ts";
import { concat, utf8 } from "../../../support/bytes.ts";
import { ConnectionDriver, settle } from "../../../support/connection_driver.ts";
import { frameTo } from "../../../support/frames.ts";

function pings(first: number, last: number): Uint8Array<ArrayBuffer> {
  const frames: Uint8Array[] = [];
  for (let n = first; n <= last; n++) {
    frames.push(frameTo("server", { opcode: Opcode.Ping, payload: utf8(String(n)) }));
  }
  return concat(frames);
}

Deno.test("hostile 85: a peer that pings and reads gets its pongs", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  for (let n = 1; n <= 1_000; n += 10) {
    await driven.write(pings(n, n + 9));
    const expected = Array.from({ length: 10 }, (_, i) => String(n + i));
    assertEquals(await driven.texts(), expected);
  }
});

Deno.test("hostile 85: of many pings in one read, 16 and the newest are answered", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  // A read that fills the first small buffer: the next one goes into a larger.
  const filling = "x".repeat(122);
  await driven.write(frameTo("server", { opcode: Opcode.Ping, payload: utf8(filling) }));
  assertEquals(await driven.texts(), [filling]);
  await driven.write(pings(1, 90));
  const expected = Array.from({ length: 16 }, (_, i) => String(i + 1));
  assertEquals(await driven.texts(), [...expected, "90"]);
  assertEquals(driven.events.length, 91);
});

Deno.test("hostile 85: pings to come during one write do not cut off a peer that reads", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ capacity: 100 });
  await settle();
  const release = driven.socket.delay();
  driven.connection.send("x".repeat(200));
  await settle();
  for (let n = 0; n < 60; n++) await driven.write(pings(n, n));
  assertEquals(driven.connection.state, "open");
  release();
  const expected = Array.from({ length: 16 }, (_, i) => String(i));
  assertEquals(await driven.texts(), ["x".repeat(200), ...expected, "59"]);
});

Deno.test("hostile 85: a peer that pings and does not read is cut off, and costs nothing until then", async () => {
  await using driver = new ConnectionDriver({ maxPendingPongs: 64 });
  const driven = driver.open({ capacity: 500 });
  await settle();
  driven.socket.delay();
  let sent = 0;
  let mostQueued = 0;
  while (driven.connection.state === "open" && sent < 10_000) {
    await driven.write(pings(sent, sent + 9));
    sent += 10;
    mostQueued = Math.max(mostQueued, driven.connection.bufferedAmount);
  }
  assert(sent < 300, `it could send ${sent} pings`);
  assert(mostQueued < 600, `it could make us queue ${mostQueued} bytes`);
  assertEquals(driven.closes, [{ code: 1006, reason: "", wasClean: false }]);
  assertEquals(driven.socket.isClosed, true);
  await driven.ended;
});

Deno.test("hostile 86: a flood of pongs that nobody asked for costs nothing", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ capacity: 100_000 });
  await settle();
  const { writes } = driven.socket;
  const pong = frameTo("server", { opcode: Opcode.Pong, payload: new Uint8Array(125) });
  const many = concat(new Array(500).fill(pong));
  for (let round = 0; round < 20; round++) await driven.write(many);
  assertEquals(driven.connection.state, "open");
  assertEquals([driven.socket.writes, driven.connection.bufferedAmount], [writes, 0]);
  assertEquals(driver.memory.used, 65_536); // the read buffer
  assertEquals(driven.events.length, 10_000);
});

// ----- Compression -----

const deflate: DeflateParameters = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

/** A compressed text message as a client sends it. */
function compressed(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const deflater = new Deflater({ windowBits: 15, noContextTakeover: true });
  const bytes = deflater.compress(payload).slice();
  return frameTo("server", { opcode: Opcode.Text, payload: bytes, rsv1: true });
}

Deno.test("hostile 82: many clients that send small compressed messages share what inflating takes", async () => {
  await using driver = new ConnectionDriver();
  const count = 500;
  const driven = Array.from(
    { length: count },
    () => driver.open({ protocol: { deflate }, capacity: 10_000 }).noteMessages(),
  );
  const message = compressed(utf8("a message ".repeat(30)));
  const before = Deno.memoryUsage().external;
  for (let round = 0; round < 5; round++) {
    for (const { peer } of driven) await peer.write(message);
    await settle();
  }
  // A window and tables of 40 KiB for each of them would be 20 MB.
  const grown = Deno.memoryUsage().external - before;
  assert(grown < 8_000_000, `memory has grown by ${grown} bytes`);
  for (const { messages } of driven) assertEquals(messages.length, 5);
});

Deno.test("hostile 83: a bomb whose sender is gone ends in one close event and no message", async () => {
  await using driver = new ConnectionDriver();
  const bomb = compressed(new Uint8Array(64 * 1024 * 1024).fill(0x61));
  for (const cut of [bomb.length, bomb.length - 1, 5_000]) {
    const driven = driver.open({ protocol: { deflate }, capacity: 1_000_000 }).noteMessages();
    await driven.peer.write(bomb.subarray(0, cut));
    driven.peer.close();
    await driven.ended;
    await settle();
    assertEquals(driven.closes.map((close) => close.code), [1009]);
    assertEquals(driven.messages, []);
  }
  const driven = driver.open({ protocol: { deflate }, capacity: 1_000_000 }).noteMessages();
  await driven.peer.write(bomb);
  driven.peer.cut();
  await driven.ended;
  assertEquals(driven.closes.length, 1);
  assertEquals(driven.messages, []);
  assertEquals(driver.errors, []);
});
