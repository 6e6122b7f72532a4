/** The contract of Presence; run for each implementation. */

import { assertEquals } from "@std/assert";
import type { Presence } from "../../server/app/presence/presence.ts";

/** An implementation with nobody in it. */
export interface TestedPresence extends AsyncDisposable {
  readonly presence: Presence;
}

/** Tests an implementation; `ignore` skips the tests where what it needs is missing. */
export function presenceContract(
  name: string,
  make: () => TestedPresence | Promise<TestedPresence>,
  ignore = false,
): void {
  function test(behaviour: string, run: (presence: Presence) => Promise<void>): void {
    Deno.test(`${name} ${behaviour}`, { ignore }, async () => {
      await using tested = await make();
      await run(tested.presence);
    });
  }

  test("tells the first and the last of a user's holders", async (presence) => {
    assertEquals(await presence.enter("deck", "ada", "a"), true);
    assertEquals(await presence.enter("deck", "ada", "b"), false);
    assertEquals(await presence.leave("deck", "ada", "a"), false);
    assertEquals(await presence.leave("deck", "ada", "b"), true);
    assertEquals(await presence.enter("deck", "ada", "b"), true);
  });

  test("counts a holder once", async (presence) => {
    await presence.enter("deck", "ada", "a");
    assertEquals(await presence.enter("deck", "ada", "a"), false);
    assertEquals(await presence.leave("deck", "ada", "a"), true);
    assertEquals(await presence.leave("deck", "ada", "a"), false);
  });

  test("ignores who leaves without being there", async (presence) => {
    await presence.enter("deck", "ada", "a");
    assertEquals(await presence.leave("deck", "ada", "b"), false);
    assertEquals(await presence.leave("deck", "bob", "a"), false);
    assertEquals(await presence.leave("bridge", "ada", "a"), false);
    assertEquals(await presence.users("deck", 10), ["ada"]);
  });

  test("lists and counts the users of each room, each once", async (presence) => {
    await presence.enter("", "ada", "a");
    await presence.enter("deck", "ada", "a");
    await presence.enter("deck", "ada", "b");
    await presence.enter("deck", "bob", "a");
    assertEquals((await presence.users("deck", 10)).sort(), ["ada", "bob"]);
    assertEquals(await presence.users("", 10), ["ada"]);
    assertEquals((await presence.users("deck", 1)).length, 1);
    assertEquals(await presence.users("bridge", 10), []);
    const rooms = ["deck", "", "bridge"];
    assertEquals(await Promise.all(rooms.map((room) => presence.count(room))), [2, 1, 0]);
  });

  test("forgets users and rooms with their last holder", async (presence) => {
    await presence.enter("deck", "ada", "a");
    await presence.leave("deck", "ada", "a");
    assertEquals([await presence.users("deck", 10), await presence.count("deck")], [[], 0]);
  });

  test("takes calls in their order, settled or not", async (presence) => {
    const answers = await Promise.all([
      presence.enter("deck", "ada", "a"),
      presence.leave("deck", "ada", "a"),
      presence.enter("deck", "ada", "a"),
      presence.enter("deck", "ada", "b"),
      presence.leave("deck", "ada", "a"),
    ]);
    assertEquals(answers, [true, true, true, false, false]);
  });

  test("tells one of many that come at once that it was the first", async (presence) => {
    const holders = Array.from({ length: 50 }, (_, index) => `${index}`);
    const entered = await Promise.all(holders.map((each) => presence.enter("deck", "ada", each)));
    assertEquals(entered.filter((isFirst) => isFirst).length, 1);
    const left = await Promise.all(holders.map((each) => presence.leave("deck", "ada", each)));
    assertEquals(left.filter((wasLast) => wasLast).length, 1);
  });

  test("takes names of any kind", async (presence) => {
    const names = [
      "__proto__",
      "constructor",
      "a:b",
      "a b",
      "\u0000",
      "ä",
      "{a}",
      "*",
      "x".repeat(256),
    ];
    for (const each of names) await presence.enter(each, each, "a");
    for (const each of names) assertEquals(await presence.users(each, 10), [each]);
  });
}
