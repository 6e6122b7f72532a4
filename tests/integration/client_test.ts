/**
 * The client as one file: in Node, in Bun and in a browser, with the chat server, over its restart.
 * Bun is looked for on the path, or where the variable `HAWSER_BUN` says.
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { TransportName } from "../../client/mod.ts";
import { bundleClient } from "../../tools/client_bundle.ts";
import type { Page } from "playwright-core";
import { launchBrowser, openPage } from "../support/browser.ts";
import { bundle } from "../support/bundle.ts";
import { type ChatServer, startChatServer } from "../support/chat_server.ts";
import { makeDatabaseFile } from "../support/database_file.ts";
import { JsonSocket } from "../support/json_socket.ts";
import { optional, programPath } from "../support/optional.ts";
import { waitFor } from "../support/wait.ts";

const exercise = await Deno.readTextFile(
  new URL("../support/client_exercise.js", import.meta.url),
);

let bundled: Promise<string> | undefined;

/** The bundle, made once. */
function client(): Promise<string> {
  return bundled ??= bundleClient(new URL("../..", import.meta.url).pathname);
}

/** The report of a client, in any runtime. */
type News = readonly string[];

async function write(server: ChatServer, content: string): Promise<void> {
  await using socket = await JsonSocket.open(`ws://127.0.0.1:${server.port}/ws`);
  socket.send({ type: "room:join", roomId: "deck" });
  socket.send({ id: "1", event: "chat:message", data: { roomId: "deck", content } });
  while ((await socket.next()).ack === undefined);
}

/** Puts a client through a crash of its server, during which somebody writes. */
async function survive(
  transport: TransportName,
  start: (url: string) => Promise<News> | News,
): Promise<void> {
  await using file = await makeDatabaseFile();
  const { path } = file;
  const permissions = ["read", "write"].map((kind) => `--allow-${kind}=${path},${path}-writer`);
  const flags = ["--database", path, "--rate", "0"];
  await using first = await startChatServer({ flags, permissions });
  const { port } = first;
  const news = await start(`ws://127.0.0.1:${port}/ws`);
  await waitFor(() => news.includes('answered {"status":"ok"}'));
  await write(first, "before");
  await waitFor(() => news.includes("heard before"));
  await first.kill();
  await waitFor(() => news.includes("reconnecting"));
  await using second = await startChatServer({ port, flags, permissions });
  await write(second, "meanwhile");
  await waitFor(() => news.includes("heard meanwhile"));
  await write(second, "after");
  await waitFor(() => news.includes("heard after"));
  const answer = 'answered {"status":"ok"}';
  const told = news.filter((each) => /heard|gap|answered|by/.test(each));
  assertEquals(told.filter((each) => each === answer).length, 1);
  // Over HTTP the acknowledgement is in the response of the POST, the message in another one:
  // nothing orders the two. All that one stream brings keeps its order.
  if (transport === "websocket") assertEquals(told.indexOf(answer), told.indexOf("heard ahoy") + 1);
  assertEquals(told.filter((each) => each !== answer), [
    `open by ${transport}`,
    "heard ahoy",
    "heard before",
    `open by ${transport}`,
    "heard meanwhile",
    "heard after",
  ]);
}

