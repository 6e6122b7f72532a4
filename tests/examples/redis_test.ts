/** Rooms of two processes over one Redis. */

import { assertEquals, assertRejects } from "@std/assert";
import { connect } from "@hawser/ws/client";
import { ChatMember } from "../support/chat_member.ts";
import { knows } from "../support/chat_nodes.ts";
import { optional } from "../support/optional.ts";
import { startProgram } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";

Deno.test({
  name: "examples/redis.ts started twice is one place: one order, presence, and recovery elsewhere",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    const options = { args: ["0", redis.url], permissions: ["--allow-net"] };
    await using one = await startProgram("examples/redis.ts", options);
    await using two = await startProgram("examples/redis.ts", options);
    await knows(one.url, 2);
    const said = new Map<string, string[]>();
    const enter = async ({ url: { host } }: { readonly url: URL }, name: string) => {
      const client = connect<{ said: { from: string; text: string } }>(
        `ws://${host}/?name=${name}`,
      );
      said.set(name, []);
      client.on("said", ({ from, text }) => said.get(name)!.push(`${from}: ${text}`));
      await client.join("deck");
      return client;
    };
    const ada = await enter(one, "ada");
    await using bob = await enter(two, "bob");
    const say = (client: typeof ada, text: string) =>
      client.emitWithAck("say", { room: "deck", text });
    const answers = await Promise.all(
      ["1", "2", "3", "4"].flatMap((text) => [say(ada, text), say(bob, text)]),
    ) as { seq: number }[];
    assertEquals(answers.map(({ seq }) => seq).sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
    await waitFor(() => [...said.values()].every((texts) => texts.length === 8));
    assertEquals(said.get("ada"), said.get("bob"));
    const who = await bob.emitWithAck("who", { room: "deck" }) as string[];
    assertEquals(who.toSorted(), ["ada", "bob"]);
    await assertRejects(
      () => bob.emitWithAck("say", { room: "hold", text: "x" }),
      Error,
      "FORBIDDEN",
    );
    const seen = ada.position("deck")!;
    one.signal("SIGTERM");
    assertEquals((await one.ended()).code, 0);
    await knows(two.url, 1);
    await ada.close();
    await say(bob, "missed");
    await using again = await ChatMember.open(two.url, { name: "ada" });
    assertEquals((await again.join("deck", seen)).recovered, true);
    assertEquals(again.published.map(({ from, text, seq }) => [from, text, seq]), [
      ["bob", "missed", 9],
    ]);
  },
});
