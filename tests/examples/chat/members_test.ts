/** The members of a room, on all nodes. */

import { assertEquals } from "@std/assert";
import { AckError, type MemberInfo } from "@hawser/ws";
import { MemberLists } from "../../../examples/chat/members.ts";
import { waitFor } from "../../support/wait.ts";

function member(name: string): MemberInfo {
  return { id: `n.${name}`, node: "n", userId: name, info: guest(name) };
}

function guest(name: string): { userId: string; name: string } {
  return { userId: name, name };
}

const bob = { id: "n.bob", user: guest("bob") };

Deno.test("MemberLists lists the first hundred, the newcomer last", async () => {
  const lists = new MemberLists(() => Promise.resolve([member("ada"), member("bob")]));
  assertEquals(await lists.of("deck", bob), [guest("ada"), guest("bob")]);
  const crowd = Array.from({ length: 200 }, (_, i) => member(`m${i}`));
  const full = await new MemberLists(() => Promise.resolve(crowd)).of("deck", bob);
  assertEquals([full.length, full.at(-1)], [100, guest("bob")]);
});

Deno.test("hostile 341: MemberLists asks once for all who come while it asks, and after they came", async () => {
  const questions: ((members: MemberInfo[]) => void)[] = [];
  const lists = new MemberLists((room) => {
    assertEquals(room, "deck");
    return new Promise((resolve) => questions.push(resolve));
  });
  const first = lists.of("deck", bob);
  const later = Array.from({ length: 1_000 }, () => lists.of("deck", bob));
  assertEquals(questions.length, 1);
  questions[0]!([]);
  assertEquals(await first, [guest("bob")]);
  await waitFor(() => questions.length === 2);
  questions[1]!([member("ada")]);
  for (const list of await Promise.all(later)) assertEquals(list, [guest("ada"), guest("bob")]);
  const last = lists.of("deck", bob);
  assertEquals(questions.length, 3);
  questions[2]!([]);
  await last;
});

Deno.test("hostile 342: MemberLists lists whom it knows where a node does not answer", async () => {
  const missing = new AckError("ACK_TIMEOUT", "no", { answers: [member("ada")] });
  const lists = new MemberLists(() => Promise.reject(missing));
  assertEquals(await lists.of("deck", bob), [guest("ada"), guest("bob")]);
  const failing = new MemberLists(() => Promise.reject(new Error("Nobody knows")));
  assertEquals(await failing.of("deck", bob), [guest("bob")]);
});
