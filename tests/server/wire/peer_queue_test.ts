/** What waits for one client of the HTTP wires, against the memory of all clients. */

import { assertEquals } from "@std/assert";
import { MemoryBudget } from "../../../server/net/memory_budget.ts";
import { resolveOptions } from "../../../server/options.ts";
import type { PeerEnd } from "../../../server/wire/outlet.ts";
import { PeerQueue } from "../../../server/wire/peer_queue.ts";
import { PollOutlet } from "../../../server/wire/poll.ts";
import { PositionList } from "../../../server/wire/position_list.ts";
import { SseOutlet } from "../../../server/wire/sse.ts";
import { ManualClock } from "../../support/clients.ts";

class Setup {
  readonly clock = new ManualClock();
  readonly memory: MemoryBudget;
  readonly ends: PeerEnd[] = [];

  constructor(limit = 1 << 20) {
    this.memory = new MemoryBudget(limit, this.clock.now);
  }

  queueOf(outlet: SseOutlet | PollOutlet): PeerQueue {
    const { clock, memory } = this;
    const queue = new PeerQueue(outlet, { limits: resolveOptions({}), clock, memory }, (end) => {
      this.ends.push(end);
      outlet.end(end, true);
      queue.stop();
    });
    return queue;
  }

  sse(): SseOutlet {
    return new SseOutlet(new PositionList([]), { clock: this.clock, heartbeat: 1_000 }, () => {});
  }

  poll(): PollOutlet {
    const session = { id: "s", positions: new PositionList([]), since: "" };
    const timing = { clock: this.clock, pollTimeout: 1_000, sessionTimeout: 1_000 };
    return new PollOutlet(session, timing, () => {});
  }
}

const text = "x".repeat(2_000);
const shared = { line: new Uint8Array(2_000), place: undefined };

Deno.test("hostile 141: PeerQueue counts what waits for an event stream alone, until it is read", async () => {
  const setup = new Setup();
  const outlet = setup.sse();
  const queue = setup.queueOf(outlet);
  for (const event of ["1", shared]) queue.push(event);
  assertEquals(setup.memory.used, 0);
  for (const event of [text, shared, text]) queue.push(event);
  assertEquals(setup.memory.used, 4_001);
  const reader = outlet.response().body!.getReader();
  await reader.read();
  assertEquals(setup.memory.used, 0);
  outlet.end({ code: 1000, reason: "" }, true);
  await reader.cancel();
});

Deno.test("hostile 141: PeerQueue counts what waits for a poll, until it is confirmed", async () => {
  const setup = new Setup();
  const outlet = setup.poll();
  const queue = setup.queueOf(outlet);
  queue.push(text);
  const { signal } = new AbortController();
  await outlet.poll("", signal);
  assertEquals(setup.memory.used, 2_000);
  const next = outlet.poll("", signal);
  assertEquals(setup.memory.used, 0);
  queue.push(text);
  await next;
  assertEquals(setup.memory.used, 2_000);
  outlet.end({ code: 1000, reason: "" }, true);
  queue.stop();
  assertEquals(setup.memory.used, 0);
});

Deno.test("hostile 141: PeerQueue sends its client away where memory is short", async () => {
  const setup = new Setup(10_000);
  const [large, small] = [setup.sse(), setup.sse()];
  const queue = setup.queueOf(large);
  for (let i = 0; i < 4; i++) queue.push(text);
  setup.queueOf(small).push("x".repeat(3_000));
  await undefined;
  assertEquals(setup.ends, [{ code: 1013, reason: "Server is short of memory" }]);
  assertEquals([large.heldBytes, small.heldBytes, setup.memory.used], [0, 3_000, 3_000]);
  small.end({ code: 1000, reason: "" }, true);
});
