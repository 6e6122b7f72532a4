/** The chat page in a real browser, against the real chat server. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openPage } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { startChatServer } from "../support/chat_server.ts";
import { makeDatabaseFile } from "../support/database_file.ts";
import { testPage } from "../support/page_test_case.ts";
import { JsonSocket } from "../support/json_socket.ts";
import { accessibilityFaults, distanceToEnd, overflow } from "../support/page_checks.ts";

testPage("shows messages of both people in order, and whose they are", async ({ arrive }) => {
  const [ada, grace] = [await arrive("Ada"), await arrive("Grace")];
  await ada.say("one");
  await grace.hears("one");
  await grace.say("two");
  await ada.hears("two");
  await ada.say("three");
  await ada.say("four\n  and more");
  await Promise.all([ada.hears("four\n  and more"), grace.hears("four\n  and more")]);
  assertEquals(await ada.messages(), [
    "You: one",
    "Grace: two",
    "You: three",
    "You: four\n  and more",
  ]);
  assertEquals(await grace.messages(), [
    "Ada: one",
    "You: two",
    "Ada: three",
    "Ada: four\n  and more",
  ]);
});

testPage("keeps the order of a burst beyond the server's rate limit", async ({ arrive }) => {
  const [ada, grace] = [await arrive("Ada"), await arrive("Grace")];
  const burst = Array.from({ length: 8 }, (_, index) => `message ${index}`);
  for (const content of burst) await ada.say(content);
  await grace.hears("message 7");
  assertEquals(await grace.messages(), burst.map((content) => `Ada: ${content}`));
  await ada.pending.waitFor({ state: "detached" });
}, { flags: ["--rate", "2"] });

testPage("shows who is there, who came and who left", async ({ arrive }) => {
  const ada = await arrive("Ada");
  const grace = await arrive("Grace");
  await ada.sees("Grace joined");
  const people = ada.page.getByRole("complementary", { name: "In the room" });
  assertEquals(await people.getByRole("listitem").allTextContents(), [
    "Ada you, online",
    "Grace",
  ]);
  await grace.page.getByRole("button", { name: "Leave" }).click();
  await ada.sees("Grace left");
  assertEquals(await people.getByRole("listitem").allTextContents(), ["Ada you, online"]);
});

testPage("lists a hundred people of a large room, and says how many more", async (test) => {
  const url = new URL("/ws", test.server.url.replace("http", "ws"));
  const others = await Promise.all(Array.from({ length: 110 }, () => JsonSocket.open(url)));
  for (const other of others) other.send({ type: "room:join", roomId: "harbour" });
  for (const other of others) while ((await other.next()).type !== "room:joined");
  const ada = await test.arrive("Ada");
  const people = ada.page.getByRole("complementary", { name: "In the room" });
  await people.getByText("and 11 more").waitFor();
  assertEquals(await people.getByRole("listitem").count(), 101);
  assertEquals(await ada.page.locator("#people-count").innerText(), "111");
  await others.pop()![Symbol.asyncDispose]();
  await people.getByText("and 10 more").waitFor();
  for (const other of others.splice(1)) await other[Symbol.asyncDispose]();
  // Most leave by several messages.
  await people.locator("[data-hue]").nth(2).waitFor({ state: "detached", timeout: 60_000 });
  assertEquals(await people.locator("[data-hue]").count(), 2);
  assertEquals(await people.getByText("more").count(), 0);
});

testPage("shows who is typing until the message is there, or for a while", async ({ arrive }) => {
  const [ada, grace] = [await arrive("Ada"), await arrive("Grace")];
  await grace.box.pressSequentially("Hello");
  await ada.sees("Grace is typing…");
  await grace.box.press("Enter");
  await ada.hears("Hello");
  assertEquals(await ada.page.locator("#typing").innerText(), "");
  await grace.box.pressSequentially("Never mind");
  await ada.sees("Grace is typing…");
  await ada.page.getByText("Grace is typing…").waitFor({ state: "hidden" });
});

testPage("comes back after a restart and sends what was written meanwhile", async (test) => {
  const ada = await test.arrive("Ada");
  await ada.say("before");
  await ada.hears("before");
  await test.server.kill();
  await ada.sees("Connection lost.");
  await ada.say("written without a connection");
  await ada.say("and another");
  await ada.sees("Waiting to be sent");
  await ada.box.fill("a draft");

  await using _server = await startChatServer({ port: test.server.port });
  await ada.online();
  await ada.hears("and another");
  assertEquals(await ada.messages(), [
    "You: before",
    "You: written without a connection",
    "You: and another",
  ]);
  assertEquals(await ada.pending.count(), 0);
  assertEquals(await ada.box.inputValue(), "a draft");
  await ada.sees("You may have missed messages while you were disconnected.");
}, { quiet: false });

testPage("shows what was written while one was away", async ({ server, arrive }) => {
  const [ada, grace] = [await arrive("Ada"), await arrive("Grace")];
  await ada.say("one");
  await grace.hears("one");
  await grace.page.getByRole("button", { name: "Leave" }).click();
  for (const content of ["two", "three"]) {
    await ada.say(content);
    await ada.hears(content);
  }
  await grace.page.getByRole("button", { name: "Enter room" }).click();
  await grace.online();
  await ada.say("four");
  await grace.hears("four");
  const written = ["one", "two", "three", "four"].map((content) => `Ada: ${content}`);
  assertEquals(await grace.messages(), written);
  assertEquals(await grace.page.locator(".gap").count(), 0);
  assertEquals(grace.page.url(), `${server.url}#harbour`);
});

testPage("goes on where it was after a restart with a database", async ({ browser }) => {
  await using file = await makeDatabaseFile();
  const folder = file.path.replace("/history.db", "");
  const options = {
    flags: ["--database", file.path],
    permissions: [`--allow-read=${folder}`, `--allow-write=${folder}`],
  };
  const first = await startChatServer(options);
  const ada = new ChatPage((await openPage(browser)).page);
  await ada.enter(first.url, "Ada", "harbour");
  await ada.say("before");
  await ada.hears("before");
  await first.kill();
  await ada.sees("Connection lost.");
  await ada.say("written without a connection");
  await using _second = await startChatServer({ ...options, port: first.port });
  await ada.online();
  await ada.hears("written without a connection");
  assertEquals(await ada.messages(), ["You: before", "You: written without a connection"]);
  assertEquals(await ada.page.locator(".gap").count(), 0);
}, { quiet: false });

testPage("connects at once on demand and when the network is back", async (test) => {
  const ada = await test.arrive("Ada");
  await test.server.kill();
  await ada.sees("Connection lost.");
  await using _server = await startChatServer({ port: test.server.port });
  await ada.page.getByRole("button", { name: "Try now" }).click();
  await ada.online();
  await ada.page.evaluate("dispatchEvent(new Event('online'))");
  await ada.online();
  await ada.say("here again");
  await ada.hears("here again");
  assertEquals(await ada.pending.count(), 0);
}, { quiet: false });

testPage("keeps unsent messages over a reload, and sends them on demand", async (test) => {
  const ada = await test.arrive("Ada");
  ada.page.on("dialog", (dialog) => dialog.accept());
  await test.server.kill();
  await ada.sees("Connection lost.");
  await ada.say("do not lose me");
  await using _server = await startChatServer({ port: test.server.port });
  await ada.page.reload();
  await ada.online();
  await ada.page.getByRole("button", { name: "Send again" }).click();
  await ada.hears("do not lose me");
  assertEquals(await ada.pending.count(), 0);
}, { quiet: false });

testPage("does not connect again when the server said not to", async ({ browser, server }) => {
  const { page } = await openPage(browser);
  let connections = 0;
  await page.routeWebSocket("**/ws?*", async (socket) => {
    connections++;
    await socket.close({ code: 4401, reason: "Signed out" });
  });
  await page.goto(server.url);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Enter room" }).click();
  await page.getByText("The server ended the connection: Signed out.").waitFor();
  await page.evaluate("dispatchEvent(new Event('online'))");
  assertEquals(connections, 1);
  await page.getByRole("button", { name: "Connect again" }).click();
  await page.getByText("The server ended the connection: Signed out.").waitFor();
  assertEquals(connections, 2);
});

