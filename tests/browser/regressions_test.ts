/**
 * Faults that users of earlier versions met, each by the input that showed it, from pages in a
 * real browser. `tests/integration/regressions_test.ts` has those of servers and programs.
 */

import { apiKeys, App, fallback, publish, serve, type Server } from "@hawser/ws";
import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { launchBrowser, openPage } from "../support/browser.ts";
import { ChatPage } from "../support/chat_page.ts";
import { startChatServer } from "../support/chat_server.ts";
import { optional } from "../support/optional.ts";
import { waitFor } from "../support/wait.ts";

const files = new URL("../../examples/chat/page/", import.meta.url);

/** A page with the client library as one file, and the server that it speaks to. */
class ServedPage implements AsyncDisposable {
  readonly app: App;
  readonly server: Server;
  readonly #browser: Browser;

  private constructor(browser: Browser, library: string, app: App) {
    this.#browser = browser;
    this.app = app;
    this.server = serve({
      port: 0,
      hostname: "127.0.0.1",
      path: "/ws",
      app,
      wires: [fallback(), publish({ auth: apiKeys(["KEY"]) })],
      upgrade: (request) => {
        const isKnown = request.headers.get("cookie")?.includes("user=ada");
        return isKnown ? {} : new Response("Sign in\n", { status: 401 });
      },
      fetch: (request) => {
        const isLibrary = new URL(request.url).pathname === "/hawser_client.js";
        const type = isLibrary ? "text/javascript" : "text/html";
        return new Response(isLibrary ? library : "<!DOCTYPE html>", {
          headers: { "content-type": type },
        });
      },
      onListen() {},
    });
  }

