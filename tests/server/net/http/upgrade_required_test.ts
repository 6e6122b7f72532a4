/** Tests of server/net/http/upgrade_required.ts. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { explainUpgrade, upgradeRequired } from "../../../../server/net/http/upgrade_required.ts";

const missing = "A WebSocket is spoken here: Upgrade: websocket is missing";

Deno.test("upgradeRequired() says what is missing, and who may have taken it away", async () => {
  const plain = upgradeRequired();
  assertEquals([plain.status, plain.headers.get("upgrade")], [426, "websocket"]);
  assertEquals(await plain.text(), `${missing}\n`);
  const cut = upgradeRequired(new Headers({ "sec-websocket-key": "x" }));
  assertEquals(await cut.text(), `${missing}; a proxy must pass on Upgrade and Connection\n`);
});

Deno.test("explainUpgrade() replaces the 404 of a GET, and nothing else", async () => {
  const get = new Request("http://a/ws");
  assertEquals((await explainUpgrade(get, new Response("?", { status: 404 }))).status, 426);
  const post = new Request("http://a/ws", { method: "POST" });
  for (const [request, status] of [[get, 200], [get, 410], [post, 404]] as const) {
    const response = new Response("x", { status });
    assertStrictEquals(await explainUpgrade(request, Promise.resolve(response)), response);
  }
});
