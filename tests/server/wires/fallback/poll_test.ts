/** Long polling without a network. */

import { assert, assertEquals } from "@std/assert";
import { MemoryBudget } from "../../../../server/net/memory_budget.ts";
import { PollTransport } from "../../../../server/wires/fallback/poll.ts";
import { PositionList } from "../../../../server/wires/fallback/position_list.ts";
import { SharedEvents } from "../../../../server/wires/fallback/queued_event.ts";
import { ManualClock } from "../../../support/clients.ts";
import type { PollAnswer } from "../../../support/poller.ts";

/** Bytes that an event of these tests is counted with. */
const size = "data: 1\n\n".length;

class Setup {
  readonly clock = new ManualClock();
  readonly positions = new PositionList(["deck"]);
  readonly abort = new AbortController();
  gone = 0;
  isExcessive = false;
  readonly transport: PollTransport;

  constructor(since = "") {
    const session = { id: "s", positions: this.positions, since };
    const events = new SharedEvents(new MemoryBudget(1 << 20, this.clock.now));
    const timing = { clock: this.clock, pollTimeout: 25_000, sessionTimeout: 30_000, events };
    this.transport = new PollTransport(session, timing, {
      disconnected: () => void this.gone++,
      isExcessive: () => this.isExcessive,
    });
  }

  /** A message of the room's stream. */
  publish(seq: number): void {
    const place = { room: "deck", epoch: "e", seq };
    this.transport.push({ line: new TextEncoder().encode(`data: ${seq}\n\n`), place });
  }

  async poll(since: string | null = null): Promise<PollAnswer | undefined> {
    const portions = await this.transport.poll(since, this.abort.signal);
    return portions && await new Response(portions.body(() => {})).json();
  }
}

Deno.test("PollTransport.poll() takes what waits, at once", async () => {
  const setup = new Setup();
  setup.publish(1);
  setup.publish(2);
  assertEquals(setup.transport.queuedBytes, 2 * size);
  assertEquals(await setup.poll(), {
    session: "s",
    // deno-lint-ignore no-explicit-any -- these are numbers
    messages: [1, 2] as any[],
    since: "e:2",
    epoch: "e",
    seq: 2,
    recovered: false,
  });
  assertEquals(setup.clock.size, 0);
});

Deno.test("PollTransport.poll() starts a timer only where it has to wait", async () => {
  const setup = new Setup();
  setup.publish(1);
  const ready = setup.poll();
  assertEquals(setup.clock.size, 0);
  await ready;
  const waiting = setup.poll("e:1");
  assertEquals(setup.clock.size, 1);
  setup.publish(2);
  assertEquals((await waiting)?.since, "e:2");
  assertEquals(setup.clock.size, 0);
});

Deno.test("PollTransport counts an answer as waiting until it has arrived", async () => {
  const setup = new Setup();
  setup.publish(1);
  await setup.poll();
  assertEquals([setup.transport.queuedBytes, setup.transport.takenBytes], [size, 0]);
  const next = setup.poll("e:1");
  assertEquals([setup.transport.queuedBytes, setup.transport.takenBytes], [0, size]);
  setup.publish(2);
  await next;
  assertEquals(setup.transport.queuedBytes, size);
  setup.transport.end({ code: 1013, reason: "slow consumer" }, true);
  assertEquals(setup.transport.queuedBytes, 0);
});

Deno.test("hostile 140: PollTransport counts all that waits for a client that stays where it was", async () => {
  const setup = new Setup();
  const count = 150_000;
  for (let seq = 1; seq <= count; seq++) {
    setup.publish(seq);
    if (seq % 50_000 === 0) assertEquals((await setup.poll(""))?.messages.length, seq);
  }
  assertEquals(setup.transport.takenBytes, 0);
  assert(setup.transport.queuedBytes > count * size);
});

Deno.test("PollTransport.poll() waits for a message, or 25 seconds", async () => {
  const setup = new Setup();
  const first = setup.poll();
  setup.clock.pass(24_999);
  setup.publish(1);
  assertEquals((await first)?.messages, [1]);
  const second = setup.poll("e:1");
  setup.clock.pass(25_000);
  assertEquals(await second, {
    session: "s",
    messages: [],
    since: "e:1",
    epoch: "e",
    seq: 1,
    recovered: true,
  });
  assertEquals(setup.clock.size, 0);
});

Deno.test("PollTransport.poll() ends the poll before it", async () => {
  const setup = new Setup();
  const first = setup.poll();
  const second = setup.poll();
  assertEquals(await first, undefined);
  setup.publish(1);
  assertEquals((await second)?.messages, [1]);
});

