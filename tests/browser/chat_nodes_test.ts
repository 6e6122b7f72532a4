/** The chat page in a real browser, against two nodes on one Redis and against two workers. */

import { assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { launchBrowser, openPage } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { RedisChats, startChat, WorkerChats } from "../support/chat_nodes.ts";
import { optional } from "../support/optional.ts";
import { TestRedis } from "../support/redis.ts";

const names = ["Ada", "Bob", "Eve", "Grace"];

/** Lets four people in, and checks that they see and hear one another. */
async function meet(browser: Browser, urlOf: (index: number) => URL): Promise<ChatPage[]> {
  const people: ChatPage[] = [];
  const everything: string[][] = [];
  for (const [index, name] of names.entries()) {
    const { page, complaints } = await openPage(browser);
    const person = new ChatPage(page);
    await person.enter(urlOf(index).href, name, "harbour");
    people.push(person);
    everything.push(complaints);
  }
  for (const [index, person] of people.entries()) {
    for (const name of names) {
      await person.page.locator("#people-list").getByText(name, { exact: true }).waitFor();
    }
    await person.say(`I am ${names[index]}`);
    for (const other of people) await other.hears(`I am ${names[index]}`);
  }
  const [ada, bob, eve, grace] = people;
  for (const [index, person] of people.entries()) {
    const expected = names.map((name) => `${name === names[index] ? "You" : name}: I am ${name}`);
    assertEquals(await person.messages(), expected);
  }
  await ada!.page.getByRole("button", { name: "Grace, online: write privately" }).click();
  await ada!.say("between us");
  await grace!.hears("between us");
  await ada!.page.keyboard.press("Escape");
  await ada!.say("to all");
  await Promise.all([bob!, eve!, grace!].map((person) => person.hears("to all")));
  assertEquals(await bob!.log.getByText("between us").count(), 0);
  assertEquals(everything.flat(), []);
  return people;
}

Deno.test({
  name: "chat page: people on two nodes of one Redis, one of which dies and comes back",
  ignore: optional("chromium").ignore || optional("redis").ignore,
  async fn() {
    await using redis = await TestRedis.start();
    await using chats = await RedisChats.start(redis, 2);
    const [first, second] = chats.programs;
    const browser = await launchBrowser();
    try {
      const people = await meet(browser, (index) => chats.programs[index % 2]!.url);
      const [ada, bob, eve, grace] = people;
      second!.signal("SIGKILL");
      await second!.ended();
      await ada!.say("Is anybody there?");
      await eve!.hears("Is anybody there?");
      // Their node has told nobody that they leave: the others do, when its lease is over.
      const list = ada!.page.locator("#people-list");
      for (const name of ["Bob", "Grace"]) {
        const offline = list.locator("li", { hasText: name }).getByText("offline");
        await offline.waitFor({ timeout: 60_000 });
      }
      const port = second!.url.port;
      await using again = await startChat(["--port", port, "--redis", redis.url]);
      assertEquals(again.url.port, port);
      for (const person of [bob!, grace!]) {
        await person.page.locator('#chat[data-state="online"]').waitFor({ timeout: 60_000 });
        await person.hears("Is anybody there?");
        assertEquals(await person.page.locator(".gap").count(), 0);
      }
      await bob!.say("Back again");
      for (const person of people) await person.hears("Back again");
      await list.locator("li", { hasText: "offline" }).first().waitFor({ state: "detached" });
      first!.signal("SIGTERM");
      assertEquals((await first!.ended()).code, 0);
    } finally {
      await browser.close();
    }
  },
});

Deno.test({
  name: "chat page: people on two workers",
  ...optional("chromium"),
  async fn() {
    await using chats = await WorkerChats.start(2);
    const browser = await launchBrowser();
    try {
      await meet(browser, () => chats.program.url);
    } finally {
      await browser.close();
    }
  },
});
