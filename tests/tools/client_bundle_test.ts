/** The client as one file. */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { bundleClient, checkBundles } from "../../tools/client_bundle.ts";

const root = new URL("../..", import.meta.url).pathname;

Deno.test("bundleClient() makes the same module each time, which says what it is made from", async () => {
  const [one, other] = await Promise.all([bundleClient(root), bundleClient(root)]);
  assertEquals(one === other, true);
  assertStringIncludes(one.slice(0, 300), "Made from client/mod.ts by `deno task client:bundle`");
  const module = await import(`data:text/javascript,${encodeURIComponent(one)}`);
  assertEquals([typeof module.connect, typeof module.ReconnectingWebSocket], [
    "function",
    "function",
  ]);
});

Deno.test("bundleClient() rejects where there is no client", async () => {
  const folder = await Deno.makeTempDir();
  await assertRejects(() => bundleClient(folder), Error, "Cannot bundle the client");
  await Deno.remove(folder);
});

Deno.test("checkBundles() holds the file of the chat's page to its source", async () => {
  const path = `${root}/examples/chat/page/hawser_client.js`;
  assertEquals(await checkBundles(await bundleClient(root), [path]), []);
});

Deno.test("checkBundles() finds a file that was edited, and one that is missing", async () => {
  const folder = await Deno.makeTempDir();
  const [good, bad, none] = ["good", "bad", "none"].map((name) => `${folder}/${name}.js`);
  await Deno.writeTextFile(good!, "bundle");
  await Deno.writeTextFile(bad!, "bundle, edited");
  const problem = "is not made from the client: run deno task client:bundle";
  assertEquals(await checkBundles("bundle", [good!, bad!, none!]), [
    `${bad} ${problem}`,
    `${none} ${problem}`,
  ]);
  await Deno.remove(folder, { recursive: true });
});
