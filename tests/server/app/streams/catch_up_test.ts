/** One member on its way from the history of a room into what is published there. */

import { assertEquals } from "@std/assert";
import { CatchUp } from "../../../../server/app/streams/catch_up.ts";
import type { Outgoing } from "../../../../server/app/events/outgoing.ts";
import { makePublication, type Publication } from "../../../../server/app/streams/publication.ts";
import type { SendResult } from "../../../../server/types.ts";

function publication(seq: number, epoch = "e", data = "{}"): Publication {
  return makePublication("deck", epoch, { seq, event: "note", data });
}

/** A catch-up whose member gets everything, and the numbers that it got. */
function catchUpOf(
  result: SendResult = "sent",
  drained: Promise<void> = Promise.resolve(),
): { catchUp: CatchUp; got: number[] } {
  const got: number[] = [];
  const catchUp = new CatchUp({
    send({ place }: Outgoing): SendResult {
      got.push(place?.seq ?? NaN);
      return result;
    },
    rejoined() {},
    drained: () => drained,
  });
  return { catchUp, got };
}

function hold(catchUp: CatchUp, ...seqs: number[]): void {
  for (const seq of seqs) catchUp.hold(publication(seq));
}

Deno.test("CatchUp.release() sends what is held, in its order", () => {
  const { catchUp, got } = catchUpOf();
  hold(catchUp, 4, 5, 6);
  assertEquals(got, []);
  catchUp.release();
  assertEquals([got, catchUp.hasEnded], [[4, 5, 6], true]);
});

Deno.test("CatchUp.skipTo() leaves out what the member has", () => {
  const { catchUp, got } = catchUpOf();
  hold(catchUp, 4, 5, 6);
  catchUp.skipTo({ seq: 5, epoch: "e" });
  catchUp.release();
  assertEquals(got, [6]);
});

Deno.test("CatchUp.skipTo() leaves another epoch alone", () => {
  const { catchUp, got } = catchUpOf();
  catchUp.hold(publication(1, "new"));
  catchUp.skipTo({ seq: 5, epoch: "e" });
  catchUp.release();
  assertEquals(got, [1]);
});

Deno.test("CatchUp.take() takes what is held one by one", () => {
  const { catchUp } = catchUpOf();
  assertEquals(catchUp.start, undefined);
  hold(catchUp, 4, 5);
  assertEquals(catchUp.start, { seq: 3, epoch: "e" });
  assertEquals(catchUp.take()?.position.seq, 4);
  assertEquals(catchUp.start, { seq: 4, epoch: "e" });
  assertEquals(catchUp.take()?.position.seq, 5);
  assertEquals([catchUp.take(), catchUp.start], [undefined, undefined]);
});

Deno.test("CatchUp.drop() forgets what is held, and holds on", () => {
  const { catchUp, got } = catchUpOf();
  hold(catchUp, 4, 5);
  catchUp.drop();
  hold(catchUp, 9);
  catchUp.release();
  assertEquals(got, [9]);
});

Deno.test("CatchUp.hold() makes a hole rather than to hold without end", () => {
  const { catchUp } = catchUpOf();
  hold(catchUp, ...Array.from({ length: 1_000 }, (_, i) => i + 1));
  assertEquals(catchUp.start, { seq: 0, epoch: "e" });
  hold(catchUp, 1_001);
  assertEquals(catchUp.start, { seq: 1_000, epoch: "e" });
});

Deno.test("hostile 136: CatchUp.hold() holds no more than 1 MiB, or one message", () => {
  const data = JSON.stringify({ text: "x".repeat(262_130) }); // a quarter of it
  const { catchUp } = catchUpOf();
  for (const seq of [1, 2, 3, 4]) catchUp.hold(publication(seq, "e", data));
  assertEquals(catchUp.start?.seq, 0);
  catchUp.hold(publication(5, "e", data));
  assertEquals(catchUp.start?.seq, 4);
  catchUp.hold(publication(6, "e", JSON.stringify({ text: "x".repeat(2_000_000) })));
  assertEquals(catchUp.start?.seq, 5);
});

Deno.test("CatchUp.replay() tells that a message was dropped", async () => {
  assertEquals(await catchUpOf("queued").catchUp.replay(publication(1)), true);
  assertEquals(await catchUpOf("dropped").catchUp.replay(publication(1)), false);
});

Deno.test("hostile 136: CatchUp.replay() waits while much waits for the member", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { catchUp } = catchUpOf("queued", promise);
  let sent = false;
  const replaying = catchUp.replay(publication(1)).then((result) => sent = result);
  for (let turn = 0; turn < 20; turn++) await undefined;
  assertEquals(sent, false);
  resolve();
  await replaying;
  assertEquals(sent, true);
});

Deno.test("hostile 136: CatchUp.replay() waits no longer than the member is there", async () => {
  const { catchUp } = catchUpOf("queued", new Promise(() => {}));
  const replaying = catchUp.replay(publication(1));
  catchUp.end();
  await replaying;
  assertEquals(await catchUp.replay(publication(2)), false);
});

Deno.test("CatchUp.end() forgets what is held, and ends the replay", async () => {
  const { catchUp, got } = catchUpOf();
  hold(catchUp, 1);
  catchUp.end();
  await catchUp.done;
  catchUp.release();
  assertEquals([await catchUp.replay(publication(2)), got], [false, []]);
});
