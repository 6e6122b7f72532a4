import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ClientError } from "../../../client/errors.ts";
import { Outbox, type QueueOptions } from "../../../client/line/outbox.ts";
import { rateOf } from "../../../client/transports/token_bucket.ts";
import { ManualClock } from "../../support/clients.ts";

function setUp(options: QueueOptions = {}) {
  const clock = new ManualClock();
  const [delivered, dropped, failed]: [unknown[], unknown[], unknown[]] = [[], [], []];
  const settings = { maxQueue: 3, onQueueFull: "drop-oldest", ...options } as const;
  const outbox = new Outbox(settings, clock, {
    deliver({ data }) {
      if (data === "bad") throw new TypeError("No");
      delivered.push(data);
    },
    failed: ({ data }, error) => failed.push(`${data}: ${error}`),
    dropped: ({ data }) => dropped.push(data),
  });
  const send = (...texts: string[]) => texts.map((data) => outbox.send({ data, ackId: data }));
  return { clock, delivered, dropped, failed, outbox, send };
}

Deno.test("Outbox.send() delivers while there is a connection", () => {
  const { delivered, outbox, send } = setUp();
  assertEquals(send("a"), ["queued"]);
  outbox.open();
  assertEquals(send("b"), ["sent"]);
  outbox.close();
  assertEquals(send("c"), ["queued"]);
  assertEquals([delivered, outbox.size, outbox.isOpen], [["a", "b"], 1, false]);
});

Deno.test("Outbox.send() drops the oldest", () => {
  const { delivered, dropped, outbox, send } = setUp();
  assertEquals(send("a", "b", "c", "d"), ["queued", "queued", "queued", "queued"]);
  outbox.open();
  assertEquals([dropped, delivered], [["a"], ["b", "c", "d"]]);
});

Deno.test("Outbox.send() drops the newest", () => {
  const { delivered, dropped, outbox, send } = setUp({ onQueueFull: "drop-newest" });
  assertEquals(send("a", "b", "c", "d").at(-1), "dropped");
  outbox.open();
  assertEquals([dropped, delivered], [["d"], ["a", "b", "c"]]);
});

Deno.test("Outbox.send() rejects", () => {
  const { delivered, dropped, outbox, send } = setUp({ onQueueFull: "reject" });
  send("a", "b", "c");
  const error = assertThrows(() => send("d"), ClientError, "3 messages wait");
  outbox.open();
  assertEquals([error.code, dropped, delivered], ["QUEUE_FULL", [], ["a", "b", "c"]]);
});

Deno.test("Outbox without a place for anything drops at once", () => {
  const { dropped, send } = setUp({ maxQueue: 0 });
  assertEquals(send("a"), ["dropped"]);
  assertEquals(dropped, ["a"]);
});

Deno.test("Outbox.open() sends some at once, and the others one after the other", () => {
  const { clock, delivered, outbox, send } = setUp({ maxQueue: 9 });
  send("a", "b", "c", "d");
  outbox.open(rateOf(2));
  assertEquals(delivered, ["a", "b"]);
  assertEquals(send("e"), ["queued"]);
  clock.pass(499);
  assertEquals(delivered.length, 2);
  clock.pass(1);
  assertEquals(delivered, ["a", "b", "c"]);
  outbox.close();
  clock.pass(5_000);
  assertEquals([delivered.length, clock.size], [3, 0]);
  outbox.open(rateOf(2));
  clock.pass(5_000);
  assertEquals([delivered, clock.size], [["a", "b", "c", "d", "e"], 0]);
});

Deno.test("Outbox.sendFirst() goes before what waits, beyond the limit, in order", () => {
  const { delivered, outbox, send } = setUp({ maxQueue: 1 });
  send("a");
  outbox.sendFirst({ data: "1" });
  outbox.sendFirst({ data: "2" });
  outbox.open();
  outbox.sendFirst({ data: "3" });
  assertEquals(delivered, ["1", "2", "a", "3"]);
});

