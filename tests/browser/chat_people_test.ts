/** The chat page in a real browser: who one is, whom one writes to, and networks without WebSocket. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Browser } from "playwright-core";
import { openPage } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { type ChatServer, startChatServer } from "../support/chat_server.ts";
import { testPage } from "../support/page_test_case.ts";
import { accessibilityFaults, overflow } from "../support/page_checks.ts";
import { nowInSeconds, secret, tokenOf } from "../support/tokens.ts";

/** Signs in as the page asks for it. */
async function signIn(browser: Browser, { url }: ChatServer, token: string): Promise<ChatPage> {
  const { page } = await openPage(browser);
  await page.goto(`${url}#harbour`);
  await page.getByLabel("Your name").fill("whoever");
  await page.getByRole("button", { name: "Enter room" }).click();
  await page.getByText("This server asks who you are: enter your token.").waitFor();
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  return new ChatPage(page);
}

for (const when of ["before", "message", "either"]) {
  testPage(`signs in by a token (--auth ${when})`, async ({ browser, server }) => {
    const ada = await signIn(browser, server, tokenOf("u1", { name: "Ada" }));
    await ada.online();
    const wrong = await signIn(browser, server, `${tokenOf("u2")}x`);
    await wrong.sees("The server does not accept this token.");
    await wrong.page.getByLabel("Token").fill(tokenOf("u2", { name: "Grace" }));
    await wrong.page.keyboard.press("Enter");
    await wrong.online();
    await ada.sees("Grace joined");
    await ada.say("Welcome");
    await wrong.hears("Welcome");
    assertEquals(await wrong.messages(), ["Ada: Welcome"]);
    assertEquals(await ada.messages(), ["You: Welcome"]);
    assertEquals(await ada.page.locator("#state").innerText(), "Online");
    await ada.page.reload();
    await ada.online();
  }, { quiet: false, flags: ["--jwt-secret", secret, "--auth", when] });
}

testPage("asks for a new token when it has expired", async ({ browser, server }) => {
  const ada = await signIn(browser, server, tokenOf("u1", { exp: nowInSeconds() + 8 }));
  await ada.online();
  await ada.sees("Your token has expired: enter a new one.");
}, { quiet: false, flags: ["--jwt-secret", secret] });

testPage("ticks what was delivered, for screen readers too", async ({ arrive }) => {
  const ada = await arrive("Ada");
  for (const content of ["one", "two"]) await ada.say(content);
  const ticks = ada.log.getByRole("img", { name: "Delivered" });
  await ticks.nth(1).waitFor();
  assertEquals(await ticks.count(), 2);
  assertEquals(await ada.messages(), ["You: one", "You: two"]);
});

testPage("tells screen readers who has written each message", async ({ arrive }) => {
  const [ada, grace] = [await arrive("Ada"), await arrive("Grace")];
  for (const content of ["one", "two"]) await grace.say(content);
  await ada.hears("two");
  const spoken = (await ada.log.locator(".group").allTextContents()).join();
  assertMatch(spoken, /^Grace \d\d:\d\doneGrace:two$/);
  assertEquals(await ada.messages(), ["Grace: one", "Grace: two"]);
  assertEquals(await overflow(ada.page), []);
});

testPage("writes to one person only, by keyboard", async ({ arrive }) => {
  const [ada, grace, eve] = [await arrive("Ada"), await arrive("Grace"), await arrive("Eve")];
  await ada.page.getByRole("button", { name: "Grace, online: write privately" }).focus();
  await ada.page.keyboard.press("Enter");
  assertStringIncludes(
    await ada.page.getByRole("complementary", { name: "In the room" }).ariaSnapshot(),
    "- listitem: Ada you , online",
  );
  await ada.sees("To Grace only");
  assertStringIncludes(await ada.page.locator("#keys").innerText(), "Esc writes to the room");
  await ada.page.keyboard.type("between us");
  await ada.page.keyboard.press("Enter");
  await grace.hears("between us");
  await ada.hears("between us");
  assertEquals(await grace.log.locator(".private .private-note").innerText(), "to you only");
  assertEquals(await ada.log.locator(".private .private-note").innerText(), "to Grace only");
  await ada.log.getByRole("img", { name: "Delivered" }).waitFor();
  await ada.page.keyboard.press("Escape");
  await ada.page.locator("#recipient").waitFor({ state: "hidden" });
  assertStringIncludes(await ada.page.locator("#keys").innerText(), "Esc leaves");
  await ada.say("to all");
  await eve.hears("to all");
  assertEquals(await eve.messages(), ["Ada: to all"]);
  assertEquals(await ada.messages(), ["You: between us", "You: to all"]);
});

testPage("says when a private message finds nobody", async ({ arrive }) => {
  const [ada, grace] = [await arrive("Ada"), await arrive("Grace")];
  await ada.page.getByRole("button", { name: "Grace, online" }).click();
  await grace.page.close();
  await ada.sees("Grace left");
  await ada.say("are you there?");
  await ada.page.getByText("Not sent: not online any more.").waitFor();
  assertEquals(await ada.messages(), []);
});

