/** The queue of one client of the HTTP wires, and the memory of all clients. */

import { assertEquals } from "@std/assert";
import { MemoryBudget } from "../../../../server/net/memory_budget.ts";
import { resolveOptions } from "../../../../server/resolved_options.ts";
import type { SessionEnd } from "../../../../server/wires/fallback/fallback_transport.ts";
import { PeerQueue } from "../../../../server/wires/fallback/peer_queue.ts";
import { PollTransport } from "../../../../server/wires/fallback/poll.ts";
import { PositionList } from "../../../../server/wires/fallback/position_list.ts";
import { SharedEvents } from "../../../../server/wires/fallback/queued_event.ts";
import { SseTransport } from "../../../../server/wires/fallback/sse.ts";
import { ManualClock } from "../../../support/clients.ts";

class Setup {
  readonly clock = new ManualClock();
  readonly memory: MemoryBudget;
  readonly events: SharedEvents;
  readonly ends: SessionEnd[] = [];

  constructor(limit = 1 << 20) {
    this.memory = new MemoryBudget(limit, this.clock.now);
    this.events = new SharedEvents(this.memory);
  }

  queueOf(transport: SseTransport | PollTransport): PeerQueue {
    const { clock, memory } = this;
    const queue = new PeerQueue(transport, { limits: resolveOptions({}), clock, memory }, (end) => {
      this.ends.push(end);
      transport.end(end, true);
      queue.stop();
    });
    return queue;
  }

  sse(): SseTransport {
    const { clock, events } = this;
    return new SseTransport(new PositionList([]), { clock, heartbeat: 1_000, events }, () => {});
  }

  poll(): PollTransport {
    const session = { id: "s", positions: new PositionList([]), since: "" };
    const { clock, events } = this;
    const timing = { clock, events, pollTimeout: 1_000, sessionTimeout: 1_000 };
    return new PollTransport(session, timing, { disconnected: () => {}, isExcessive: () => false });
  }
}

const text = "x".repeat(2_000);
const shared = { line: new Uint8Array(2_000), place: undefined };

Deno.test("hostile 141: PeerQueue counts what waits for an event stream alone, until it is read", async () => {
  const setup = new Setup();
  const transport = setup.sse();
  const queue = setup.queueOf(transport);
  queue.push("1");
  assertEquals(setup.memory.used, 0);
  for (const event of [text, text]) queue.push(event);
  assertEquals(setup.memory.used, 4_001);
  const reader = transport.response().body!.getReader();
  await reader.read();
  assertEquals(setup.memory.used, 0);
  transport.end({ code: 1000, reason: "" }, true);
  await reader.cancel();
});

Deno.test("hostile 141: PeerQueue counts what waits for a poll, until it is confirmed", async () => {
  const setup = new Setup();
  const transport = setup.poll();
  const queue = setup.queueOf(transport);
  queue.push(text);
  const { signal } = new AbortController();
  await transport.poll("", signal);
  assertEquals(setup.memory.used, 2_000);
  const next = transport.poll("", signal);
  assertEquals(setup.memory.used, 0);
  queue.push(text);
  await next;
  assertEquals(setup.memory.used, 2_000);
  transport.end({ code: 1000, reason: "" }, true);
  queue.stop();
  assertEquals(setup.memory.used, 0);
});

Deno.test("hostile 141: PeerQueue counts what waits for several clients once", async () => {
  const setup = new Setup();
  const [stream, poll] = [setup.sse(), setup.poll()];
  const queues = [stream, poll].map((transport) => setup.queueOf(transport));
  for (const queue of queues) for (let n = 0; n < 2; n++) queue.push(shared);
  assertEquals(setup.memory.used, 2_000);
  const reader = stream.response().body!.getReader();
  await reader.read();
  assertEquals(setup.memory.used, 2_000);
  await poll.poll("", new AbortController().signal);
  assertEquals(setup.memory.used, 2_000); // it may be lost
  poll.leave();
  assertEquals(setup.memory.used, 0);
  queues[0]!.push(shared);
  assertEquals(setup.memory.used, 2_000);
  stream.end({ code: 1000, reason: "" }, false);
  await reader.cancel();
  assertEquals(setup.memory.used, 0);
});

Deno.test("hostile 141: those who do not read answer for the events that they share", async () => {
  const setup = new Setup(3_000);
  const transports = [setup.sse(), setup.sse()];
  for (const transport of transports) setup.queueOf(transport).push(shared);
  await undefined;
  assertEquals([setup.ends.length, setup.memory.used], [0, 2_000]);
  const next = { line: new Uint8Array(1_500), place: undefined };
  const other = setup.queueOf(setup.poll());
  other.push(next);
  await undefined;
  assertEquals([setup.ends.length, setup.memory.used], [2, 1_500]);
  other.stop();
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