  static async open(app: App = new App({ rooms: true })): Promise<ServedPage> {
    const library = await Deno.readTextFile(new URL("hawser_client.js", files));
    return new ServedPage(await launchBrowser(), library, app);
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.addr.port}/`;
  }

  /** Opens a page; `client` in it is one of the library, which notes down what it hears. */
  async visit(options: object = {}, cookie = "user=ada"): Promise<Page> {
    const { page } = await openPage(this.#browser);
    await page.goto(this.url);
    if (cookie !== "") await page.evaluate(`document.cookie = ${JSON.stringify(cookie)}`);
    const settings = JSON.stringify({ minDelay: 10, maxDelay: 50, ...options });
    await page.evaluate(`import("/hawser_client.js").then(({ connect }) => {
      const client = connect(location.origin.replace("http", "ws") + "/ws", ${settings});
      Object.assign(globalThis, { client, heard: [], others: [], state: () => client.state });
      for (const event of ["note", "score", "echoed"]) {
        client.on(event, (data) => heard.push([event, data]));
      }
      client.onGap((gap) => others.push(gap));
    })`);
    return page;
  }

  /** Publishes as README's curl does. */
  async curl(room: string, text: string): Promise<void> {
    const response = await fetch(`${this.url}api/publish`, {
      method: "POST",
      headers: { authorization: "Bearer KEY" },
      body: `{"room":"${room}","event":"note","data":{"text":"${text}"}}`,
    });
    assertEquals(response.status, 200, await response.text());
  }

  cut(): void {
    for (const client of this.app.broadcast.clients()) client.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.server.shutdown({ deadline: 1_000 });
  }
}

/** Waits until a page has heard that much, and returns it. */
async function hear(page: Page, count: number): Promise<unknown[]> {
  await page.waitForFunction(`heard.length >= ${count}`);
  return await page.evaluate<unknown[]>("heard");
}

function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `Chromium: ${name}`, ...optional("chromium"), fn });
}

browserTest('client.join("abc") and GET /sse?room=abc enter a room', async () => {
  await using served = await ServedPage.open();
  const page = await served.visit();
  const roomId = await page.evaluate("client.join('abc').then(({ roomId }) => roomId)");
  await page.evaluate(`source = new EventSource("/sse?room=abc");
    source.onmessage = ({ data }) => others.push(JSON.parse(data).type);`);
  await page.waitForFunction("others.includes('room:joined')");
  assertEquals([roomId, served.app.in("abc").count], ["abc", 2]);
});

browserTest("publish by curl, cut, publish again: each message arrives once", async () => {
  await using served = await ServedPage.open();
  for (const room of ["websocket", "sse", "poll"]) {
    const page = await served.visit({ transports: [room] });
    await page.evaluate(`client.join("${room}")`);
    await served.curl(room, "one");
    await hear(page, 1);
    served.cut();
    await served.curl(room, "two");
    await hear(page, 2);
    await served.curl(room, "three");
    const texts = ["one", "two", "three"].map((text) => ["note", { text }]);
    assertEquals(await hear(page, 3), texts, room);
  }
});

browserTest(
  'emit("score", { roomId: "abc", seq: 99 }) is heard, and starts no rejoin',
  async () => {
    await using served = await ServedPage.open();
    const page = await served.visit();
    await page.evaluate("client.join('abc')");
    await page.evaluate("client.on('room:joined', (joined) => others.push(joined))");
    const score = { roomId: "abc", seq: 99 };
    served.app.to("abc").emit("score", score);
    await served.app.publish("abc", "score", score);
    served.app.to("abc").emit("score", score);
    assertEquals(await hear(page, 3), Array(3).fill(["score", score]));
    assertEquals(await page.evaluate("[others, client.position('abc').seq]"), [[], 1]);
  },
);

browserTest('{ type: "news" }, 9, bytes and a Map arrive as they are or throw', async () => {
  const app = new App({ rooms: true });
  const got: unknown[] = [];
  app.on("echo", (client, data) => {
    got.push(data);
    client.emit("echoed", data);
    return data;
  });
  await using served = await ServedPage.open(app);
  const page = await served.visit();
  const given = '[{ type: "news" }, 9, { bytes: Uint8Array.of(1, 2) }]';
  const acks = await page.evaluate(
    `Promise.all(${given}.map((each) => client.emitWithAck("echo", each)))`,
  );
  const here = [{ type: "news" }, 9, { bytes: Uint8Array.of(1, 2) }];
  assertEquals(got, here);
  assertEquals(acks, here);
  assertEquals(await hear(page, 3), here.map((data) => ["echoed", data]));
  const thrown = await page.evaluate<string>(
    "(() => { try { client.emit('echo', new Map()); } catch (error) { return `${error}`; } })()",
  );
  assert(thrown.startsWith("TypeError") && thrown.includes("data is a Map"), thrown);
});

browserTest(
  "joining 35 rooms on an open client leaves it open, 60 come back after a cut",
  async () => {
    await using served = await ServedPage.open();
    const page = await served.visit();
    await page.evaluate("client.ready()");
    const join = (from: number, to: number) =>
      page.evaluate(`(async () => {
      const names = Array.from({ length: ${to} - ${from} }, (_, i) => "room " + (i + ${from}));
      await Promise.all(names.map((name) => client.join(name)));
      return client.state;
    })()`);
    assertEquals([await join(0, 35), await join(35, 60)], ["open", "open"]);
    await page.evaluate("client.on('room:joined', ({ roomId }) => others.push(roomId))");
    served.cut();
    await page.waitForFunction("others.length === 60");
    const [member] = served.app.broadcast.clients();
    assertEquals([member?.rooms.size, await page.evaluate("client.state")], [60, "open"]);
  },
);

browserTest("an idle tab counts as no UNKNOWN_EVENT and takes no token of the rate", async () => {
  const app = new App({ rooms: true, rateLimit: { perSecond: 0.001, burst: 1 } });
  await using served = await ServedPage.open(app);
  const page = await served.visit({ idleTimeout: 5, connectTimeout: 500 });
  await waitFor(() => served.server.stats().connections.messagesIn >= 3);
  const { events, errors } = served.server.stats().app["/"]!;
  assertEquals([events, errors.UNKNOWN_EVENT, errors.RATE_LIMITED], [0, 0, 0]);
  assertEquals(await page.evaluate("client.state"), "open");
});

browserTest("who has not signed in for the upgrade hook comes in by no transport", async () => {
  await using served = await ServedPage.open();
  for (const transport of ["websocket", "sse", "poll"]) {
    const page = await served.visit({ transports: [transport], maxRetries: 1 }, "");
    await page.waitForFunction("client.state === 'closed'");
    const statuses = page.evaluate<number[]>(
      "Promise.all(['/sse', '/poll'].map((path) => fetch(path).then(({ status }) => status)))",
    );
    assertEquals([await statuses, served.app.size], [[401, 401], 0], transport);
  }
});

browserTest(
  "the chat's page connects by the library alone, also where WebSocket is blocked",
  async () => {
    await using server = await startChatServer();
    const browser = await launchBrowser();
    try {
      for (const isBlocked of [false, true]) {
        const { page } = await openPage(browser);
        await page.addInitScript(`globalThis.makers = [];
        for (const name of ["WebSocket", "EventSource"]) {
          const Real = globalThis[name];
          globalThis[name] = class extends Real {
            constructor(...args) {
              if (name === "WebSocket" && ${isBlocked}) args[0] = "ws://127.0.0.1:9/";
              super(...args);
              makers.push([name, new Error().stack.split("\\n").at(2)]);
            }
          };
        }`);
        const person = new ChatPage(page);
        await person.enter(server.url, "Ada", isBlocked ? "harbour" : "deck");
        await person.say("ahoy");
        await person.hears("ahoy");
        const makers = await page.evaluate<[string, string][]>("makers");
        assert(makers.length > 0 && makers.every(([, line]) => line.includes("hawser_client.js")));
      }
    } finally {
      await browser.close();
    }
  },
);

browserTest("a second tab of the chat shows what was said before it was opened", async () => {
  await using server = await startChatServer({ flags: ["--rate", "0"] });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext();
    const ada = new ChatPage(await context.newPage());
    await ada.enter(server.url, "Ada", "harbour");
    for (const text of ["one", "two", "three"]) {
      await ada.say(text);
      await ada.hears(text);
    }
    const second = new ChatPage(await context.newPage());
    await second.enter(server.url, "Grace", "harbour");
    await second.hears("three");
    const shown = await second.log.locator(".message").allInnerTexts();
    assertEquals(shown, ["one", "two", "three"]);
  } finally {
    await browser.close();
  }
});
