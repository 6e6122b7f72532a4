/** The order of one client's events, without a client. */

import { assertEquals } from "@std/assert";
import { EventOrder } from "../../../../server/app/clients/event_order.ts";

interface Steps {
  readonly order: EventOrder;
  readonly trace: string[];
  readonly client: { connected: boolean };
  /** Does what an event does that takes until `finish` is called with its name. */
  step(name: string): void;
  finish(name: string): Promise<void>;
}

function setUp(): Steps {
  const trace: string[] = [];
  const client = { connected: true };
  const order = new EventOrder(client);
  const steps = new Map<string, PromiseWithResolvers<void>>();
  function run(name: string): Promise<void> {
    trace.push(name);
    const step = Promise.withResolvers<void>();
    steps.set(name, step);
    return step.promise;
  }
  return {
    order,
    trace,
    client,
    step(name) {
      if (order.isIdle) order.begin(run(name));
      else if (!order.add(() => run(name))) trace.push("too many");
    },
    async finish(name) {
      steps.get(name)?.resolve();
      for (let i = 0; i < 5; i++) await Promise.resolve();
    },
  };
}

Deno.test("EventOrder runs one task after the other, and then releases the wire", async () => {
  const { order, trace, step, finish } = setUp();
  step("a");
  step("b");
  const held = order.hold(false)!.then(() => trace.push("released"));
  assertEquals(trace, ["a"]);
  await finish("a");
  assertEquals(trace, ["a", "b"]);
  await finish("b");
  await held;
  assertEquals([trace, order.isIdle], [["a", "b", "released"], true]);
});

Deno.test("EventOrder holds no wire back where nothing runs", () => {
  const { order } = setUp();
  order.begin(undefined);
  assertEquals([order.isIdle, order.hold(false)], [true, undefined]);
});

Deno.test("EventOrder hears a client that owes an answer, up to half of what may wait", async () => {
  const { order, trace, step, finish } = setUp();
  step("a");
  let count = 0;
  while (order.hold(true) === undefined) step(`${count++}`);
  assertEquals(count, 128);
  order.release();
  await finish("a");
  assertEquals(trace, ["a", "0"]);
  order.clear();
  await finish("0");
  assertEquals(order.isIdle, true);
});

Deno.test("hostile 90: EventOrder says when more waits than may", async () => {
  const { trace, step, order, finish } = setUp();
  step("a");
  for (let i = 0; i < 256; i++) step(`${i}`);
  assertEquals(trace, ["a"]);
  step("one more");
  assertEquals(trace, ["a", "too many"]);
  order.clear();
  await finish("a");
});

Deno.test("EventOrder drops what waits of a client that is not heard any more", async () => {
  const { order, client, trace, step, finish } = setUp();
  step("a");
  step("b");
  client.connected = false;
  await finish("a");
  assertEquals([trace, order.isIdle], [["a"], true]);
});
