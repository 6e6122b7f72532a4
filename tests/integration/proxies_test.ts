/** Behind the proxies that people have: nginx and HAProxy, which end TLS. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { serve, type ServeOptions, type Server } from "@hawser/ws";
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { startHttpHaproxy } from "../support/haproxy.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { startNginx } from "../support/nginx.ts";
import { optional, type Program } from "../support/optional.ts";
import type { Proxy } from "../support/proxy_program.ts";

/** A server behind a proxy: a router, and connections that are greeted with their URL. */
function serveRouter(options: ServeOptions = {}): Server {
  const hono = new Hono();
  hono.use(csrf());
  hono.get("/", ({ req, env }) => {
    const { remoteAddress } = env as { remoteAddress: string };
    return Response.json({ url: req.url, remoteAddress });
  });
  hono.post("/form", ({ text }) => text("taken"));
  return serve({
    port: 0,
    hostname: "127.0.0.1",
    trustProxy: ["127.0.0.1/32"],
    fetch: hono.fetch,
    closeTimeout: 200, // the clients here do not answer a Close
    onListen() {},
    ...options,
  }, (connection) => {
    connection.send(`${connection.request.url} ${connection.remoteAddress}`);
    connection.close(4000);
  });
}

interface Setup {
  readonly name: string;
  readonly program: Program;
  readonly options?: ServeOptions;
  start(port: number): Promise<Proxy>;
}

const setups: readonly Setup[] = [
  { name: "nginx", program: "nginx", start: (port) => startNginx(`127.0.0.1:${port}`) },
  { name: "HAProxy", program: "haproxy", start: (port) => startHttpHaproxy(port, "x-forwarded") },
  {
    name: "HAProxy with Forwarded",
    program: "haproxy",
    options: { proxyFields: "forwarded" },
    start: (port) => startHttpHaproxy(port, "forwarded"),
  },
];

/** Fields that a client may send and no proxy should let it be believed by. */
const forged = {
  "X-Forwarded-For": "198.51.100.7",
  "X-Forwarded-Proto": "http",
  "X-Forwarded-Host": "forged.example",
  "Forwarded": 'for=198.51.100.7;proto=http;host=forged.example, for="',
};

for (const { name, program, options, start } of setups) {
  Deno.test({
    name: `serve() behind ${name} knows URL and client of a request`,
    ...optional(program),
    async fn() {
      await using server = serveRouter(options);
      await using proxy = await start(server.addr.port);
      const host = `localhost:${proxy.port}`;
      for (const fields of [{}, forged]) {
        const all = { Host: host, Connection: "close", ...fields };
        const head = headText("GET / HTTP/1.1", Object.entries(all));
        const response = await proxy.ask(head, "127.0.0.9");
        const expected = { url: `https://${host}/`, remoteAddress: "127.0.0.9" };
        assertStringIncludes(response, JSON.stringify(expected));
      }
    },
  });

  Deno.test({
    name: `serve() behind ${name} lets a page's own forms and WebSockets in, and no others`,
    ...optional(program),
    async fn() {
      await using server = serveRouter(options);
      await using proxy = await start(server.addr.port);
      const host = `localhost:${proxy.port}`;
      const origins: [origin: string, isOwn: boolean][] = [
        [`https://${host}`, true],
        [`http://${host}`, false],
        ["https://example.net", false],
      ];
      for (const [origin, isOwn] of origins) {
        const form = headText("POST /form HTTP/1.1", [
          ["Host", host],
          ["Origin", origin],
          ["Content-Type", "application/x-www-form-urlencoded"],
          ["Content-Length", "3"],
          ["Connection", "close"],
        ]);
        assertStringIncludes(await proxy.ask(`${form}a=b`), isOwn ? " 200 OK" : " 403 ");
        const upgrade = headText("GET /ws HTTP/1.1", [
          ["Host", host],
          ["Origin", origin],
          ...upgradeFields.slice(1).filter(([name]) => name !== "Connection"),
          ["Connection", "Upgrade, close"],
        ]);
        const answer = await proxy.ask(upgrade, "127.0.0.9");
        if (isOwn) assertStringIncludes(answer, `https://${host}/ws 127.0.0.9`);
        else assertStringIncludes(answer, " 403 ");
      }
    },
  });

  Deno.test({
    name: `serve() behind ${name} is asked again over the connections that it keeps`,
    ...optional(program),
    async fn() {
      await using server = serveRouter(options);
      await using proxy = await start(server.addr.port);
      const head = headText("GET / HTTP/1.1", [["Host", "h"], ["Connection", "close"]]);
      for (let n = 0; n < 20; n++) assertStringIncludes(await proxy.ask(head), " 200 OK");
      const { accepted, requests } = server.stats().http;
      assertEquals(requests, 20);
      // Some proxies look whether the port answers.
      assert(accepted <= 3, `${accepted} connections`);
    },
  });
}
