/** The WebSocket of a page: life cycle, ready states, close, bytes and Blobs. */

import { assertEquals } from "@std/assert";
import { launchBrowser, openPage } from "../support/browser.ts";
import { EchoServer } from "../support/echo.ts";
import { optional } from "../support/optional.ts";
import { comeBack, liveAndClose, sendBytes } from "./browser_life_cycle.js";

const source = await Deno.readTextFile(new URL("browser_life_cycle.js", import.meta.url));

/** An echo server that cuts its first connection where it is told to, and has a page. */
function startServer(cutsFirst = false): EchoServer {
  return new EchoServer({
    fetch: ({ url }) =>
      url.endsWith("/life.js")
        ? new Response(source, { headers: { "content-type": "text/javascript" } })
        : new Response("<!doctype html>", { headers: { "content-type": "text/html" } }),
  }, (connection) => {
    if (cutsFirst) connection.on("message", () => connection.terminate());
    cutsFirst = false;
  });
}

const life = [
  "state 0",
  "Connected to server",
  "Received: hello world",
  "open",
  "state 2",
  // RFC 6455 §5.5.1: a server echoes the code; the reason is for the server.
  "Disconnected: code=1000, reason=",
  "state 3, clean true",
];

Deno.test("seed: life cycle of a WebSocket", async () => {
  await using server = startServer();
  assertEquals(await liveAndClose(server.url()), life);
  assertEquals(server.closes, [{ code: 1000, reason: "Goodbye", wasClean: true }]);
});

Deno.test("seed: connect again after a close that was not clean", async () => {
  await using server = startServer(true);
  const news = await comeBack(server.url(), (connect) => setTimeout(connect, 1));
  assertEquals(news, ["open", "clean false", "open", "clean true"]);
});

Deno.test("seed: send an ArrayBuffer and a Blob", async () => {
  await using server = startServer();
  assertEquals(await sendBytes(server.url()), [3.14, "hello"]);
});

Deno.test({
  name: "seed: life cycle, ArrayBuffer and Blob in Chromium",
  ...optional("chromium"),
  async fn() {
    await using server = startServer();
    const browser = await launchBrowser();
    try {
      const { page, complaints } = await openPage(browser);
      await page.goto(server.url().replace("ws:", "http:"));
      const both = await page.evaluate(`import("/life.js").then(async (module) => [
        await module.liveAndClose("${server.url()}"),
        await module.sendBytes("${server.url()}"),
      ])`);
      assertEquals([both, complaints], [[life, [3.14, "hello"]], []]);
    } finally {
      await browser.close();
    }
  },
});