Deno.test("PollTransport.poll() takes nothing for a client that has gone", async () => {
  const setup = new Setup();
  const first = setup.poll();
  setup.abort.abort();
  setup.publish(1);
  assertEquals([await first, await setup.poll()], [undefined, undefined]);
  assertEquals(setup.transport.queuedBytes, size);
  assertEquals(setup.clock.size, 0);
});

Deno.test("PollTransport.poll() answers again where the last answer has been lost", async () => {
  const setup = new Setup();
  setup.publish(1);
  await setup.poll();
  setup.publish(2);
  assertEquals((await setup.poll("e:1"))?.since, "e:2");
  setup.publish(3);
  assertEquals((await setup.poll("e:1"))?.messages, [2, 3]);
  assertEquals((await setup.poll("e:1"))?.messages, [2, 3]);
  const next = setup.poll("e:3");
  setup.publish(4);
  assertEquals((await next)?.messages, [4]);
});

Deno.test("PollTransport.rejoined() keeps a client that has missed nothing waiting", async () => {
  const setup = new Setup("e:7");
  setup.transport.push("0"); // its welcome
  setup.positions.joined("deck", { position: { epoch: "e", seq: 7 }, recovered: true });
  setup.transport.rejoined();
  const poll = setup.poll("e:7");
  setup.clock.pass(10_000);
  setup.publish(8);
  const answer = await poll;
  assertEquals([answer?.messages, answer?.recovered], [[0, 8], true]);
});

Deno.test("PollTransport.rejoined() answers a client that has missed something", async () => {
  for (const recovered of [true, false]) {
    const setup = new Setup("e:7");
    setup.transport.push("0");
    if (recovered) setup.publish(8);
    setup.positions.joined("deck", { position: { epoch: "e", seq: 8 }, recovered });
    setup.transport.rejoined();
    const answer = await setup.poll("e:7");
    assertEquals([answer?.seq, answer?.recovered], [8, recovered]);
  }
});

Deno.test("PollTransport.end() answers the pending poll, or the next, and then forgets", async () => {
  for (const isPending of [true, false]) {
    const setup = new Setup();
    setup.publish(1);
    const end = { code: 1012, reason: "Server shutting down" };
    if (isPending) {
      await setup.poll();
      const poll = setup.poll("e:1");
      setup.transport.end(end, false);
      assertEquals((await poll)?.close, end);
    } else {
      setup.transport.end(end, false);
      const answer = await setup.poll();
      assertEquals([answer?.messages, answer?.close], [[1], end]);
    }
    assertEquals(setup.gone, 1);
  }
});

Deno.test("hostile 88: PollTransport.end() lets a slow client ask for what was dropped", async () => {
  const setup = new Setup();
  setup.publish(1);
  await setup.poll();
  setup.publish(2);
  setup.transport.end({ code: 1013, reason: "slow consumer" }, true);
  const answer = await setup.poll("e:1");
  assertEquals([answer?.messages, answer?.since, answer?.seq], [[], "e:1", 1]);
  assertEquals(answer?.close?.code, 1013);
});

Deno.test("PollTransport.hold() lets a client be silent for 30 seconds between requests", () => {
  const setup = new Setup();
  const first = setup.transport.hold();
  const second = setup.transport.hold();
  first();
  setup.clock.pass(100_000);
  second();
  setup.clock.pass(29_999);
  const third = setup.transport.hold();
  setup.clock.pass(100_000);
  assertEquals(setup.gone, 0);
  third();
  setup.clock.pass(30_000);
  assertEquals([setup.gone, setup.clock.size], [1, 0]);
  setup.transport.hold()();
  assertEquals(setup.clock.size, 0);
});

Deno.test("PollTransport forgets a client after 5 seconds that is one of too many", () => {
  const setup = new Setup();
  setup.transport.hold()();
  setup.clock.pass(4_999);
  setup.isExcessive = true;
  assertEquals(setup.gone, 0);
  setup.clock.pass(1);
  assertEquals([setup.gone, setup.clock.size], [1, 0]);
});

Deno.test("PollTransport.stop() forgets a client that is between two polls", async () => {
  const idle = new Setup();
  idle.transport.hold()();
  idle.transport.stop();
  assertEquals([idle.gone, idle.clock.size], [1, 0]);
  const polling = new Setup();
  const poll = polling.poll();
  polling.transport.stop();
  assertEquals(polling.gone, 0);
  polling.transport.end({ code: 1012, reason: "" }, false);
  await poll;
  assertEquals(polling.gone, 1);
});
