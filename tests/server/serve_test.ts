/** Tests of server/serve.ts over real TCP. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { HandshakeError } from "../../protocol/errors.ts";
import { apiKeys } from "../../server/app/auth/api_keys.ts";
import { App } from "../../server/app/app.ts";
import type { LogRecord } from "../../server/net/log_records.ts";
import { acceptor, type PeerAcceptor, type Servable } from "../../server/app/peer.ts";
import type { ServeOptions } from "../../server/options.ts";
import { serve } from "../../server/serve.ts";
import type { Server } from "../../server/server.ts";
import { connect } from "../support/client.ts";
import { EchoServer } from "../support/echo.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { requestUpgrade } from "../support/upgrade.ts";
import { waitFor } from "../support/wait.ts";

const local = { port: 0, hostname: "127.0.0.1" };

Deno.test("serve() echoes text and bytes", async () => {
  await using server = new EchoServer();
  const client = await connect(server.url());
  client.send("héllo");
  client.send(Uint8Array.of(1, 2, 3));
  client.send("");
  assertEquals(await client.next(), "héllo");
  assertEquals(await client.next(), Uint8Array.of(1, 2, 3));
  assertEquals(await client.next(), "");
  assertEquals(await client.close(4000, "done"), { code: 4000, reason: "", wasClean: true });
  assertEquals(server.closes, [{ code: 4000, reason: "done", wasClean: true }]);
});

Deno.test("serve() calls onListen with where it listens", async () => {
  const addresses: Deno.NetAddr[] = [];
  await using server = serve({ ...local, onListen: (addr) => void addresses.push(addr) }, () => {});
  assertEquals(addresses, [server.addr]);
  assertEquals(server.addr.hostname, "127.0.0.1");
  assert(server.addr.port > 0);
});

Deno.test("serve() throws before it listens where options are no good", () => {
  assertThrows(() => serve({ frobnicate: 1 } as ServeOptions, () => {}), TypeError, "frobnicate");
  assertThrows(() => serve({ pingInterval: -1 }, () => {}), RangeError);
  assertThrows(() => serve(local), TypeError, "neither a connection handler nor an app");
  assertThrows(() => serve({ ...local, cert: "x", key: "y" }, () => {}), TypeError, "cert");
});

Deno.test("serve() throws where the port is taken", async () => {
  await using server = new EchoServer();
  assertThrows(() => serve({ ...local, port: server.port }, () => {}), Deno.errors.AddrInUse);
});

// ----- Upgrades -----

Deno.test("serve() upgrades at the one path only", async () => {
  await using server = new EchoServer({ path: "/ws" });
  const client = await connect(server.url("/ws?room=1"));
  assertEquals(server.opened[0]!.request.url, `http://127.0.0.1:${server.port}/ws?room=1`);
  await assertRejects(() => connect(server.url("/")), HandshakeError, "404");
  await client.close();
});

Deno.test("serve() agrees on the client's favourite among its subprotocols", async () => {
  await using server = new EchoServer({ protocols: ["v1", "v2"] });
  const client = await connect(server.url(), { protocols: ["v3", "v2", "v1"] });
  assertEquals([client.protocol, server.opened[0]!.protocol], ["v2", "v2"]);
  const other = await connect(server.url(), { protocols: ["v3"] });
  assertEquals([other.protocol, server.opened[1]!.protocol], ["", ""]);
  await Promise.all([client.close(), other.close()]);
});

Deno.test("serve() refuses an upgrade by the hook's Response", async () => {
  const upgradeHook = (request: Request) =>
    request.headers.has("cookie") ? undefined : Response.json({ error: "no cookie" }, {
      status: 401,
      headers: { "www-authenticate": "Cookie" },
    });
  await using server = new EchoServer({ upgrade: upgradeHook });
  const { status, headers, body } = await requestUpgrade(server.port);
  assertEquals([status, body], [401, '{"error":"no cookie"}']);
  assertEquals(headers.get("www-authenticate"), "Cookie");
  assertEquals(headers.get("connection"), "close");
  assertEquals(server.opened.length, 0);
  const client = await connect(server.url(), { headers: [["Cookie", "a=1"]] });
  await client.close();
});

Deno.test("serve() gives the hook's headers to the client, its data to the connection", async () => {
  const seen: unknown[] = [];
  await using server = serve({
    ...local,
    upgrade: async (request, { remoteAddress, protocols }) => {
      await Promise.resolve();
      const user = new URL(request.url).searchParams.get("user") ?? "nobody";
      return {
        protocol: protocols[0]!,
        headers: { "set-cookie": "a=1" },
        data: { user, remoteAddress },
      };
    },
  }, ({ data, protocol, remoteAddress }) => {
    seen.push(data.user, data.remoteAddress, protocol, remoteAddress); // typed by the hook
  });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const fields = [...upgradeFields, ["Sec-WebSocket-Protocol", "chat"]] as const;
  const response = await new HttpClient(conn).request(headText("GET /?user=ann HTTP/1.1", fields));
  assertEquals(response.status, 101);
  assertEquals(response.headers.get("set-cookie"), "a=1");
  assertEquals(response.headers.get("sec-websocket-protocol"), "chat");
  assertEquals(seen, ["ann", "127.0.0.1", "chat", "127.0.0.1"]);
});

Deno.test("serve() answers 500 where the hook throws, and tells onError", async () => {
  await using server = new EchoServer({
    upgrade() {
      throw new Error("secret detail");
    },
  });
  const { status, body } = await requestUpgrade(server.port);
  assertEquals(status, 500);
  assertEquals(body.includes("secret"), false);
  assertEquals(server.errors.map(String), ["Error: secret detail"]);
});

Deno.test("hostile 28: serve() refuses pages of a foreign origin with 403", async () => {
  await using server = new EchoServer();
  assertEquals(
    (await requestUpgrade(server.port, "/", [["Origin", "https://evil.example"]])).status,
    403,
  );
  assertEquals(
    (await requestUpgrade(server.port, "/", [["Origin", "https://example.com"]])).status,
    101,
  );
  await using listed = new EchoServer({ allowedOrigins: ["https://app.example"] });
  assertEquals(
    (await requestUpgrade(listed.port, "/", [["Origin", "https://example.com"]])).status,
    403,
  );
  assertEquals(
    (await requestUpgrade(listed.port, "/", [["Origin", "https://app.example"]])).status,
    101,
  );
  await using open = new EchoServer({ allowedOrigins: "*" });
  assertEquals(
    (await requestUpgrade(open.port, "/", [["Origin", "https://evil.example"]])).status,
    101,
  );
});

Deno.test("hostile 30: serve() refuses names that are not its own with 421", async () => {
  await using server = new EchoServer({ allowedHosts: ["Example.com"] });
  assertEquals((await requestUpgrade(server.port)).status, 101);
  await using other = new EchoServer({ allowedHosts: ["localhost"] });
  assertEquals((await requestUpgrade(other.port)).status, 421);
});

Deno.test("hostile 20: serve() never answers a wrong version with 101", async () => {
  await using server = new EchoServer();
  const fields = upgradeFields.filter(([name]) => name !== "Sec-WebSocket-Version");
  for (const version of ["8", "14", "13, 8"]) {
    using conn = await server.openTcp();
    const client = new HttpClient(conn);
    const response = await client.request(
      headText("GET / HTTP/1.1", [...fields, ["Sec-WebSocket-Version", version]]),
    );
    assertEquals(response.status, 426);
    assertEquals(response.headers.get("sec-websocket-version"), "13");
    assertEquals(await client.rest(), ""); // and it hangs up
  }
  assertEquals(server.opened.length, 0);
});

Deno.test("hostile 14: serve() upgrades a request that says it has no body, and none that has one", async () => {
  await using server = new EchoServer();
  // Java's client sent this up to version 18.
  assertEquals((await requestUpgrade(server.port, "/", [["Content-Length", "0"]])).status, 101);
  assertEquals((await requestUpgrade(server.port, "/", [["Content-Length", "1"]])).status, 400);
  assertEquals(server.opened.length, 1);
});

Deno.test("serve() takes queries as browsers send them", async () => {
  await using server = new EchoServer({ path: "/ws" });
  assertEquals((await requestUpgrade(server.port, "/ws?name=100%&x=%zz")).status, 101);
  const { searchParams } = new URL(server.opened[0]!.request.url);
  assertEquals([searchParams.get("name"), searchParams.get("x")], ["100%", "%zz"]);
});

Deno.test("hostile 160: serve() counts a client whose cookies are none, and is not at fault", async () => {
  const errors: unknown[] = [];
  const app = new App({ auth: { verify: apiKeys(["k-1"]), mode: "before", cookie: "session" } });
  const onError = (error: unknown) => void errors.push(error);
  await using server = serve({ ...local, app, onError });
  for (
    const [cookie, status] of [
      ["session=k-1;", 101],
      ["a=1;;session=k-1", 101],
      ["=x", 401],
      [";", 401],
      ["session", 401],
    ] as const
  ) {
    using conn = await Deno.connect({ ...local, port: server.addr.port });
    const text = headText("GET / HTTP/1.1", [...upgradeFields, ["Cookie", cookie]]);
    assertEquals((await new HttpClient(conn).request(text)).status, status, cookie);
  }
  const { rejections } = server.stats().http;
  assertEquals([rejections["401"], rejections["500"], errors], [3, 0, []]);
});

Deno.test("serve() answers CONNECT by 501, and logs it", async () => {
  const statuses: unknown[] = [];
  const log = (record: LogRecord) =>
    void (record.event === "reject" && statuses.push([record.status, record.path]));
  await using server = serve({ ...local, log }, () => {});
  for (const target of ["192.0.2.1:443", "a.example:443", "[::1]:443"]) {
    using conn = await Deno.connect({ ...local, port: server.addr.port });
    const text = headText(`CONNECT ${target} HTTP/1.1`, [["Host", "a.example"]]);
    assertEquals((await new HttpClient(conn).request(text)).status, 501);
  }
  assertEquals(statuses, Array(3).fill([501, "/"]));
});

// ----- Plain HTTP -----

/** Status of a GET without Upgrade. */
async function statusOf(server: Server, path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${server.addr.port}${path}`);
  await response.body?.cancel();
  return response.status;
}

Deno.test("serve() answers a GET at its WebSocket path by 426 where the handler has no page", async () => {
  const handler = (request: Request) =>
    new Response("page", { status: request.url.endsWith("/page") ? 200 : 404 });
  await using server = serve({ ...local, path: "/ws", fetch: handler }, () => {});
  for (
    const [path, status] of [["/ws", 426], ["/ws?a", 426], ["/wss", 404], ["/page", 200]] as const
  ) {
    assertEquals(await statusOf(server, path), status, path);
  }
  await using page = serve({ ...local, path: "/page", fetch: handler }, () => {});
  assertEquals(await statusOf(page, "/page"), 200);
  await using anywhere = serve({ ...local, fetch: handler }, () => {});
  assertEquals(await statusOf(anywhere, "/ws"), 404);
});

Deno.test("serve() answers a GET at a namespace's path by 426", async () => {
  const app = new App();
  app.of("/admin");
  const handler = () => new Response("no page", { status: 404 });
  await using server = serve({ ...local, path: "/ws", app, fetch: handler });
  for (
    const [path, status] of [["/ws", 426], ["/ws/admin", 426], ["/ws/x", 404], ["/", 404]] as const
  ) {
    assertEquals(await statusOf(server, path), status, path);
  }
});

Deno.test("serve() answers plain requests by fetch, on the same port", async () => {
  await using server = new EchoServer({
    fetch: (request, { remoteAddress, protocols }) =>
      Response.json([new URL(request.url).pathname, remoteAddress, protocols]),
  });
  const response = await fetch(`http://127.0.0.1:${server.port}/healthz`);
  assertEquals(await response.json(), ["/healthz", "127.0.0.1", []]);
  const client = await connect(server.url());
  client.send("both");
  assertEquals(await client.next(), "both");
  await client.close();
});

