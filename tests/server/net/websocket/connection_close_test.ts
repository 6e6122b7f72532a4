/** Tests of server/net/websocket/connection.ts: every way in which a connection ends, with one close event. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Opcode } from "../../../../protocol/opcode.ts";
import { concat, utf8 } from "../../../support/bytes.ts";
import {
  ConnectionDriver,
  type DrivenConnection,
  settle,
} from "../../../support/connection_driver.ts";
import { closePayload, closeTo, frameTo, messageTo } from "../../../support/frames.ts";

const late = concat([
  messageTo("server", "late"),
  frameTo("server", { opcode: Opcode.Ping, payload: utf8("late") }),
  frameTo("server", { opcode: Opcode.Pong, payload: utf8("late") }),
  closeTo("server", 4000, "late"),
]);

/** The one close event, after which there was nothing. */
function assertClosed(driven: DrivenConnection, code: number, reason = "", wasClean = false): void {
  assertEquals(driven.closes, [{ code, reason, wasClean }]);
  assertEquals(driven.events.at(-1)![0], "close");
  assertEquals(driven.connection.state, "closed");
}

/** The server has ended TCP, and the peer has seen it after all that was sent. */
async function assertSocketEnds(driven: DrivenConnection): Promise<void> {
  await driven.peerSawReset;
  driven.peer.close();
  await driven.ended;
  await settle();
  assertEquals(driven.socket.isClosed, true);
}

/** Payloads of the Close frames that the peer has received; nothing may follow them. */
async function closeFrames(driven: DrivenConnection): Promise<Uint8Array[]> {
  const frames = await driven.frames();
  const closes = frames.filter((frame) => frame.opcode === Opcode.Close);
  assertEquals(frames.slice(frames.length - closes.length), closes);
  return closes.map((frame) => frame.payload);
}

Deno.test("SocketConnection answers the peer's Close, and ends TCP first", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  await driven.write(messageTo("server", "last"), closeTo("server", 4001, "bye"));
  assertEquals(driven.messages, ["last"]);
  assertClosed(driven, 4001, "bye", true);
  assertEquals(await closeFrames(driven), [closePayload(4001)]);
  assertEquals(await driven.peerSawReset, false); // without the peer ending its side
  assertEquals(driven.socket.isClosed, false); // what the peer still sends is no reason for a reset
  driven.peer.close();
  await driven.ended;
  assertEquals(driven.socket.isClosed, true);
});

Deno.test("SocketConnection.close() ends TCP as soon as the peer has answered", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  driven.connection.send("last");
  driven.connection.close(4002, "enough");
  assertEquals(driven.connection.state, "closing");
  assertEquals((await driven.frames()).map((frame) => frame.opcode), [1, 8]);
  assertEquals(driven.closes, []);
  await driven.write(messageTo("server", "crossing"), closeTo("server", 4002, "enough"));
  assertEquals(driven.messages, []);
  assertClosed(driven, 4002, "enough", true);
  await assertSocketEnds(driven); // no time has passed
});

Deno.test("hostile 70: both sides close at once", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  const bytes = closeTo("server", 4001, "peer");
  await driven.peer.write(bytes.subarray(0, 4));
  driven.connection.close(4002, "server");
  await driven.write(bytes.subarray(4));
  assertClosed(driven, 4001, "peer", true);
  assertEquals(await closeFrames(driven), [closePayload(4002, "server")]);
  await assertSocketEnds(driven);
});

Deno.test("hostile 69: what comes after Close is ignored", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  await driven.write(closeTo("server", 1000), late);
  await driven.write(late);
  assertClosed(driven, 1000, "", true);
  assertEquals((await driven.frames()).length, 1);
  await assertSocketEnds(driven);
});

Deno.test("hostile 71: a peer that never answers our Close is cut off at the close timeout", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  driven.connection.close(1000);
  await driver.advance(9_750);
  assertEquals([driven.closes, driven.socket.isClosed], [[], false]);
  await driver.advance(250);
  assertClosed(driven, 1006);
  assertEquals(driven.socket.isClosed, true);
});

Deno.test("hostile 71: neither further calls of close nor traffic move the close timeout", async () => {
  await using driver = new ConnectionDriver({ pingInterval: 5_000 });
  const driven = driver.open();
  driven.connection.close(1000);
  for (let n = 0; n < 5; n++) {
    await driver.advance(1_900);
    driven.connection.close(1001);
    driven.connection.ping();
    await driven.write(late.subarray(0, 5));
    await driven.write(late.subarray(5, -closeTo("server", 4000, "late").length));
  }
  assertEquals(driven.socket.isClosed, false);
  await driver.advance(500);
  assertClosed(driven, 1006);
  assertEquals(driven.socket.isClosed, true);
});

