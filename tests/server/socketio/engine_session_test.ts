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
class Voyage {
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
  const voyage = new Voyage();
  for (let pings = 1; pings <= 5; pings++) {
    voyage.clock.pass(25_250);
    assertEquals(voyage.transport.sent.length, pings);
    voyage.clock.pass(19_000);
    voyage.pong();
  }
  assertEquals([voyage.transport.sent.at(-1), voyage.session.isOpen], ["2", true]);
});

Deno.test("EngineSession ends where a pong is missing, once", () => {
  const voyage = new Voyage();
  voyage.clock.pass(45_500);
  assertEquals(voyage.trace, ["ping timeout"]);
  assertEquals(voyage.transport.sent, ["2", "ping timeout"]);
  assertEquals([voyage.forgotten, voyage.deadlines.size, voyage.clock.size], [1, 0, 0]);
  voyage.clock.pass(100_000);
  assertEquals(voyage.trace, ["ping timeout"]);
  assertEquals(voyage.session.send(new EngineMessage("late")), "dropped");
});

Deno.test("EngineSession.checkAlive() knows to the millisecond that a pong is missing", () => {
  const voyage = new Voyage();
  voyage.clock.pass(25_250);
  voyage.clock.pass(19_749);
  voyage.session.checkAlive();
  assertEquals(voyage.trace, []);
  voyage.clock.pass(1);
  voyage.session.checkAlive();
  assertEquals(voyage.trace, ["ping timeout"]);
});

Deno.test("EngineSession takes no pong for one that was not asked for", () => {
  const voyage = new Voyage();
  voyage.clock.pass(24_000);
  voyage.pong();
  voyage.clock.pass(1_250);
  assertEquals(voyage.transport.sent, ["2"]);
});

Deno.test("hostile 247: EngineSession holds no missing pong against a client that it holds back", async () => {
  const handled = Promise.withResolvers<void>();
  const voyage = new Voyage(() => handled.promise);
  const held = voyage.session.receive({ type: "message", data: "a" });
  voyage.clock.pass(25_250);
  voyage.clock.pass(60_000);
  voyage.session.checkAlive();
  assertEquals([voyage.transport.sent, voyage.trace], [["2"], []]);
  handled.resolve();
  await held;
  voyage.pong();
  voyage.clock.pass(24_000);
  assertEquals(voyage.trace, []);
});

Deno.test("hostile 247: EngineSession has no excuse for a client that is not held back any more", async () => {
  const handled = Promise.withResolvers<void>();
  const voyage = new Voyage(() => handled.promise);
  const held = voyage.session.receive({ type: "message", data: "a" });
  voyage.clock.pass(85_000);
  handled.resolve();
  await held;
  voyage.clock.pass(3_000);
  assertEquals(voyage.trace, ["ping timeout"]);
});

Deno.test("EngineSession sends no ping while an upgrade is tried, but right behind it", () => {
  const voyage = new Voyage();
  voyage.session.setUpgrade({ cancel() {} });
  voyage.clock.pass(30_000);
  assertEquals(voyage.transport.sent, []);
  voyage.session.setUpgrade(undefined);
  voyage.clock.pass(250);
  assertEquals(voyage.transport.sent, ["2"]);
  voyage.pong();
  voyage.clock.pass(1_000);
  assertEquals(voyage.trace, []);
});

Deno.test("EngineSession.upgrade() goes on by another transport, and cancels nothing", () => {
  const voyage = new Voyage();
  const other = new RecordingTransport();
  let cancelled = 0;
  voyage.session.setUpgrade({ cancel: () => void cancelled++ });
  voyage.session.upgrade(other);
  voyage.session.send(new EngineMessage("a"));
  voyage.clock.pass(25_250);
  assertEquals([other.sent, voyage.transport.sent, cancelled], [["4a", "2"], [], 0]);
});

Deno.test("EngineSession.end() gives up an upgrade that is tried", () => {
  const voyage = new Voyage();
  let cancelled = 0;
  voyage.session.setUpgrade({ cancel: () => void cancelled++ });
  voyage.session.close();
  assertEquals([cancelled, voyage.trace], [1, ["forced close"]]);
});

Deno.test("EngineSession.close() waits for a client to fetch its end, but not for ever", () => {
  const voyage = new Voyage();
  voyage.transport.isAwaited = true;
  voyage.session.close();
  voyage.session.close();
  voyage.clock.pass(19_000);
  assertEquals([voyage.trace, voyage.forgotten], [["forced close"], 0]);
  voyage.clock.pass(1_250);
  assertEquals([voyage.forgotten, voyage.deadlines.size], [1, 0]);
});

for (const type of ["open", "ping", "upgrade"] as const) {
  Deno.test(`hostile 244: EngineSession ends with a parse error at ${type} of a client`, () => {
    const voyage = new Voyage();
    voyage.session.receive({ type, data: "" });
    voyage.session.receive({ type: "message", data: "late" });
    assertEquals(voyage.trace, ["parse error"]);
  });
}

Deno.test("EngineSession.receive() tells messages, ignores noop, and ends at close", () => {
  const voyage = new Voyage();
  voyage.session.receive({ type: "message", data: "a" });
  voyage.session.receive({ type: "noop", data: "" });
  voyage.session.receive({ type: "close", data: "" });
  assertEquals(voyage.trace, ["a", "transport close"]);
  const { sid, entry } = voyage.session;
  assertEquals([sid, entry.remoteAddress, entry.data], ["s", "192.0.2.1", 5]);
});
