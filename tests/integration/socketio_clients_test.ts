/** Clients of Socket.IO where users have them: npm's in Node, Bun and Chromium, and Python's. */

import { App, args, EventError, serve } from "@hawser/ws";
import { socketio } from "@hawser/ws/socketio";
import { assert, assertEquals } from "@std/assert";
import { launchBrowser, openPage } from "../support/browser.ts";
import { optional, programPath } from "../support/optional.ts";

const ways = [["websocket"], ["polling"], ["polling", "websocket"]];

/** Tests of each client, over each transport. */
const talk = {
  text: "héllo 👋",
  large: 120_000,
  binary: [0, 127, 255],
  nested: [[1, 2], "é👋", []],
  back: [1, "two", null, [3]],
  answer: [1, "a", [9]],
  who: true,
  refused: ["not good", { a: "b", code: "NOT_GOOD" }],
};

/** And what npm's client does besides. */
const trip = { ...talk, isSame: true, heard: [1, 2], isWhole: true };

const exercisePath = new URL("../support/socketio_exercise.mjs", import.meta.url);

/** Publishes in a room until it is told to stop. */
class Publisher {
  #isOver = false;
  readonly #published: Promise<number>;

  constructor(publish: (note: number) => Promise<unknown>) {
    this.#published = this.#run(publish);
  }

  async #run(publish: (note: number) => Promise<unknown>): Promise<number> {
    for (let note = 0;; note++) {
      await publish(note);
      if (this.#isOver) return note;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Returns the last message. */
  stop(): Promise<number> {
    this.#isOver = true;
    return this.#published;
  }
}

// deno-lint-ignore no-explicit-any -- clients of Socket.IO send whatever they like
function makeApp(): App<any, any> {
  // deno-lint-ignore no-explicit-any -- as above
  const app = new App<any, any>({
    rooms: { join: true, history: { size: 10_000 } },
    rateLimit: false,
  });
  app.on("echo", (_client, data) => data);
  app.on("back", (client, data) => void client.emit("back", data));
  app.on("ask", async (client) => await client.emitWithAck("question", args(1, "a")));
  app.on("recall", (_client, [room, note]) => {
    app.to(room).emit("recalled", note);
    return "done";
  });
  const publishers = new Map<string, Publisher>();
  app.on("start", (_client, room) => {
    publishers.set(room, new Publisher((note) => app.publish(room, "note", note)));
    return "started";
  });
  app.on("stop", (_client, room) => publishers.get(room)?.stop());
  app.of("/admin").on("who", (client) => `admin ${client.id}`);
  app.of("/closed").guard(() => {
    throw new EventError("NOT_GOOD", "not good", { details: { a: "b" } });
  });
  return app;
}

function serveAll(fetch?: (request: Request) => Response | Promise<Response>) {
  const server = serve({
    port: 0,
    hostname: "127.0.0.1",
    app: makeApp(),
    wires: [socketio({ recovery: true }), socketio({ path: "/plain/" })],
    ...fetch && { fetch },
    onListen() {},
  });
  return { server, url: `http://127.0.0.1:${server.addr.port}` };
}

async function run(path: string, args: readonly string[], cwd?: string): Promise<string> {
  const options = { args: [...args], ...cwd !== undefined && { cwd } };
  const { success, stdout, stderr } = await new Deno.Command(path, options).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** A folder in which the package of the client is installed, as npm does it. */
async function installClient(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "hawser-socketio-" });
  const config = JSON.parse(await Deno.readTextFile("deno.json"));
  const version = config.imports["socket.io-client"].split("@").at(-1);
  const manifest = { dependencies: { "socket.io-client": version } };
  await Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(manifest));
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ nodeModulesDir: "auto" }));
  await run(Deno.execPath(), ["install", "--quiet"], folder);
  return folder;
}

/** Where a client without a choice of way ends up. */
function finalWay(transports: readonly string[]): string {
  return transports.at(-1) ?? "";
}

