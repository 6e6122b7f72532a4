/** Tokens from a real browser, which cannot set header fields. */

import { assertEquals } from "@std/assert";
import { launchBrowser, openPage } from "../support/browser.ts";
import { startChatServer } from "../support/chat_server.ts";
import { optional } from "../support/optional.ts";
import { secret, tokenOf } from "../support/tokens.ts";

/** The first message that a page gets, and its subprotocol. */
interface Heard {
  readonly types: readonly string[];
  readonly protocol: string;
}

/** Connects as a page does. Runs in the browser. */
function listen({ url, protocols }: { url: string; protocols: string[] }): Promise<Heard> {
  const socket = new WebSocket(url, protocols);
  const types: string[] = [];
  return new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      types.push(JSON.parse(data).type);
      if (types.length === 2) socket.close();
    };
    socket.onclose = () => resolve({ types, protocol: socket.protocol });
  });
}

Deno.test({
  name: "chat: a page signs in by ?token= and by a subprotocol",
  ...optional("chromium"),
  async fn() {
    const flags = ["--jwt-secret", secret, "--auth", "before"];
    await using server = await startChatServer({ flags });
    const token = tokenOf("ada");
    const url = `${server.url.replace("http", "ws")}ws`;
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser);
      await page.goto(server.url);
      const types = ["welcome", "auth_ok"];
      const byQuery = await page.evaluate(listen, { url: `${url}?token=${token}`, protocols: [] });
      assertEquals(byQuery, { types, protocol: "" });
      const protocol = `bearer.${token}`;
      const byProtocol = await page.evaluate(listen, { url, protocols: [protocol] });
      assertEquals(byProtocol, { types, protocol });
      const refused = await page.evaluate(listen, { url: `${url}?token=x`, protocols: [] });
      assertEquals(refused, { types: [], protocol: "" });
    } finally {
      await browser.close();
    }
  },
});