testPage("shows markup in a message and a name as text", async ({ arrive }) => {
  const markup = "<img src=x onerror=document.title='run'><b>bold</b>";
  const name = "<i>Mallory</i><script>1</script>";
  const ada = await arrive("Ada");
  const mallory = await arrive(name);
  await mallory.say(markup);
  await ada.hears(markup);
  await ada.sees(`${name} joined`);
  assertEquals(await ada.messages(), [`${name}: ${markup}`]);
  assertEquals(await ada.page.locator("#log img, #log b, #log i, #people i").count(), 0);
  assertEquals(await ada.page.title(), "harbour · Hawser");
});

testPage("makes links of web addresses, and of nothing else", async ({ arrive }) => {
  const ada = await arrive("Ada");
  await ada.say("See https://example.org/a?b=c. Not javascript:alert(1)");
  const links = ada.log.getByRole("link");
  await links.first().waitFor();
  assertEquals(await links.allInnerTexts(), ["https://example.org/a?b=c"]);
  assertEquals(await links.getAttribute("rel"), "noopener noreferrer");
});

testPage("is served with a content security policy without exceptions", async ({ server }) => {
  const response = await fetch(server.url);
  await response.body?.cancel();
  const policy = response.headers.get("content-security-policy") ?? "";
  for (const source of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
    assertStringIncludes(policy, source);
  }
  assert(!policy.includes("unsafe"), policy);
});

