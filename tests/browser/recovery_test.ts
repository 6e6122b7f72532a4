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

/** Lets each write a message; returns what was written. */
function write(writers: readonly ChatPage[], text: string): Promise<string[]> {
  return Promise.all(writers.map(async (writer, index) => {
    const content = `${index} ${text}`;
    await writer.say(content);
    return content;
  }));
}

/** Lets rounds be sorted as texts. */
function pad(round: number): string {
  return String(round).padStart(2, "0");
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
      const [ada, ...writers] = people;
      const written: string[] = [];
      for (let round = 0; round < blows; round++) {
        written.push(...await write(writers, `${pad(round)} a`));
        // Without waiting: what was just sent may be anywhere on its way.
        if (round % 2 === 0) {
          relay.cut();
          written.push(...await write(writers, `${pad(round)} b`));
          relay.restore();
        } else {
          await server.kill();
          written.push(...await write(writers, `${pad(round)} b`));
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
      for (const writer of writers.keys()) {
        const own = first.filter((content) => content.startsWith(`${writer} `));
        assertEquals(own, own.toSorted());
      }
      assertEquals(await ada?.page.locator("#state").innerText(), "Online");
    } finally {
      await browser.close();
      await server.kill();
    }
  },
});
