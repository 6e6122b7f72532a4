/** Tests of server/socketio/engine_session.ts. */

import { assertEquals } from "@std/assert";
import { Deadlines } from "../../../server/deadlines.ts";
import { EngineMessage } from "../../../server/socketio/engine_packet.ts";
import {
  type EngineEnd,
  EngineSession,
  type EngineTransport,
} from "../../../server/socketio/engine_session.ts";
import { ManualClock } from "../../support/clients.ts";

/** A transport that writes down what it is told. */
class RecordingTransport implements EngineTransport {
  readonly name = "polling";
  readonly sent: unknown[] = [];
  readonly bufferedAmount = 0;
  readonly congested = false;
  readonly writable = true;
  /** Whether the client has yet to fetch its end. */
  isAwaited = false;

  send(message: EngineMessage): "sent" {
    this.sent.push(message.text);
    return "sent";
  }

  sendPacket(packet: string): void {
    this.sent.push(packet);
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  end(reason: EngineEnd): boolean {
    this.sent.push(reason);
    return !this.isAwaited;
  }
}

/** A session in a time of its own. */
class TestSession {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines({ clock: this.clock });
  readonly transport = new RecordingTransport();
  readonly trace: unknown[] = [];
  forgotten = 0;
  readonly session: EngineSession;

  constructor(message: (data: string | Uint8Array) => unknown = (data) => this.trace.push(data)) {
    const { deadlines, clock } = this;
    const context = {
      deadlines,
      now: () => clock.now(),
      pingInterval: 25_000,
      pingTimeout: 20_000,
    };
    const request = new Request("http://localhost/");
    const entry = {
      request,
      remoteAddress: "192.0.2.1",
      protocols: [],
      data: 5,
      admit: () => Promise.reject(new Error("There is no application")),
    };
    const origin = { sid: "s", entry };
    this.session = new EngineSession(origin, () => this.transport, context, () => this.forgotten++);
    this.session.handlers = { message, closed: (reason) => this.trace.push(reason) };
  }

  pong(): void {
    this.session.receive({ type: "pong", data: "" });
  }
}

Deno.test("EngineSession pings again and again as long as pongs come", () => {
  const test = new TestSession();
  for (let pings = 1; pings <= 5; pings++) {
    test.clock.pass(25_250);
    assertEquals(test.transport.sent.length, pings);
    test.clock.pass(19_000);
    test.pong();
  }
  assertEquals([test.transport.sent.at(-1), test.session.isOpen], ["2", true]);
});

Deno.test("EngineSession ends where a pong is missing, once", () => {
  const test = new TestSession();
  test.clock.pass(45_500);
  assertEquals(test.trace, ["ping timeout"]);
  assertEquals(test.transport.sent, ["2", "ping timeout"]);
  assertEquals([test.forgotten, test.deadlines.size, test.clock.size], [1, 0, 0]);
  test.clock.pass(100_000);
  assertEquals(test.trace, ["ping timeout"]);
  assertEquals(test.session.send(new EngineMessage("late")), "dropped");
});

Deno.test("EngineSession.checkAlive() knows to the millisecond that a pong is missing", () => {
  const test = new TestSession();
  test.clock.pass(25_250);
  test.clock.pass(19_749);
  test.session.checkAlive();
  assertEquals(test.trace, []);
  test.clock.pass(1);
  test.session.checkAlive();
  assertEquals(test.trace, ["ping timeout"]);
});

Deno.test("EngineSession takes no pong for one that was not asked for", () => {
  const test = new TestSession();
  test.clock.pass(24_000);
  test.pong();
  test.clock.pass(1_250);
  assertEquals(test.transport.sent, ["2"]);
});

Deno.test("hostile 247: EngineSession holds no missing pong against a client that it holds back", async () => {
  const handled = Promise.withResolvers<void>();
  const test = new TestSession(() => handled.promise);
  const held = test.session.receive({ type: "message", data: "a" });
  test.clock.pass(25_250);
  test.clock.pass(60_000);
  test.session.checkAlive();
  assertEquals([test.transport.sent, test.trace], [["2"], []]);
  handled.resolve();
  await held;
  test.pong();
  test.clock.pass(24_000);
  assertEquals(test.trace, []);
});

Deno.test("hostile 247: EngineSession has no excuse for a client that is not held back any more", async () => {
  const handled = Promise.withResolvers<void>();
  const test = new TestSession(() => handled.promise);
  const held = test.session.receive({ type: "message", data: "a" });
  test.clock.pass(85_000);
  handled.resolve();
  await held;
  test.clock.pass(3_000);
  assertEquals(test.trace, ["ping timeout"]);
});

Deno.test("EngineSession sends no ping while an upgrade is tried, but right behind it", () => {
  const test = new TestSession();
  test.session.setUpgrade({ cancel() {} });
  test.clock.pass(30_000);
  assertEquals(test.transport.sent, []);
  test.session.setUpgrade(undefined);
  test.clock.pass(250);
  assertEquals(test.transport.sent, ["2"]);
  test.pong();
  test.clock.pass(1_000);
  assertEquals(test.trace, []);
});

Deno.test("EngineSession.upgrade() goes on by another transport, and cancels nothing", () => {
  const test = new TestSession();
  const other = new RecordingTransport();
  let cancelled = 0;
  test.session.setUpgrade({ cancel: () => void cancelled++ });
  test.session.upgrade(other);
  test.session.send(new EngineMessage("a"));
  test.clock.pass(25_250);
  assertEquals([other.sent, test.transport.sent, cancelled], [["4a", "2"], [], 0]);
});

Deno.test("EngineSession.end() gives up an upgrade that is tried", () => {
  const test = new TestSession();
  let cancelled = 0;
  test.session.setUpgrade({ cancel: () => void cancelled++ });
  test.session.close();
  assertEquals([cancelled, test.trace], [1, ["forced close"]]);
});

Deno.test("EngineSession.close() waits for a client to fetch its end, but not for ever", () => {
  const test = new TestSession();
  test.transport.isAwaited = true;
  test.session.close();
  test.session.close();
  test.clock.pass(19_000);
  assertEquals([test.trace, test.forgotten], [["forced close"], 0]);
  test.clock.pass(1_250);
  assertEquals([test.forgotten, test.deadlines.size], [1, 0]);
});

for (const type of ["open", "ping", "upgrade"] as const) {
  Deno.test(`hostile 244: EngineSession ends with a parse error at ${type} of a client`, () => {
    const test = new TestSession();
    test.session.receive({ type, data: "" });
    test.session.receive({ type: "message", data: "late" });
    assertEquals(test.trace, ["parse error"]);
  });
}

Deno.test("EngineSession.receive() tells messages, ignores noop, and ends at close", () => {
  const test = new TestSession();
  test.session.receive({ type: "message", data: "a" });
  test.session.receive({ type: "noop", data: "" });
  test.session.receive({ type: "close", data: "" });
  assertEquals(test.trace, ["a", "transport close"]);
  const { sid, entry } = test.session;
  assertEquals([sid, entry.remoteAddress, entry.data], ["s", "192.0.2.1", 5]);
});