testPage("works by keyboard alone", async ({ browser, server, arrive }) => {
  const grace = await arrive("Grace");
  const { page } = await openPage(browser);
  const ada = new ChatPage(page);
  await page.goto(`${server.url}#harbour`);
  await page.keyboard.type("Ada");
  await page.keyboard.press("Enter");
  await ada.online();
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await grace.hears("first line\nsecond line");

  const stops: string[] = [];
  const leave = page.getByRole("button", { name: "Leave" });
  await leave.focus();
  for (let stop = 0; stop < 6; stop++) {
    stops.push(
      await page.evaluate<string>(
        "document.activeElement.id || document.activeElement.textContent",
      ),
    );
    assert(await page.evaluate("document.activeElement.matches(':focus-visible')"));
    await page.keyboard.press("Tab");
  }
  assertEquals(stops, [
    "leave",
    "Grace",
    "Copy link to this room",
    "scroller",
    "text",
    "send",
  ]);

  await page.keyboard.press("Escape");
  await ada.sees("You left harbour.");
  await grace.sees("Ada left");
  await page.keyboard.press("Enter");
  await ada.online();
  assertEquals(await ada.messages(), ["You: first line\nsecond line"]);
});

testPage("follows the conversation, unless the reader has scrolled up", async ({ arrive }) => {
  const small = { viewport: { width: 480, height: 400 } };
  const [ada, grace] = [await arrive("Ada", small), await arrive("Grace", small)];
  for (let line = 0; line < 12; line++) await grace.say(`line ${line}`);
  await ada.hears("line 11");
  assert(await distanceToEnd(ada.page) < 2);

  await ada.page.evaluate(`new Promise((resolve) => {
    const scroller = document.getElementById("scroller");
    scroller.addEventListener("scroll", resolve, { once: true });
    scroller.scrollTop = 0;
  })`);
  await grace.say("unread");
  await ada.page.getByRole("button", { name: "1 new message" }).click();
  await ada.page.getByRole("button", { name: "new message" }).waitFor({ state: "hidden" });
  assert(await distanceToEnd(ada.page) < 2);
});

const longWord = "mooring".repeat(40);

testPage("fits a narrow phone", async (test) => {
  const phone = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true };
  const ada = await test.arrive("A".repeat(32), phone);
  const grace = await test.arrive(longWord, phone);
  await grace.say(longWord);
  await ada.hears(longWord);
  await ada.page.getByRole("button", { name: "in the room" }).click();
  await ada.sees("In the room");
  await test.server.kill();
  await ada.sees("Connection lost.");
  assertEquals(await overflow(ada.page), []);
  await ada.page.getByRole("button", { name: "Leave" }).click();
  await ada.sees("You left harbour.");
  assertEquals(await overflow(ada.page), []);
}, { quiet: false });

for (const colorScheme of ["light", "dark"] as const) {
  testPage(`is accessible in ${colorScheme} mode`, async (test) => {
    const folder = await Deno.makeTempDir({ prefix: "hawser-chat-" });
    const ada = await test.arrive("Ada", { colorScheme });
    const grace = await test.arrive("Grace");
    const faults: string[] = [];
    async function inspect(state: string): Promise<void> {
      faults.push(...await accessibilityFaults(ada.page));
      await ada.page.screenshot({ path: `${folder}/${colorScheme}-${state}.png` });
    }
    await inspect("empty");
    await ada.say("Is the berth free? https://example.org");
    await grace.say("From ten o'clock on.");
    await ada.hears("From ten o'clock on.");
    await grace.box.pressSequentially("Or");
    await ada.sees("Grace is typing…");
    await inspect("busy");
    await test.server.kill();
    await ada.sees("Connection lost.");
    await ada.say("And the crane?");
    await ada.sees("Waiting to be sent");
    await inspect("disconnected");
    await ada.page.getByRole("button", { name: "Leave" }).click();
    await inspect("join");
    assertEquals(faults, [], `see ${folder}`);
    await Deno.remove(folder, { recursive: true });
  }, { quiet: false });
}
