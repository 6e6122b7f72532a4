import { assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { PendingAcks, unwrap } from "../../../client/line/acks.ts";
import { ClientError, ServerError } from "../../../client/errors.ts";
import type { Answer } from "../../../client/message.ts";
import { ManualClock } from "../../support/clients.ts";

function setUp() {
  const clock = new ManualClock();
  const late: string[] = [];
  const acks = new PendingAcks(clock, {
    expired: (id) => late.push(id),
    unsentReason: () => "Not connected: no route",
  });
  const outcomes: (Answer | string)[] = [];
  const settle = (outcome: Answer | ClientError) => {
    outcomes.push(outcome instanceof ClientError ? outcome.code : outcome);
  };
  return { clock, late, acks, outcomes, settle };
}

Deno.test("PendingAcks.settle() tells an answer once, and stops the time", () => {
  const { clock, late, acks, outcomes, settle } = setUp();
  acks.expect("1", settle, 100);
  assertEquals(acks.settle("1", { data: 1 }), true);
  assertEquals(acks.settle("1", { data: 2 }), false);
  assertEquals(acks.settle("unknown", { data: 3 }), false);
  clock.pass(100);
  assertEquals([outcomes, late, clock.size], [[{ data: 1 }], [], 0]);
});

Deno.test("PendingAcks.expect() gives up after the timeout", () => {
  const { clock, late, acks, outcomes, settle } = setUp();
  acks.expect("1", settle, 100);
  acks.expect("2", settle, 100);
  acks.sent("1");
  clock.pass(99);
  assertEquals(outcomes, []);
  clock.pass(1);
  assertEquals([outcomes, late, acks.size], [["ACK_TIMEOUT", "NOT_SENT"], ["1", "2"], 0]);
});

Deno.test("PendingAcks.expect() refuses a timeout that no timer takes", () => {
  const { acks, settle } = setUp();
  for (const timeout of [0, -1, NaN, 2 ** 31, Infinity]) {
    assertThrows(() => acks.expect("1", settle, timeout), RangeError, "timeout");
  }
  assertEquals(acks.size, 0);
});

Deno.test("PendingAcks.disconnected() gives up what was sent, and what has no time of its own", () => {
  const { acks, outcomes, settle } = setUp();
  acks.expect("waiting", settle, 100);
  acks.expect("sent", settle, 100);
  acks.expect("bound", settle);
  acks.sent("sent");
  acks.disconnected();
  assertEquals([outcomes, acks.size], [["ACK_DISCONNECTED", "ACK_DISCONNECTED"], 1]);
  acks.close();
  assertEquals([outcomes[2], acks.size], ["CLOSED", 0]);
});

Deno.test("unwrap() returns data, and throws the rest", async () => {
  assertEquals(unwrap({ data: 1 }), 1);
  const cause = new ServerError("FORBIDDEN", "Not yours");
  const refused = await assertRejects(async () => await unwrap({ error: cause }), ClientError);
  assertEquals([refused.code, refused.cause], ["ACK_REFUSED", cause]);
  assertInstanceOf(refused, ClientError);
  assertThrows(() => unwrap(new ClientError("CLOSED", "Closed")), ClientError, "Closed");
});
