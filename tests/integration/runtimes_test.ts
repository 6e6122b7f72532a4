/** The pure module outside Deno: one bundle that runs in Node, in Bun and in a browser alike. */

import { assert, assertEquals } from "@std/assert";
import { launchBrowser } from "../support/browser.ts";
import { utf8 } from "../support/bytes.ts";
import { optional, programPath } from "../support/optional.ts";
import { exercise, type Outcome } from "./exercise.ts";

/** The report of another runtime, after JSON. */
const expected: Outcome = JSON.parse(JSON.stringify(exercise()));

let bundled: Promise<string> | undefined;

/** The source of the bundle, made once. */
function bundle(): Promise<string> {
  return bundled ??= makeBundle();
}

async function makeBundle(): Promise<string> {
  const entry = new URL("exercise.ts", import.meta.url).pathname;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", entry],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("protocol/ echoes in Deno", () => {
  const { subprotocol, echoed, closes, sentSize } = exercise();
  assertEquals(subprotocol, "chat");
  assertEquals(echoed.length, 14);
  assert(echoed.every((data, i) => i % 2 === 0 || String(data) === String(echoed[i - 1])));
  assertEquals(closes, [
    { code: 1000, reason: "done – 🎉", wasClean: true },
    { code: 1000, reason: "", wasClean: true },
  ]);
  const sizes = echoed.map((data) => typeof data === "string" ? utf8(data).length : data.length);
  const plainSize = sizes.reduce((sum, size) => sum + size);
  assert(sentSize < 0.7 * plainSize, "the half that is compressed is short");
});

Deno.test("protocol/ has nothing in it of Deno or Node", async () => {
  const source = await bundle();
  assert(source.length > 10_000);
  for (const foreign of [/\bDeno\./, /["'`]node:/, /\brequire\(/, /\bprocess\./]) {
    assertEquals(source.match(foreign)?.[0], undefined);
  }
});

for (const [program, label] of [["node", "Node"], ["bun", "Bun"]] as const) {
  Deno.test({
    name: `protocol/ does the same in ${label}`,
    ...optional(program),
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        const call = "console.log(JSON.stringify(exercise()));\n";
        await Deno.writeTextFile(`${folder}/main.mjs`, `${await bundle()}\n${call}`);
        const { success, stdout, stderr } = await new Deno.Command(programPath(program), {
          args: [`${folder}/main.mjs`],
        }).output();
        assert(success, new TextDecoder().decode(stderr));
        assertEquals(JSON.parse(new TextDecoder().decode(stdout)), expected);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: "protocol/ does the same in Chromium",
  ...optional("chromium"),
  async fn() {
    const source = await bundle();
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.route(
        "http://hawser.test/**",
        (route) =>
          route.request().url().endsWith(".js")
            ? route.fulfill({ contentType: "text/javascript", body: source })
            : route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
      );
      await page.goto("http://hawser.test/");
      const outcome = await page.evaluate(`import("/bundle.js").then((it) => it.exercise())`);
      assertEquals(JSON.parse(JSON.stringify(outcome)), expected);
    } finally {
      await browser.close();
    }
  },
});