Deno.test("serve() without fetch answers plain requests with 426", async () => {
  await using server = new EchoServer();
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  assertEquals([response.status, response.headers.get("upgrade")], [426, "websocket"]);
  await response.body?.cancel();
});

// ----- Connections -----

Deno.test("serve() takes for await, and closes when the loop's function is done", async () => {
  await using server = serve(local, async (connection) => {
    for await (const message of connection) {
      if (message === "quit") break;
      connection.send(message);
    }
    connection.close(1000, "bye");
  });
  const client = await connect(`ws://127.0.0.1:${server.addr.port}/`);
  for (const text of ["a", "b", "quit"]) client.send(text);
  assertEquals([await client.next(), await client.next()], ["a", "b"]);
  assertEquals(await client.closed, { code: 1000, reason: "bye", wasClean: true });
});

// ----- Shutdown -----

Deno.test("serve() shuts down when its signal aborts", async () => {
  const abort = new AbortController();
  const closed = Promise.withResolvers<unknown>();
  const server = serve({ ...local, signal: abort.signal }, (connection) => {
    connection.on("close", closed.resolve);
  });
  const client = await connect(`ws://127.0.0.1:${server.addr.port}`);
  abort.abort();
  await server.finished;
  assertEquals((await client.closed).code, 1012);
  assertEquals(server.ready, false);
  await closed.promise;
});