Deno.test("client/ has nothing in it of Deno or Node, and depends on nothing", async () => {
  const source = await client();
  assertMatch(source, /export \{[^}]*\bHawserClient\b[^}]*\bReconnectingWebSocket\b/);
  for (const foreign of [/\bDeno\.\w/, /["'`]node:/, /\brequire\(/, /\bprocess\./, /^import /m]) {
    assertEquals(source.match(foreign)?.[0], undefined);
  }
});

/** A program that runs the client; each gets what its users would give it. */
const runtimes = [
  // Node before 22 has no WebSocket of its own.
  { program: "node", label: "Node", addsWebSocket: true },
  { program: "bun", label: "Bun", addsWebSocket: false },
] as const;

type Runtime = typeof runtimes[number];

/** Starts a runtime with the bundle, and lets its news come in. */
async function startRuntime(
  { program, addsWebSocket }: Runtime,
  folder: string,
  url: string,
  transport: TransportName,
) {
  await Deno.writeTextFile(`${folder}/hawser_client.mjs`, await client());
  await Deno.writeTextFile(`${folder}/exercise.mjs`, exercise);
  const webSocket = addsWebSocket
    ? await bundle("tests/support/ws_package.ts", "deno")
    : "export const WebSocket = undefined; // the client is to find the one of the runtime";
  await Deno.writeTextFile(`${folder}/web_socket.mjs`, webSocket);
  await Deno.writeTextFile(
    `${folder}/main.mjs`,
    `import * as client from "./hawser_client.mjs";
    import { exercise } from "./exercise.mjs";
    import { WebSocket } from "./web_socket.mjs";
    const [url, transport] = process.argv.slice(2);
    exercise(client, url, { WebSocket, transports: [transport] }, console.log);`,
  );
  const child = new Deno.Command(programPath(program), {
    args: [`${folder}/main.mjs`, url, transport],
    stdout: "piped",
  }).spawn();
  const news: string[] = [];
  const read = (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      news.push(...lines);
    }
  })();
  async function stop(): Promise<void> {
    child.kill("SIGKILL");
    await Promise.all([child.status, read]);
  }
  return { news, stop };
}

/**
 * Opens the chat server's page, which can import the bundle then. The page itself must come from
 * the server: browsers do not let one of unknown origin speak to this machine.
 */
async function visit(page: Page, url: string): Promise<void> {
  const files: Record<string, string> = {
    "hawser_client.js": await client(),
    "exercise.js": exercise,
  };
  for (const [name, body] of Object.entries(files)) {
    await page.route(
      url + name,
      (route) => route.fulfill({ contentType: "text/javascript", body }),
    );
  }
  await page.goto(url);
}

for (const transport of ["websocket", "sse", "poll"] satisfies TransportName[]) {
  for (const runtime of runtimes) {
    Deno.test({
      name: `client/ resumes by ${transport} in ${runtime.label} after a restart of the server`,
      ...optional(runtime.program),
      async fn() {
        const folder = await Deno.makeTempDir();
        let stop = () => Promise.resolve();
        try {
          await survive(transport, async (url) => {
            const started = await startRuntime(runtime, folder, url, transport);
            stop = started.stop;
            return started.news;
          });
        } finally {
          await stop();
          await Deno.remove(folder, { recursive: true });
        }
      },
    });
  }

  Deno.test({
    name: `client/ resumes by ${transport} in Chromium after a restart of the server`,
    ...optional("chromium"),
    async fn() {
      const browser = await launchBrowser();
      try {
        const { page } = await openPage(browser);
        await survive(transport, async (url) => {
          const news: string[] = [];
          await page.exposeFunction("tell", (text: string) => void news.push(text));
          await visit(page, url.replace("ws:", "http:").replace("/ws", "/"));
          await page.evaluate(`Promise.all([import("/hawser_client.js"), import("/exercise.js")])
            .then(([client, { exercise }]) =>
              exercise(client, "/ws", { transports: ["${transport}"] }, tell))`);
          return news;
        });
      } finally {
        await browser.close();
      }
    },
  });
}

Deno.test({
  name: "client/ in Chromium reconnects when the network is back",
  ...optional("chromium"),
  async fn() {
    await using server = await startChatServer();
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser);
      await visit(page, server.url);
      const states: string[] = [];
      await page.exposeFunction("tell", (state: string) => void states.push(state));
      await page.evaluate(`import("/hawser_client.js").then(({ connect }) =>
        connect("/ws", { minDelay: 60_000 }).onState(({ state }) => tell(state)))`);
      await waitFor(() => states.at(-1) === "open");
      const { port } = server;
      await server.kill();
      await waitFor(() => states.at(-1) === "reconnecting");
      await using _again = await startChatServer({ port });
      await page.evaluate("dispatchEvent(new Event('online'))");
      await waitFor(() => states.at(-1) === "open");
    } finally {
      await browser.close();
    }
  },
});