testPage(
  "keeps a private message from the room when its reader leaves meanwhile",
  async (test) => {
    const [ada, eve] = [await test.arrive("Ada"), await test.arrive("Eve")];
    const grace = await test.arrive("Grace");
    await ada.page.getByRole("button", { name: "Grace, online" }).click();
    await ada.page.keyboard.type("between us");
    await grace.page.getByRole("button", { name: "Leave" }).click();
    const status = ada.page.getByRole("status").filter({ hasText: "To Grace only" });
    await status.getByText("Has left the room").waitFor();
    assertEquals(await ada.box.inputValue(), "between us");
    await grace.page.getByRole("button", { name: "Enter room" }).click();
    await grace.online();
    await status.getByText("Has left the room").waitFor({ state: "detached" });
    await ada.page.keyboard.press("Enter");
    await grace.hears("between us");
    await grace.page.getByRole("button", { name: "Leave" }).click();
    await status.getByText("Has left the room").waitFor();
    await ada.page.getByRole("button", { name: "Write to the room" }).click();
    await ada.page.getByRole("button", { name: "Eve, online" }).click();
    await ada.sees("To Eve only");
    assertEquals(await ada.page.getByText("Has left the room").count(), 0);
    assertEquals(await eve.messages(), []);
  },
);

testPage("keeps who one is over a restart and a reload", async (test) => {
  const [ada, grace] = [await test.arrive("Ada"), await test.arrive("Grace")];
  await ada.page.getByRole("button", { name: "Grace, online" }).click();
  await test.server.kill();
  await ada.sees("Connection lost.");
  await using _server = await startChatServer({ port: test.server.port });
  await Promise.all([ada.online(), grace.online()]);
  await ada.say("still you?");
  await grace.hears("still you?");

  await grace.say("still me");
  await ada.hears("still me");
  await grace.page.reload();
  await grace.online();
  await grace.hears("still me");
  assertEquals(await grace.messages(), ["You: still me"]);
}, { quiet: false });

testPage(
  "lists again who writes after a node has told late of a lost connection",
  async (test) => {
    const [ada, grace] = [await test.arrive("Ada"), await test.arrive("Grace")];
    const listed = ada.page.getByRole("button", { name: "Grace, online" });
    const userId = await listed.getAttribute("data-user-id");
    const { ok, body } = await fetch(new URL("/api/publish", test.server.url), {
      method: "POST",
      headers: { authorization: "Bearer late-node" },
      body: JSON.stringify({
        room: "harbour",
        event: "user:left",
        data: { userId, name: "Grace", roomId: "harbour" },
      }),
    });
    assertEquals(ok, true);
    await body?.cancel();
    await listed.waitFor({ state: "detached" });
    await grace.say("still here");
    await ada.hears("still here");
    await listed.waitFor();
  },
  { flags: ["--api-key", "late-node"] },
);

testPage("shows who went offline, and not by colour alone", async ({ arrive }) => {
  const [ada, grace] = [await arrive("Ada"), await arrive("Grace")];
  await grace.page.close();
  const people = ada.page.getByRole("complementary", { name: "In the room" });
  await people.getByText("offline").waitFor();
  assertEquals(await people.getByRole("listitem").allTextContents(), [
    "Ada you, online",
    "Grace offline",
  ]);
  await arrive("Grace");
  await people.getByText("offline").waitFor({ state: "detached" });
});

testPage("does without WebSocket where it is blocked", async ({ browser, server, arrive }) => {
  const grace = await arrive("Grace");
  const { page } = await openPage(browser, { viewport: { width: 320, height: 568 } });
  await page.addInitScript("delete globalThis.WebSocket");
  const ada = new ChatPage(page);
  await ada.enter(server.url, "Ada", "harbour");
  await ada.sees("Online without WebSocket: slower");
  await grace.say("hello");
  await ada.hears("hello");
  for (const content of ["one", "two", "three"]) await ada.say(content);
  await grace.hears("three");
  assertEquals(await grace.messages(), ["You: hello", "Ada: one", "Ada: two", "Ada: three"]);
  await ada.log.getByRole("img", { name: "Delivered" }).nth(2).waitFor();
  assertEquals(await overflow(page), []);
});

testPage("goes back to WebSocket as soon as that gets through", async ({ browser, server }) => {
  const { page } = await openPage(browser);
  await page.addInitScript(`globalThis.Original = WebSocket;
    globalThis.WebSocket = class extends Original {
      constructor(url, protocols) { super(globalThis.blocked ? "ws://127.0.0.1:9/" : url, protocols); }
    };
    globalThis.blocked = true;`);
  const ada = new ChatPage(page);
  await ada.enter(server.url, "Ada", "harbour");
  await ada.sees("Online without WebSocket: slower");
  await ada.say("before");
  await ada.hears("before");
  await page.evaluate("globalThis.blocked = false");
  await page.locator("#state").getByText("Online").waitFor();
  await ada.say("after");
  await ada.hears("after");
  assertEquals(await ada.messages(), ["You: before", "You: after"]);
  assertEquals(await page.locator(".gap").count(), 0);
}, { quiet: false });

for (const colorScheme of ["light", "dark"] as const) {
  testPage(`is accessible where people are, in ${colorScheme} mode`, async (test) => {
    const folder = await Deno.makeTempDir({ prefix: "hawser-chat-" });
    const ada = await test.arrive("Ada", { colorScheme });
    const [grace, eve] = [await test.arrive("Grace"), await test.arrive("Eve")];
    await ada.say("Is the berth free?");
    await ada.page.getByRole("button", { name: "Grace, online" }).click();
    await ada.say("It is for you alone");
    await grace.hears("It is for you alone");
    await grace.page.getByRole("button", { name: "Ada, online" }).click();
    await grace.say("I know");
    await ada.hears("I know");
    await eve.page.close();
    await ada.page.locator("#people-list").getByText("offline").waitFor();
    const faults = await accessibilityFaults(ada.page);
    await ada.page.screenshot({ path: `${folder}/${colorScheme}-people.png` });
    assertEquals(faults, [], `see ${folder}`);
    await Deno.remove(folder, { recursive: true });
  });
}
