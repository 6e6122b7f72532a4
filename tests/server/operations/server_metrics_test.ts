/** Tests of server/operations/server_metrics.ts. */

import { assert, assertEquals } from "@std/assert";
import { assertSnapshot } from "@std/testing/snapshot";
import { serve, type ServerStats } from "@hawser/ws";
import { App } from "../../../server/app/app.ts";
import type { Metric } from "../../../server/operations/exposition.ts";
import { processMetrics, serverMetrics } from "../../../server/operations/server_metrics.ts";

async function freshStats(): Promise<ServerStats> {
  const app = new App({ measure: true });
  app.of("/admin");
  await using server = serve({ port: 0, hostname: "127.0.0.1", app });
  return server.stats();
}

function find(metrics: readonly Metric[], name: string): Metric {
  const metric = metrics.find((each) => each.name === name);
  assert(metric !== undefined, name);
  return metric;
}

Deno.test("serverMetrics() has every number of a server, in valid and unique names", async () => {
  const metrics = serverMetrics(await freshStats());
  const names = metrics.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const { name, type, help } of metrics) {
    assert(/^hawser_[a-z_]+$/.test(name), name);
    assertEquals(name.endsWith("_total"), type === "counter", name);
    assert(/^[^\n\\]+\.$/.test(help), help);
  }
});

Deno.test("serverMetrics() keeps the names, types and meanings that dashboards know", async (t) => {
  const lines = serverMetrics(await freshStats()).map(({ name, type, help }) =>
    `${type} ${name}: ${help}`
  );
  await assertSnapshot(t, lines.join("\n"), { serializer: (text) => text });
});

Deno.test("serverMetrics() writes what the server has counted", async () => {
  const stats = await freshStats();
  const metrics = serverMetrics({
    ...stats,
    ready: false,
    connections: {
      ...stats.connections,
      open: 5,
      messagesIn: 7,
      dropped: 2,
      closes: { ...stats.connections.closes, "1013": 4 },
    },
    httpClients: { sse: 3, poll: 1 },
    memory: { used: 1, limit: 2, evictions: 8 },
    http: { ...stats.http, refused: 6, rejections: { "403": 9 } },
  });
  const values = (name: string) => find(metrics, name).samples;
  assertEquals(values("hawser_ready"), [{ value: 0 }]);
  assertEquals(values("hawser_connections_open"), [{ value: 5 }]);
  assertEquals(values("hawser_messages_dropped_total"), [{ value: 2 }]);
  assertEquals(values("hawser_messages_total")[0], { labels: { direction: "in" }, value: 7 });
  assertEquals(values("hawser_rejections_total"), [{ labels: { status: "403" }, value: 9 }]);
  assertEquals(values("hawser_connections_total")[1], { labels: { outcome: "refused" }, value: 6 });
  assertEquals(values("hawser_memory_evictions_total"), [{ value: 8 }]);
  assertEquals(values("hawser_http_clients"), [
    { labels: { transport: "sse" }, value: 3 },
    { labels: { transport: "poll" }, value: 1 },
  ]);
  const closes = values("hawser_closes_total").filter((sample) =>
    "value" in sample && sample.value
  );
  assertEquals(closes, [{ labels: { code: "1013" }, value: 4 }]);
});

Deno.test("serverMetrics() has one series per namespace, and times only where they are taken", async () => {
  const metrics = serverMetrics(await freshStats());
  const namespaces = find(metrics, "hawser_clients").samples.map(({ labels }) => labels?.namespace);
  assertEquals(namespaces, ["/", "/admin"]);
  assertEquals(find(metrics, "hawser_handler_duration_seconds").samples.length, 2);
  await using plain = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
  const names = serverMetrics(plain.stats()).filter(({ samples }) => samples.length === 0)
    .map(({ name }) => name);
  assert(names.includes("hawser_handler_duration_seconds"));
});

Deno.test("serverMetrics() counts attempts to sign in, where one can", async () => {
  const stats = await freshStats();
  const auth = { accepted: 5, refused: 4, limited: 3, timedOut: 2, expired: 1 };
  const app = { ...stats.app, "/admin": { ...stats.app["/"]!, auth } };
  const { samples } = find(serverMetrics({ ...stats, app }), "hawser_auth_total");
  const outcomes = ["accepted", "refused", "limited", "expired", "timed_out"];
  assertEquals(
    samples.map(({ labels }) => labels),
    outcomes.map((outcome) => ({ namespace: "/admin", outcome })),
  );
  assertEquals(samples.map((sample) => "value" in sample && sample.value), [5, 4, 3, 1, 2]);
});

Deno.test("processMetrics() tells of memory and start", () => {
  for (const { samples } of processMetrics()) {
    const [sample] = samples;
    assert(sample !== undefined && "value" in sample && sample.value > 0);
  }
});
