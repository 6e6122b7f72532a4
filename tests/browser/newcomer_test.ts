/** The messages that the page shows to newcomers of a room, and to returning users. */

import { assertEquals } from "@std/assert";
import { launchBrowser, openPage } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { startChatServer } from "../support/chat_server.ts";
import { JsonSocket } from "../support/json_socket.ts";
import { optional } from "../support/optional.ts";

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `message ${index + from}`);

Deno.test({
  name: "chat page: a newcomer sees the last 50 messages of the room, and each once",
  ...optional("chromium"),
  async fn() {
    const server = await startChatServer({ flags: ["--rate", "0"] });
    const browser = await launchBrowser();
    try {
      await using ada = await JsonSocket.open(new URL("/ws", server.url.replace("http", "ws")));
      ada.send({ type: "room:join", roomId: "harbour" });
      let count = 0;
      const write = async (times: number) => {
        for (let i = 0; i < times; i++) {
          const data = { roomId: "harbour", content: `message ${++count}` };
          ada.send({ id: `${count}`, event: "chat:message", data });
          while ((await ada.next()).ack !== `${count}`);
        }
      };
      await write(60);
      const person = new ChatPage((await openPage(browser)).page);
      await person.enter(server.url, "Grace", "harbour");
      const shown = () => person.log.locator(".message").allInnerTexts();
      assertEquals(await shown(), range(11, 60));
      await write(1);
      await person.hears("message 61");
      assertEquals(await shown(), range(11, 61));
      assertEquals(await person.page.locator(".gap").count(), 0);

      await person.page.evaluate("dispatchEvent(new Event('offline'))");
      await write(1);
      await person.page.evaluate("dispatchEvent(new Event('online'))");
      await person.hears("message 62");
      await person.online();
      assertEquals(await shown(), range(11, 62));
    } finally {
      await browser.close();
      await server.kill();
    }
  },
});