Deno.test("serve() shuts down at once where its signal has aborted before", async () => {
  const server = serve({ ...local, signal: AbortSignal.abort() }, () => {});
  await server.finished;
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: server.addr.port }));
});

Deno.test("serve() leaves a signal when it has ended", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  await serve({ ...local, signal }, () => {}).shutdown();
  await waitFor(() => listeners === 0);
  const wrong = { ...local, signal: new AbortController() as unknown as AbortSignal };
  assertThrows(() => serve(wrong, () => {}), TypeError, "Cannot use signal");
});

Deno.test("hostile 96: serve() ends only the connection whose handler throws, and tells onError", async () => {
  await using server = new EchoServer();
  const [bad, good] = [await connect(server.url()), await connect(server.url())];
  server.opened[0]!.on("message", () => {
    throw new Error("from a handler");
  });
  bad.send("x");
  assertEquals((await bad.closed).code, 1011);
  good.send("x");
  assertEquals(await good.next(), "x");
  assertEquals(server.errors.map(String), ["Error: from a handler"]);
  await good.close();
});

Deno.test("serve() lets its application go after all clients, and reports where that fails", async () => {
  const trace: unknown[] = [];
  const peers: PeerAcceptor = {
    accept: () => ({
      open() {},
      event() {},
      join() {},
      leave() {},
      auth() {},
      malformed() {},
      answered() {},
      closed: () => void trace.push("closed"),
    }),
    [Symbol.asyncDispose]() {
      trace.push("let go");
      return Promise.reject(new Error("store is down"));
    },
  };
  const app: Servable = { [acceptor]: peers };
  const onError = (error: unknown) => void trace.push((error as Error).message);
  const server = serve({ ...local, app, onError, onListen() {} });
  const client = await connect(`ws://127.0.0.1:${server.addr.port}`);
  await server.shutdown();
  await client.closed;
  assertEquals(trace, ["closed", "let go", "store is down"]);
});
