/** The chat page over a bad network and a server that crashes: each message once, in order. */

import { assert, assertEquals } from "@std/assert";
import { launchBrowser, openPage } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { startChatServer } from "../support/chat_server.ts";
import { makeDatabaseFile } from "../support/database_file.ts";
import { optional } from "../support/optional.ts";
import { Relay } from "../support/relay.ts";

/** How often the network is cut, or else the server killed. */
const blows = 20;

/** Goes on where the network comes back, without the wait between two attempts. */
async function reconnect(people: readonly ChatPage[]): Promise<void> {
  await Promise.all(people.map(async (person) => {
    await person.page.evaluate("dispatchEvent(new Event('online'))");
    await person.online();
  }));
}

Deno.test({
  name: "chat page: cuts and crashes lose no message, and show none twice",
  ...optional("chromium"),
  async fn() {
    await using file = await makeDatabaseFile();
    const folder = file.path.replace("/history.db", "");
    const options = {
      flags: ["--database", file.path, "--rate", "0"],
      permissions: [`--allow-read=${folder}`, `--allow-write=${folder}`],
    };
    let server = await startChatServer(options);
    const { port } = server;
    await using relay = new Relay(port);
    const browser = await launchBrowser();
    try {
      const people: ChatPage[] = [];
      for (const name of ["Ada", "Grace", "Eve"]) {
        const person = new ChatPage((await openPage(browser)).page);
        await person.enter(relay.url, name, "harbour");
        people.push(person);
      }
      const [ada, grace, eve] = people as [ChatPage, ChatPage, ChatPage];
      const written: string[] = [];
      async function write(round: number, moment: string): Promise<void> {
        await Promise.all([[grace, "Grace"], [eve, "Eve"]].map(async ([person, name]) => {
          const content = `${name} ${String(round).padStart(2, "0")} ${moment}`;
          written.push(content);
          await (person as ChatPage).say(content);
        }));
      }
      for (let round = 0; round < blows; round++) {
        await write(round, "a");
        // Without waiting: what was just sent may be anywhere on its way.
        if (round % 2 === 0) {
          relay.cut();
          await write(round, "b");
          relay.restore();
        } else {
          await server.kill();
          await write(round, "b");
          server = await startChatServer({ ...options, port });
        }
        await reconnect(people);
      }
      for (const content of written) await Promise.all(people.map((each) => each.hears(content)));
      const [first, ...others] = await Promise.all(people.map(async (person) => {
        assertEquals(await person.pending.count(), 0);
        assertEquals(await person.page.locator(".gap").count(), 0);
        return await person.log.locator(".message").allInnerTexts();
      }));
      assert(first);
      assertEquals(first.toSorted(), written.toSorted());
      for (const other of others) assertEquals(other, first);
      for (const name of ["Grace", "Eve"]) {
        const own = first.filter((content) => content.startsWith(name));
        assertEquals(own, own.toSorted());
      }
      assertEquals(await ada.page.locator("#state").innerText(), "Online");
    } finally {
      await browser.close();
      await server.kill();
    }
  },
});