Deno.test("hostile 71: an unfinished message after our Close does not hasten the end", async () => {
  await using driver = new ConnectionDriver({ pingInterval: 1_000 });
  const driven = driver.open();
  driven.connection.close(1000);
  await driver.advance(2_000);
  await driven.write(messageTo("server", "late").subarray(0, 3));
  await driver.advance(7_750);
  assertEquals(driven.socket.isClosed, false);
  await driven.write(messageTo("server", "late").subarray(3), closeTo("server", 1000));
  assertClosed(driven, 1000, "", true);
});

Deno.test("hostile 72: a peer that keeps TCP open after its Close is cut off soon", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  await driven.write(closeTo("server", 1000));
  assertEquals(await driven.peerSawReset, false);
  for (let n = 0; n < 7; n++) {
    await driver.advance(250);
    await driven.write(late);
  }
  assertEquals(driven.socket.isClosed, false);
  await driver.advance(500);
  assertEquals(driven.socket.isClosed, true);
  assertClosed(driven, 1000, "", true);
});

Deno.test("hostile 73: close() refuses codes and reasons that may not be sent, and stays open", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  const { connection } = driven;
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535, 1000.5, NaN]) {
    assertThrows(() => connection.close(code), RangeError);
  }
  assertThrows(() => connection.close(1000, "x".repeat(124)), RangeError);
  assertThrows(() => connection.close(1000, "é".repeat(62)), RangeError);
  assertThrows(() => connection.close(1000, "\ud800"), TypeError);
  assertThrows(() => connection.close(undefined, "why"), TypeError);
  assertThrows(() => connection.close(1000, new Float32Array(2) as unknown as string), TypeError);
  assertEquals(connection.state, "open");
  connection.close(1000, "é".repeat(61));
  assertEquals(await closeFrames(driven), [closePayload(1000, "é".repeat(61))]);
});

Deno.test("hostile 74: close() twice sends the first Close only", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  driven.connection.close(4001, "first");
  driven.connection.close(4002, "second");
  assertThrows(() => driven.connection.close(1), RangeError);
  assertEquals(await closeFrames(driven), [closePayload(4001, "first")]);
  await driven.write(closeTo("server", 4001));
  driven.connection.close(4003, "third");
  assertEquals(await closeFrames(driven), []);
  assertClosed(driven, 4001, "", true);
});

Deno.test("hostile 74: close() inside any handler, and what is sent after it", async () => {
  for (const name of ["open", "message", "ping", "pong", "drain"] as const) {
    await using driver = new ConnectionDriver({ highWaterMark: 60 });
    const results: unknown[] = [];
    const driven = driver.open({
      handler(connection) {
        const close = (): void => {
          results.push(connection.send("before"));
          connection.close(1000);
          results.push(connection.send("after"), connection.state);
          connection.ping();
          connection.close(1001);
        };
        if (name === "open") close();
        else connection.on(name, close);
        if (name === "drain") connection.send("x".repeat(100));
      },
    });
    await driven.write(late.subarray(0, -closeTo("server", 4000, "late").length));
    await driven.write(closeTo("server", 1000));
    assertEquals(results, ["sent", "dropped", "closing"], name);
    assertEquals(driven.closes, [{ code: 1000, reason: "", wasClean: true }], name);
    const opcodes = (await driven.frames()).map((frame) => frame.opcode);
    assertEquals(opcodes.slice(-2), [Opcode.Text, Opcode.Close], name);
  }
});

Deno.test("hostile 74: calls in the close handler change nothing", async () => {
  await using driver = new ConnectionDriver();
  const results: unknown[] = [];
  const driven = driver.open({
    handler: (connection) =>
      void connection.on("close", () => {
        results.push(connection.state, connection.send("late"));
        connection.close(1000);
        connection.ping();
        connection.terminate();
      }),
  });
  await driven.write(closeTo("server", 1000));
  assertEquals(results, ["closed", "dropped"]);
  assertClosed(driven, 1000, "", true);
  await driven.ended;
});

Deno.test("hostile 75: the end of the stream without Close is 1006, once", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  driven.peer.close();
  await driven.ended;
  assertClosed(driven, 1006);
  assertEquals(driven.socket.isClosed, true);
});

Deno.test("hostile 65: the end of the stream inside a frame is 1006, without a message", async () => {
  await using driver = new ConnectionDriver();
  for (const size of [1, 2, 5, 8]) {
    const driven = driver.open().noteMessages();
    await driven.write(messageTo("server", "hello").subarray(0, size));
    driven.peer.close();
    await driven.ended;
    assertClosed(driven, 1006);
    assertEquals(driven.messages, []);
  }
});

Deno.test("hostile 75: a half-closed peer still gets all that was sent", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ capacity: 50 });
  await settle();
  const release = driven.socket.delay();
  driven.connection.send("x".repeat(200));
  await settle();
  await driven.peer.closeWrite();
  await settle();
  assertClosed(driven, 1006);
  assertEquals(driven.socket.isClosed, false);
  release();
  assertEquals(await driven.texts(), ["x".repeat(200)]);
  await driven.ended;
  assertEquals(driven.socket.isClosed, true);
});

