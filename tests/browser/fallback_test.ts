/** EventSource of a real browser, against the real server. */

import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { App, fallback, serve, type Server } from "../../mod.ts";
import { launchBrowser, openPage } from "../support/browser.ts";
import { optional } from "../support/optional.ts";

interface Notes {
  readonly app: App;
  readonly server: Server;
  readonly url: string;
}

/** A server with an empty page, whose clients join what they like. */
function serveNotes(allowedOrigins?: readonly string[]): Notes {
  const app = new App({ rooms: true });
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    app,
    wires: [fallback()],
    fetch: () => new Response("<!DOCTYPE html>", { headers: { "content-type": "text/html" } }),
    ...allowedOrigins && { allowedOrigins },
  });
  return { app, server, url: `http://127.0.0.1:${server.addr.port}/` };
}

/** Listens in the page; `count` and `failed` tell what has come. */
async function listen(page: Page, url: string): Promise<void> {
  await page.evaluate((url) => {
    const notes: number[] = [];
    const source = new EventSource(url);
    source.onmessage = ({ data }) => {
      const { type, seq } = JSON.parse(data);
      if (type === "note") notes.push(seq);
    };
    Object.assign(globalThis, { notes, source });
  }, url);
}

/** Waits until that many notes have come, and returns their numbers. */
async function hear(page: Page, count: number): Promise<number[]> {
  await page.waitForFunction(`notes.length >= ${count}`);
  return await page.evaluate<number[]>("notes");
}

Deno.test({
  name: "EventSource connects under the page's origin, and resumes by itself where it was cut off",
  ...optional("chromium"),
  async fn() {
    const { app, server, url } = serveNotes();
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser);
      await page.goto(url);
      await listen(page, "/sse?room=deck");
      await page.waitForFunction("source.readyState === EventSource.OPEN");
      await app.publish("deck", "note", {});
      assertEquals(await hear(page, 1), [1]);
      app.to("deck").disconnect(4000, "Come back");
      for (let i = 0; i < 2; i++) await app.publish("deck", "note", {});
      assertEquals(await hear(page, 3), [1, 2, 3]);
      assertEquals(app.in("deck").count, 1);
    } finally {
      await browser.close();
      await server.shutdown();
    }
  },
});

Deno.test({
  name: "hostile 28: EventSource of another origin connects only where that is allowed",
  ...optional("chromium"),
  async fn() {
    const home = serveNotes();
    const closed = serveNotes();
    const open = serveNotes([new URL(home.url).origin]);
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser);
      await page.goto(home.url);
      await listen(page, `${closed.url}sse?room=deck`);
      await page.waitForFunction("source.readyState === EventSource.CLOSED");
      assertEquals(closed.app.size, 0);
      await listen(page, `${open.url}sse?room=deck`);
      await page.waitForFunction("source.readyState === EventSource.OPEN");
      await open.app.publish("deck", "note", {});
      assertEquals(await hear(page, 1), [1]);
      const session = await page.evaluate(async (url) => {
        const { session } = await (await fetch(`${url}poll`)).json();
        const headers = { "content-type": "application/json" };
        const init = { method: "POST", headers, body: '{"type":"nothing"}' };
        const response = await fetch(`${url}events?session=${session}`, init);
        return (await response.json()).messages[0].code;
      }, open.url);
      assertEquals(session, "UNKNOWN_EVENT");
    } finally {
      await browser.close();
      await Promise.all([home, closed, open].map(({ server }) => server.shutdown()));
    }
  },
});

Deno.test({
  name: "hostile 152: the chat's page takes no message and no token where it is redirected to",
  ...optional("chromium"),
  async fn() {
    const stolen: string[] = [];
    const settings = { port: 0, hostname: "127.0.0.1", onListen() {} };
    await using thief = Deno.serve(settings, ({ method, url }) => {
      stolen.push(`${method} ${url}`);
      return new Response("{}", { headers: { "access-control-allow-origin": "*" } });
    });
    const location = `http://127.0.0.1:${thief.addr.port}/`;
    const source = new URL("../../examples/chat/page/hawser_client.js", import.meta.url);
    const script = await Deno.readTextFile(source);
    await using server = Deno.serve(settings, ({ url }) => {
      const { pathname } = new URL(url);
      if (pathname === "/") {
        return new Response("<!DOCTYPE html>", { headers: { "content-type": "text/html" } });
      }
      if (pathname === "/hawser_client.js") {
        return new Response(script, { headers: { "content-type": "text/javascript" } });
      }
      if (pathname === "/open") {
        const text = 'data: {"type":"welcome","id":"c","session":"s"}\n\n';
        const welcome = new TextEncoder().encode(text);
        return new Response(new ReadableStream({ start: (stream) => stream.enqueue(welcome) }));
      }
      if (pathname === "/favicon.ico") return new Response(null, { status: 404 });
      return new Response(null, { status: 307, headers: { location } });
    });
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser);
      await page.goto(`http://127.0.0.1:${server.addr.port}/`);
      const codes = await page.evaluate(`import("/hawser_client.js").then(({ connect }) =>
        Promise.all(["/open", "/sse"].map((sse) => new Promise((resolve) => {
          const options = { transports: ["sse"], paths: { sse }, tokenBy: "subprotocol" };
          const client = connect("/ws", { ...options, token: "s3cr3t", maxRetries: 0 });
          client.emit("secret", { text: "for the server alone" });
          client.onState(({ state, close }) => state === "closed" && resolve(close.code));
        }))))`);
      assertEquals([codes, stolen], [[1006, 1006], []]);
    } finally {
      await browser.close();
    }
  },
});
