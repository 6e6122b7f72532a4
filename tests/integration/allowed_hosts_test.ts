/** By which names a server is called, whatever the path: one decision for all of them. */

import { assertEquals } from "@std/assert";
import { apiKeys } from "../../server/app/auth/api_keys.ts";
import { App } from "../../server/app/app.ts";
import { operations } from "../../server/operations/operations.ts";
import { serve } from "../../server/serve.ts";
import type { Server } from "../../server/server.ts";
import { fallback } from "../../server/wires/fallback/mod.ts";
import { publish } from "../../server/wires/publish/publish.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";

/** A server that answers at every kind of path. */
function start(): Server {
  const app = new App();
  const server: Server = serve({
    port: 0,
    hostname: "127.0.0.1",
    path: "/ws",
    app,
    wires: [fallback(), publish({ auth: apiKeys(["k-1"]) })],
    allowedHosts: ["a.example", "[::1]:8080"],
    fetch: (request) =>
      operate(request) ?? Response.json([request.url, request.headers.get("host")]),
    onError() {},
  });
  const operate = operations(server);
  return server;
}

/** Status of the answer to a request line with these fields. */
async function statusOf(
  server: Server,
  line: string,
  host: string,
  fields: readonly (readonly [string, string])[] = [],
): Promise<number> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const text = headText(line, [["Host", host], ["Connection", "close"], ...fields]);
  const client = new HttpClient(conn);
  await client.send(text);
  // Of an event stream, the head is enough.
  return Number((await client.firstLine()).split(" ")[1]);
}

const paths = [
  ["GET", "/ws"],
  ["GET", "/sse"],
  ["GET", "/poll"],
  ["POST", "/events?session=x"],
  ["POST", "/api/publish"],
  ["OPTIONS", "/poll"],
  ["GET", "/metrics"],
  ["GET", "/page"],
] as const;

Deno.test("hostile 148: a name that is not ours is 421 at every path", async () => {
  await using server = start();
  for (const [method, path] of paths) {
    for (const host of ["evil.example", "a.example.evil", "[::1]:8081"]) {
      assertEquals(await statusOf(server, `${method} ${path} HTTP/1.1`, host), 421, path);
      const line = `${method} http://${host}${path} HTTP/1.1`;
      assertEquals(await statusOf(server, line, "a.example"), 421, line);
    }
    const own = await statusOf(server, `${method} ${path} HTTP/1.1`, "a.example");
    assertEquals(own === 421, false, path);
    const named = `${method} http://a.example${path} HTTP/1.1`;
    assertEquals(await statusOf(server, named, "evil.example"), own, path);
  }
  const upgrade = upgradeFields.filter(([name]) => name !== "Host" && name !== "Connection");
  const fields = [...upgrade, ["Connection", "Upgrade"]] as const;
  for (
    const [target, host, status] of [
      ["/ws", "a.example", 101],
      ["/ws", "evil.example", 421],
      ["http://evil.example/ws", "a.example", 421],
      ["http://a.example/ws", "evil.example", 101],
    ] as const
  ) {
    assertEquals(await statusOf(server, `GET ${target} HTTP/1.1`, host, fields), status, target);
  }
});

Deno.test("hostile 148: a scheme that the connection does not speak is 421", async () => {
  await using server = start();
  for (const [method, path] of paths) {
    const line = `${method} https://a.example${path} HTTP/1.1`;
    assertEquals(await statusOf(server, line, "a.example"), 421, line);
  }
});

Deno.test("serve() hands the host of an absolute-form target to the handler", async () => {
  await using server = start();
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const { body } = await new HttpClient(conn).request(
    headText("GET http://a.example/page?x HTTP/1.1", [["Host", "evil.example"]]),
  );
  assertEquals(JSON.parse(body), ["http://a.example/page?x", "a.example"]);
});
