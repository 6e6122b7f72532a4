/** Tests of server/operations/operations.ts. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { App, type LogRecord, operations, serve, type Server } from "@hawser/ws";
import { TestNetwork } from "../../support/test_network.ts";

const local = { port: 0, hostname: "127.0.0.1" };

function get(path: string, method = "GET"): Request {
  return new Request(`http://localhost${path}`, { method });
}

Deno.test("operations() answers its paths, and leaves others to others", async () => {
  await using server = serve(local, () => {});
  const operate = operations(server);
  const health = await operate(get("/healthz?x=1"));
  assertEquals([health?.status, await health?.text()], [200, "ok"]);
  assertEquals(health?.headers.get("cache-control"), "no-store");
  const ready = await operate(get("/readyz"));
  assertEquals([ready?.status, await ready?.text()], [200, "ready"]);
  const metrics = await operate(get("/metrics"));
  assertMatch(metrics?.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assertStringIncludes(await metrics?.text() ?? "", "\nhawser_connections_open 0\n");
  for (const path of ["/", "/metrics/", "/Metrics", "/readyz/x"]) {
    assertEquals(operate(get(path)), undefined);
  }
});

Deno.test("operations() answers nothing but GET and HEAD", async () => {
  await using server = serve(local, () => {});
  const operate = operations(server);
  assertEquals((await operate(get("/readyz", "HEAD")))?.status, 200);
  const refused = await operate(get("/metrics", "POST"));
  assertEquals([refused?.status, refused?.headers.get("allow")], [405, "GET, HEAD"]);
});

Deno.test("operations() says 503 where somebody else is not ready", async () => {
  await using server = serve(local, () => {});
  let isConnected = false;
  const operate = operations(server, { isReady: () => Promise.resolve(isConnected) });
  assertEquals((await operate(get("/readyz")))?.status, 503);
  isConnected = true;
  assertEquals((await operate(get("/readyz")))?.status, 200);
});

Deno.test("hostile 131: operations() takes numbers and asks who is ready no more than ten times a second", async () => {
  await using server = serve(local, () => {});
  const asked = { stats: 0, isReady: 0 };
  const operated = {
    ready: true,
    stats() {
      asked.stats++;
      return server.stats();
    },
  };
  const isReady = () => {
    asked.isReady++;
    return Promise.resolve(true);
  };
  const operate = operations(operated, { isReady });
  const start = performance.now();
  for (let i = 0; i < 1_000; i++) {
    for (const path of ["/metrics", "/readyz"]) {
      const response = await operate(get(path));
      assertEquals(response?.status, 200);
      await response?.body?.cancel();
    }
  }
  const most = 10 * (2 + (performance.now() - start) / 1_000);
  assert(asked.stats <= most && asked.isReady <= most, JSON.stringify(asked));
});

Deno.test("operations() takes other paths", async () => {
  await using server = serve(local, () => {});
  const operate = operations(server, { readyPath: "/ready", metricsPath: "/internal/metrics" });
  assertEquals((await operate(get("/ready")))?.status, 200);
  assertEquals((await operate(get("/internal/metrics")))?.status, 200);
  assertEquals(operate(get("/readyz")), undefined);
});

Deno.test("operations() says 503 as soon as the server shuts down, while it still accepts", async () => {
  await using server: Server = serve({
    ...local,
    fetch: (request) => operate(request) ?? new Response(null, { status: 404 }),
  }, () => {});
  const operate = operations(server);
  const url = `http://127.0.0.1:${server.addr.port}/readyz`;
  assertEquals(await (await fetch(url)).text(), "ready");
  const down = server.shutdown({ delay: 2_000 });
  const response = await fetch(url);
  assertEquals([response.status, await response.text()], [503, "not ready"]);
  assert(!server.ready);
  await down;
});

Deno.test("hostile 322: /readyz stays 200 while the broker is down, and is 503 without readyWithoutBroker", async () => {
  await using network = new TestNetwork();
  const broker = network.node();
  await using server = serve({ ...local, app: new App({ broker }) });
  const lenient = operations(server);
  const strict = operations(server, { readyWithoutBroker: false });
  async function statuses(): Promise<(number | undefined)[]> {
    const answers = [await lenient(get("/readyz")), await strict(get("/readyz"))];
    return answers.map((answer) => answer?.status);
  }
  assertEquals(await statuses(), [200, 200]);
  broker.setState("down");
  assertEquals(await statuses(), [200, 503]);
  broker.setState("up");
  assertEquals(await statuses(), [200, 200]);
});

Deno.test("operations() without an App needs no broker to be ready", async () => {
  await using server = serve(local, () => {});
  const operate = operations(server, { readyWithoutBroker: false });
  assertEquals((await operate(get("/readyz")))?.status, 200);
});

Deno.test("/metrics tells of the broker and of the streams that it has not brought by number", async () => {
  await using network = new TestNetwork();
  const broker = network.node();
  await using server = serve({ ...local, app: new App({ broker }) });
  const operate = operations(server);
  await using _other = network.node();
  broker.setState("down");
  const text = await (await operate(get("/metrics")))?.text() ?? "";
  for (
    const line of [
      "hawser_broker_up 0",
      "hawser_broker_nodes 2",
      `hawser_stream_faults_total{namespace="/",fault="hole"} 0`,
      `hawser_broker_publishes_total{outcome="rejected"} 0`,
      `hawser_broker_messages_total{outcome="dropped"} 0`,
    ]
  ) assertStringIncludes(text, `\n${line}\n`);
});

Deno.test("hostile 323: each change of the broker and each node that goes is one record, whatever namespaces there are", async () => {
  await using network = new TestNetwork();
  const broker = network.node();
  const app = new App({ broker });
  app.of("/admin");
  app.of("/guests");
  const records: LogRecord[] = [];
  const server = serve({ ...local, app, log: (record) => void records.push(record) });
  const other = network.node();
  broker.setState("down");
  broker.setState("up");
  await other[Symbol.asyncDispose]();
  await server.shutdown();
  broker.setState("down");
  assertEquals(records.map(({ time: _, ...record }) => record), [
    { event: "broker", state: "down" },
    { event: "broker", state: "up" },
    { event: "node", state: "left", node: other.info.node },
  ]);
});