Deno.test("hostile 76: a reset in any state is one close event, and frees everything", async () => {
  const states: Record<string, (driven: DrivenConnection) => Promise<void>> = {
    open: () => settle(),
    async "in a message"(driven) {
      await driven.write(messageTo("server", "hello").subarray(0, 8));
    },
    async closing(driven) {
      driven.connection.close(1000);
      await settle();
    },
    async "half-closed"(driven) {
      await driven.peer.closeWrite();
    },
    async writing(driven) {
      driven.socket.delay();
      driven.connection.send("x".repeat(10_000));
      await settle();
      assert(driven.connection.bufferedAmount > 0);
    },
    async "in a handler"(driven) {
      driven.connection.on("message", () => settle());
      await driven.peer.write(messageTo("server", "hello"));
    },
  };
  for (const [name, enter] of Object.entries(states)) {
    await using driver = new ConnectionDriver();
    const driven = driver.open({ capacity: 1_000 });
    await settle();
    await enter(driven);
    driven.peer.cut();
    await driven.ended;
    await settle();
    assertEquals(driven.closes, [{ code: 1006, reason: "", wasClean: false }], name);
    assertEquals(driven.socket.isClosed, true, name);
  }
});

Deno.test("hostile 76: a reset after the closing handshake changes nothing", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  await driven.write(closeTo("server", 1000));
  driven.peer.cut();
  await driven.ended;
  assertClosed(driven, 1000, "", true);
  assertEquals(driven.socket.isClosed, true);
});

Deno.test("SocketConnection.terminate() ends everything at once", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  await driven.peer.write(late);
  driven.connection.terminate();
  assertEquals([driven.connection.state, driven.socket.isClosed], ["closed", true]);
  driven.connection.terminate();
  await driven.ended;
  assertClosed(driven, 1006);
});

Deno.test("SocketConnection.terminate() inside a handler stops the messages of the same read", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({
    handler: (connection) => void connection.on("message", () => connection.terminate()),
  }).noteMessages();
  await driven.write(messageTo("server", "a"), messageTo("server", "b"));
  assertEquals(driven.messages, []); // not even for the handler that comes second
  assertClosed(driven, 1006);
  await driven.ended;
});

Deno.test("SocketConnection.terminate() while a write is pending lets go of all who wait", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ capacity: 50 });
  await settle();
  driven.socket.delay();
  driven.connection.send("x".repeat(200));
  await settle();
  const drained = driven.connection.drained();
  driven.connection.terminate();
  await drained;
  await driven.connection.drained();
  await driven.ended;
  assertClosed(driven, 1006);
});

Deno.test("SocketConnection.terminate() ends run() also where a handler never settles", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  driven.connection.on("message", () => new Promise(() => {}));
  await driven.write(messageTo("server", "a"), messageTo("server", "b"));
  driven.connection.terminate();
  await driven.ended;
  assertEquals(driven.messages, ["a"]);
  assertClosed(driven, 1006);
});

Deno.test("hostile 40: a broken rule is answered with Close, and explained to the application", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open().noteMessages();
  await driven.write(messageTo("server", "fine"), messageTo("client", "bare"), late);
  assertClosed(driven, 1002, "Frame is not masked");
  assertEquals(driven.messages, ["fine"]);
  assertEquals(await closeFrames(driven), [closePayload(1002, "Frame is not masked")]);
  await assertSocketEnds(driven);
});

Deno.test("SocketConnection ends TCP also where a rule is broken after our Close", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open();
  driven.connection.close(1000);
  await driven.write(messageTo("client", "bare"));
  assertClosed(driven, 1002, "Frame is not masked");
  assertEquals(await closeFrames(driven), [closePayload(1000)]);
  await assertSocketEnds(driven);
});

Deno.test("hostile 88: a peer that does not read its Close is cut off at the close timeout", async () => {
  await using driver = new ConnectionDriver();
  const driven = driver.open({ capacity: 50 });
  await settle();
  driven.socket.delay();
  driven.connection.send("x".repeat(200));
  await driven.write(closeTo("server", 1000));
  assertClosed(driven, 1000, "", true);
  await driver.advance(9_750);
  assertEquals(driven.socket.isClosed, false);
  await driver.advance(250);
  assertEquals(driven.socket.isClosed, true);
  await driven.ended;
});

Deno.test("SocketConnection sends no drain after close", async () => {
  await using driver = new ConnectionDriver({ highWaterMark: 60 });
  const driven = driver.open({ capacity: 50 });
  await settle();
  const release = driven.socket.delay();
  driven.connection.send("x".repeat(200));
  await settle();
  await driven.write(closeTo("server", 1000));
  release();
  assertEquals((await driven.frames()).map((frame) => frame.opcode), [1, 8]);
  assertEquals(driven.events.map(([name]) => name), ["close"]);
});