for (const [program, label] of [["node", "Node"], ["bun", "Bun"]] as const) {
  Deno.test({
    name: `npm's socket.io-client speaks with an App in ${label}, by each transport`,
    ...optional(program),
    async fn() {
      const { server, url } = serveAll();
      const folder = await installClient();
      try {
        await Deno.writeTextFile(
          `${folder}/main.mjs`,
          `import { io } from "socket.io-client";
          import { exercise } from "${exercisePath}";
          const [url, ...transports] = process.argv.slice(2);
          console.log(JSON.stringify(await exercise(io, url, transports, transports.join("+"))));
          process.exit(0);`,
        );
        for (const transports of ways) {
          const args = [`${folder}/main.mjs`, url, ...transports];
          const outcome = JSON.parse(await run(programPath(program), args));
          assertEquals(outcome, { transport: finalWay(transports), ...trip });
        }
      } finally {
        await server.shutdown();
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: "the browser's socket.io-client speaks with an App in Chromium, by each transport",
  ...optional("chromium"),
  async fn() {
    const folder = await installClient();
    const library = `${folder}/node_modules/socket.io-client/dist/socket.io.min.js`;
    const scripts = new Map([
      ["/client.js", await Deno.readTextFile(library)],
      ["/exercise.mjs", await Deno.readTextFile(exercisePath)],
    ]);
    const { server, url } = serveAll((request) => {
      const script = scripts.get(new URL(request.url).pathname);
      return script === undefined
        ? new Response("<!DOCTYPE html>", { headers: { "content-type": "text/html" } })
        : new Response(script, { headers: { "content-type": "text/javascript" } });
    });
    const browser = await launchBrowser();
    try {
      const { page } = await openPage(browser);
      await page.goto(url);
      await page.addScriptTag({ url: "/client.js" });
      for (const transports of ways) {
        const call = `io, "${url}", ${JSON.stringify(transports)}, "${transports.join("+")}"`;
        const outcome = await page.evaluate(
          `import("/exercise.mjs").then(({ exercise }) => exercise(${call}))`,
        );
        assertEquals(outcome, { transport: finalWay(transports), ...trip });
      }
    } finally {
      await browser.close();
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** A page that was written for npm's server. */
const page = `<!DOCTYPE html>
<script src="/socket.io/socket.io.js"></script>
<script>
  const socket = io();
  socket.emit("echo", ["Ahoy", new Uint8Array([1, 2])], ([text, bytes]) => {
    document.title = text + " " + new Uint8Array(bytes).join();
  });
</script>`;

Deno.test({
  name: "a page in Chromium loads the client from the path of the wire, and connects",
  ...optional("chromium"),
  async fn() {
    const { server, url } = serveAll(() =>
      new Response(page, { headers: { "content-type": "text/html" } })
    );
    const browser = await launchBrowser();
    try {
      const { page, complaints } = await openPage(browser);
      await page.goto(url);
      await page.waitForFunction('document.title === "Ahoy 1,2"');
      const module = await page.evaluate(
        `import("/socket.io/socket.io.esm.min.js").then(({ io }) => new Promise((resolve) =>
          io({ forceNew: true }).emit("echo", "from the module", resolve)))`,
      );
      const offered = await page.evaluate(
        `new Promise((resolve) => io({ forceNew: true, transports: ["websocket"],
          protocols: ["deck.v2", "deck.v1"] }).emit("echo", "by a subprotocol", resolve))`,
      );
      assertEquals([module, offered, complaints], ["from the module", "by a subprotocol", []]);
    } finally {
      await browser.close();
      await server.shutdown();
    }
  },
});

Deno.test({
  name: "python-socketio speaks with an App, by each transport",
  ...optional("python"),
  async fn() {
    const { server, url } = serveAll();
    const script = new URL("../support/socketio_peer.py", import.meta.url).pathname;
    try {
      for (const transports of ways) {
        const outcome = JSON.parse(await run(programPath("python"), [script, url, ...transports]));
        assertEquals(outcome, { transport: finalWay(transports), ...talk });
      }
    } finally {
      await server.shutdown();
    }
  },
});
