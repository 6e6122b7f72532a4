/** The option `history` of an application, and what it makes of it. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { App } from "../../../../server/app/app.ts";
import { openHistory } from "../../../../server/app/streams/history_options.ts";
import { MemoryHistory } from "../../../../server/app/streams/memory_history.ts";
import { fill, seqsOf } from "../../../support/history_contract.ts";

Deno.test("openHistory() keeps 100 messages by default, or as many as are asked for", async () => {
  for (const [options, kept] of [[{}, 100], [{ size: 3 }, 3], [false, 0]] as const) {
    const history = openHistory(options);
    const { epoch } = await fill(history, "deck", 200);
    const all = await history.read("deck", { seq: 200 - kept, epoch }, 1_000);
    assertEquals(seqsOf(all)?.length, kept);
    const more = await history.read("deck", { seq: 200 - kept - 1, epoch }, 1_000);
    assertEquals(seqsOf(more), undefined);
  }
});

Deno.test("openHistory() takes a history as it is", () => {
  const history = new MemoryHistory();
  assertStrictEquals(openHistory(history), history);
});

Deno.test("openHistory() hands on what a history in memory looks at", async () => {
  const history = openHistory({ maxRooms: 1 }, { isInUse: () => true });
  const position = await history.append("deck", "note", "{}");
  await history.append("bridge", "note", "{}");
  assertEquals(await history.current("deck"), position);
});

Deno.test("App refuses a history that cannot be", () => {
  assertThrows(
    () => new App({ rooms: { history: { size: -1 } } }),
    RangeError,
    "Cannot use history.size",
  );
  assert(new App({ rooms: { history: false } }) instanceof App);
});