Deno.test("Outbox tells what cannot be delivered, and goes on", () => {
  const { delivered, failed, outbox, send } = setUp({ maxQueue: 9 });
  send("a", "bad", "b");
  outbox.sendFirst({ data: "bad" });
  outbox.open();
  assertThrows(() => send("bad"), TypeError, "No");
  send("c");
  assertEquals(delivered, ["a", "b", "c"]);
  assertEquals(failed, ["bad: TypeError: No", "bad: TypeError: No"]);
});

Deno.test("Outbox lets no event be late for good, however fast they come", () => {
  const { clock, delivered, outbox, send } = setUp({ maxQueue: 1_000 });
  send(...Array.from(Array(30).keys(), String));
  outbox.open(rateOf(10));
  const results: unknown[] = [];
  // 50 a second, where 10 are flushed: for two seconds, and as long again and one second more.
  for (let n = 30; n < 400; n++) {
    results.push(...send(String(n)));
    clock.pass(20);
  }
  assertEquals(delivered, Array.from(Array(400).keys(), String));
  const lastQueued = results.lastIndexOf("queued");
  assert(lastQueued > 150 && lastQueued < 260, `${lastQueued}`);
});

Deno.test("Outbox lets what is sent meanwhile catch up at the rate, where it can", () => {
  const { clock, delivered, outbox, send } = setUp({ maxQueue: 1_000 });
  send(...Array.from(Array(30).keys(), String));
  outbox.open(rateOf(10));
  for (let n = 30; n < 60; n++) {
    const before = delivered.length;
    send(String(n));
    clock.pass(250);
    assert(delivered.length - before <= 3);
  }
  assertEquals([delivered.length, send("more")], [60, ["sent"]]);
});

Deno.test("Outbox.sendNow() goes past what waits, as fast as that may go, or not at all", () => {
  const { clock, delivered, outbox, send } = setUp();
  assertEquals(outbox.sendNow({ data: "early" }), "dropped");
  send("a", "b", "c");
  outbox.open(rateOf(2));
  assertEquals(outbox.sendNow({ data: "too much" }), "dropped");
  clock.pass(499);
  assertEquals(delivered, ["a", "b"]);
  clock.pass(1);
  assertEquals(delivered, ["a", "b", "c"]);
  assertEquals([outbox.sendNow({ data: "now" }), outbox.size], ["sent", 0]);
  assertEquals(delivered.at(-1), "now");
});

Deno.test("Outbox.close() forgets what was for the connection that has ended, and nothing else", () => {
  const { delivered, outbox, send } = setUp();
  send("a");
  outbox.sendFirst({ data: "1" });
  outbox.close();
  outbox.open();
  assertEquals(delivered, ["a"]);
});

Deno.test("Outbox.withdraw() and clear() forget what waits", () => {
  const { delivered, outbox, send } = setUp();
  send("a", "b");
  outbox.sendFirst({ data: "1", ackId: "1" });
  outbox.withdraw("a");
  assertEquals(outbox.size, 2);
  outbox.clear();
  outbox.open();
  assertEquals([delivered, outbox.size], [[], 0]);
});

Deno.test("Outbox keeps order whatever happens", () => {
  const action = fc.oneof(
    fc.constant("send"),
    fc.constant("open"),
    fc.constant("close"),
    fc.nat(900),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    const { clock, delivered, outbox, send } = setUp({ maxQueue: 1_000 });
    let count = 0;
    for (const action of actions) {
      if (action === "send") send(String(count++).padStart(3, "0"));
      else if (action === "open") outbox.isOpen || outbox.open(rateOf(3));
      else if (action === "close") outbox.close();
      else clock.pass(Number(action));
    }
    if (!outbox.isOpen) outbox.open(rateOf(3));
    clock.pass(100_000);
    assertEquals(delivered, [...delivered].sort());
    assertEquals(delivered.length, count);
  }));
});
