/** A chat server and a browser, for the tests of the chat page. */

import { assertEquals } from "@std/assert";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { launchBrowser, openPage } from "./browser.ts";
import { ChatPage } from "./chat_page.ts";
import { type ChatServer, startChatServer } from "./chat_server.ts";
import { optional } from "./optional.ts";

/** The server and the browser of a test. */
export interface PageTest {
  readonly browser: Browser;
  readonly server: ChatServer;
  /** Lets a person of that name step into the room "harbour". */
  arrive(name: string, options?: BrowserContextOptions): Promise<ChatPage>;
}

/**
 * Defines a test with a server and a browser of its own. The browser complains about a server that
 * does not answer; otherwise it must be `quiet`.
 */
export function testPage(
  name: string,
  body: (test: PageTest) => Promise<void>,
  { quiet = true, flags = [] }: { quiet?: boolean; flags?: string[] } = {},
): void {
  Deno.test({
    name: `chat page ${name}`,
    ...optional("chromium"),
    async fn() {
      await using server = await startChatServer({ flags });
      const browser = await launchBrowser();
      const everything: string[][] = [];
      async function arrive(name: string, options?: BrowserContextOptions): Promise<ChatPage> {
        const { page, complaints } = await openPage(browser, options);
        everything.push(complaints);
        const chat = new ChatPage(page);
        await chat.enter(server.url, name, "harbour");
        return chat;
      }
      try {
        await body({ browser, server, arrive });
        if (quiet) assertEquals(everything.flat(), []);
      } finally {
        await browser.close();
      }
    },
  });
}
