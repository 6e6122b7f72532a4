/** Tests of server/net/websocket/connection_reader.ts: what arrives while a handler takes long. */

import { assertEquals } from "@std/assert";
import { Opcode } from "../../../../protocol/opcode.ts";
import type { Connection } from "../../../../server/types.ts";
import { concat, utf8 } from "../../../support/bytes.ts";
import { ConnectionDriver, settle } from "../../../support/connection_driver.ts";
import { closeTo, frameTo, messageTo } from "../../../support/frames.ts";

const text = (text: string) => messageTo("server", text);
const ping = (text: string) => frameTo("server", { opcode: Opcode.Ping, payload: utf8(text) });

/** A handler whose messages wait, each until it is released. */
class SlowHandler {
  readonly calls: unknown[] = [];
  #release: () => void = () => {};
  readonly handle = (connection: Connection): void => {
    connection.on("message", (data) => {
      this.calls.push(data);
      return new Promise<void>((resolve) => this.#release = resolve);
    });
    connection.on("waiting", () => void connection.send("busy"));
  };

  async release(): Promise<void> {
    this.#release();
    await settle();
  }
}

Deno.test("hostile 182: pings are answered while a handler is slow, in the same read and later, once each", async () => {
  await using driver = new ConnectionDriver();
  const slow = new SlowHandler();
  const driven = driver.open({ handler: slow.handle });
  await driven.write(text("1"), ping("a"), text("2"));
  assertEquals(await driven.texts(), []);
  await driver.advance(1_250);
  assertEquals(await driven.texts(), ["a"]);
  await driven.write(ping("b"), text("3"));
  assertEquals(await driven.texts(), ["b", "busy"]);
  const frame = ping("c");
  await driven.write(frame.subarray(0, 3));
  await driven.write(frame.subarray(3));
  assertEquals((await driven.texts()).filter((text) => text !== "busy"), ["c"]);
  assertEquals(slow.calls, ["1"]);
  for (const calls of [["1", "2"], ["1", "2", "3"], ["1", "2", "3"]]) {
    await slow.release();
    assertEquals(slow.calls, calls);
  }
  assertEquals(await driven.texts(), []);
  const pings = driven.events.filter(([name]) => name === "ping").map(([, data]) => data);
  assertEquals(pings, [utf8("a"), utf8("b"), utf8("c")]);
  await driven.write(ping("d"));
  assertEquals(await driven.texts(), ["d"]);
});

Deno.test("hostile 182: a second slow handler within what was read ahead answers nothing twice", async () => {
  await using driver = new ConnectionDriver();
  const slow = new SlowHandler();
  const driven = driver.open({ handler: slow.handle });
  await driven.write(text("1"));
  await driver.advance(1_250);
  await driven.write(text("2"), ping("a"), text("3"), ping("b"));
  assertEquals(await driven.texts(), ["a", "b", "busy"]);
  await slow.release();
  await driver.advance(1_250);
  await driven.write(ping("c"));
  assertEquals(await driven.texts(), ["c", "busy"]);
  await slow.release();
  await slow.release();
  assertEquals([slow.calls, await driven.texts()], [["1", "2", "3"], []]);
});

Deno.test("hostile 182: Close and the end of the stream wait for the handlers of what came before", async () => {
  for (const withClose of [true, false]) {
    await using driver = new ConnectionDriver();
    const slow = new SlowHandler();
    const driven = driver.open({ handler: slow.handle });
    await driven.write(text("1"));
    await driver.advance(1_250);
    await driven.write(text("2"), ...withClose ? [closeTo("server", 1000)] : []);
    await driven.peer.closeWrite();
    await settle();
    await slow.release();
    assertEquals([slow.calls, driven.closes], [["1", "2"], []]);
    await slow.release();
    assertEquals(driven.closes.map(({ code }) => code), [withClose ? 1000 : 1006]);
  }
});

Deno.test("hostile 182: no more than 64 KiB and a read are taken ahead of a handler, and count", async () => {
  await using driver = new ConnectionDriver();
  const slow = new SlowHandler();
  const driven = driver.open({ handler: slow.handle, capacity: 2 ** 20 });
  await driven.write(text("1"));
  await driver.advance(1_250);
  const many = concat(Array.from({ length: 200 }, () => text("x".repeat(1_000))));
  await driven.write(many);
  assertEquals(driver.memory.used > 60_000 && driver.memory.used < 80_000, true);
  for (let handled = 0; slow.calls.length > handled;) {
    handled = slow.calls.length;
    await slow.release();
  }
  assertEquals(slow.calls.length, 201);
});

const bytes = (...bytes: number[]) => messageTo("server", Uint8Array.from(bytes));

Deno.test("a message that is lent stays as it is until the handler's promise settles, and no longer", async () => {
  await using driver = new ConnectionDriver({ binary: "lent-checked" });
  const slow = new SlowHandler();
  const protocol = { binary: "lent-checked" } as const;
  const driven = driver.open({ handler: slow.handle, protocol });
  await driven.write(bytes(1, 2), bytes(3, 4));
  await driver.advance(1_250); // what comes now is read ahead
  await driven.write(bytes(5, 6));
  for (const message of [[1, 2], [3, 4], [5, 6]]) {
    const view = slow.calls.at(-1) as Uint8Array;
    assertEquals([...view], message);
    await slow.release();
    assertEquals([...view], [0xdd, 0xdd]);
  }
});

Deno.test("hostile 391: a peer that goes while a handler holds a lent message: its bytes are not read over", async () => {
  await using driver = new ConnectionDriver({ binary: "lent" });
  const protocol = { binary: "lent" } as const;
  const slow = new SlowHandler();
  const first = driver.open({ handler: slow.handle, protocol });
  await first.write(bytes(1, 2, 3));
  const held = slow.calls[0] as Uint8Array;
  first.connection.terminate();
  await first.ended;
  for (let i = 0; i < 100; i++) {
    const other = driver.open({ protocol });
    await other.write(bytes(9, 9, 9, 9, 9, 9));
    other.connection.terminate();
    await other.ended;
  }
  assertEquals([...held], [1, 2, 3]);
  await slow.release();
});
