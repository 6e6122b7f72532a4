/** Sessions of several servers behind one port: each request goes to the one that has its session. */

import { assert, assertEquals } from "@std/assert";
import { App, fallback, serve, type Server } from "@hawser/ws";
import { socketio } from "@hawser/ws/socketio";
import { takePort } from "../../support/ports.ts";
import { waitFor } from "../../support/wait.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

/** Two servers, as workers have them, but each on a port of its own: so a test picks the worker. */
class TwoWorkers implements AsyncDisposable {
  readonly made = new WorkerNodes(2);
  readonly servers: Server[];
  readonly apps: App[];
  readonly said: string[] = [];
  readonly gone: string[] = [];
  readonly errors: unknown[] = [];

  constructor(pollTimeout = 60_000) {
    this.apps = this.made.nodes.map((broker) => new App({ broker, rooms: true }));
    this.servers = this.apps.map((app, i) => {
      app.on("say", (_client, text) => {
        this.said.push(`${i} ${text}`);
        return `re ${text}`;
      });
      app.onDisconnect((_client, { reason }) => void this.gone.push(reason));
      return serve({
        port: takePort(),
        hostname: "127.0.0.1",
        onListen() {},
        app,
        wires: [fallback({ pollTimeout }), socketio()],
        loadBalanced: this.made.nodes[i]!.sharedPort,
        sessionPrefix: "a.",
        maxMessageSize: 10_000,
        onError: (error) => void this.errors.push(error),
      });
    });
  }

  ask(worker: number, path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.servers[worker]!.addr.port}${path}`, init);
  }

  /** Begins to poll at the first worker. */
  async poll(): Promise<{ session: string; since: string }> {
    return await (await this.ask(0, "/poll?room=deck")).json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) await server.shutdown();
    await this.made[Symbol.asyncDispose]();
  }
}

Deno.test("SharedSessions answers polls, what is sent and the end at the worker that has the session", async () => {
  await using workers = new TwoWorkers();
  const { session, since } = await workers.poll();
  assert(session.startsWith(`a.${workers.made.nodes[0]!.sharedPort.node}.`), session);
  const sent = await workers.ask(1, `/events?session=${session}`, {
    method: "POST",
    body: JSON.stringify({ id: "1", event: "say", data: "ahoy ⚓" }),
  });
  const { messages } = await sent.json();
  assertEquals([sent.status, messages[0].data], [200, "re ahoy ⚓"]);
  const polling = workers.ask(1, `/poll?session=${session}&since=${since}`);
  await workers.apps[1]!.publish("deck", "note", "hello");
  const answer = await polling;
  assertEquals(answer.headers.get("content-type"), "application/json");
  const news = await answer.json();
  assertEquals(news.messages.map(({ data }: { data: unknown }) => data), ["hello"]);
  const ended = await workers.ask(1, `/poll?session=${session}`, { method: "DELETE" });
  assertEquals([ended.status, await ended.text()], [204, ""]);
  await waitFor(() => workers.gone.length === 1);
  assertEquals([workers.said, workers.errors], [["0 ahoy ⚓"], []]);
});

Deno.test("SharedSessions answers an event stream's requests, and lets pages of others read what they may", async () => {
  await using workers = new TwoWorkers();
  const ending = new AbortController();
  const stream = await workers.ask(0, "/sse", { signal: ending.signal });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes('"session"')) text += (await reader.read()).value ?? "";
  const session = /"session":"([^"]+)"/.exec(text)![1]!;
  const origin = `http://127.0.0.1:${workers.servers[1]!.addr.port}`;
  const body = JSON.stringify({ id: "1", event: "say", data: "aye" });
  const post = (headers: HeadersInit) =>
    workers.ask(1, `/events?session=${session}`, { method: "POST", headers, body });
  const allowed = await post({ origin });
  assertEquals(allowed.headers.get("access-control-allow-origin"), origin);
  assertEquals((await allowed.json()).messages[0].data, "re aye");
  const refused = await post({ origin: "https://elsewhere.example" });
  assertEquals([refused.status, (await refused.json()).code], [403, "FORBIDDEN"]);
  assertEquals(workers.said, ["0 aye"]);
  ending.abort();
  await reader.cancel().catch(() => {});
});

Deno.test("SharedSessions answers Engine.IO's polling, and ends a session whose client has gone", async () => {
  await using workers = new TwoWorkers();
  const engine = "/socket.io/?EIO=4&transport=polling";
  const { sid } = JSON.parse((await (await workers.ask(0, engine)).text()).slice(1));
  const connected = await workers.ask(1, `${engine}&sid=${sid}`, { method: "POST", body: "40" });
  assertEquals(await connected.text(), "ok");
  assert((await (await workers.ask(1, `${engine}&sid=${sid}`)).text()).startsWith("40{"));
  await workers.ask(1, `${engine}&sid=${sid}`, { method: "POST", body: '421["say","aye"]' });
  assertEquals(await (await workers.ask(1, `${engine}&sid=${sid}`)).text(), '431["re aye"]');
  const leaving = new AbortController();
  const poll = workers.ask(1, `${engine}&sid=${sid}`, { signal: leaving.signal }).catch(() => {});
  await waitFor(() => workers.made.nodes[1]!.stats().questions === 5);
  leaving.abort();
  await poll;
  await waitFor(() => workers.gone.length === 1);
  const late = await workers.ask(1, `${engine}&sid=${sid}`);
  assertEquals([late.status, (await late.json()).code], [400, 1]);
});

Deno.test("hostile 422: bytes that are no text, bodies that are too long, sessions of nobody: as at the worker itself", async () => {
  await using workers = new TwoWorkers();
  const { session } = await workers.poll();
  const [other] = await Promise.all([workers.poll()]);
  const node = workers.made.nodes[0]!.sharedPort.node;
  const statuses: number[] = [];
  for (
    const [id, body] of [
      [session, new Uint8Array([0xff, 0xfe])],
      [session, "x".repeat(20_000)],
      [session, "no JSON"],
      [`a.${node}.${crypto.randomUUID()}`, "{}"],
      [`a.nobody00.${crypto.randomUUID()}`, "{}"],
      [`${node}.${crypto.randomUUID()}`, "{}"],
      [`a.${node}`, "{}"],
      ["%00", "{}"],
      ["", "{}"],
    ] as const
  ) {
    const answers = await Promise.all([0, 1].map(async (worker) => {
      const answer = await workers.ask(worker, `/events?session=${id}`, { method: "POST", body });
      return [answer.status, await answer.text()];
    }));
    assertEquals(answers[0], answers[1], `${id} ${body.length}`);
    statuses.push(Number(answers[0]![0]));
  }
  assertEquals(statuses, [400, 200, 200, 404, 404, 404, 404, 400, 404]); // as a client is told of it
  const method = await workers.ask(1, `/events?session=${other!.session}`, { method: "PUT" });
  assertEquals(method.status, 405);
  await method.body?.cancel();
  assertEquals([workers.said, workers.errors], [[], []]);
});

Deno.test("hostile 423: a worker that dies with requests of others open: 503, then the session is unknown", async () => {
  await using workers = new TwoWorkers();
  const { session, since } = await workers.poll();
  const path = `/poll?session=${session}&since=${since}`;
  const polling = workers.ask(1, path);
  await waitFor(() => workers.made.nodes[1]!.stats().questions === 1);
  workers.made.handles[0]!.died();
  const answer = await polling;
  assertEquals([answer.status, answer.headers.get("retry-after")], [503, "1"]);
  assertEquals((await answer.json()).code, "UNAVAILABLE");
  await waitFor(() => !workers.made.nodes[1]!.sharedPort.has(session.split(".")[1]!));
  const late = await workers.ask(1, path);
  assertEquals(late.status, 404);
  await late.body?.cancel();
});

Deno.test("hostile 424: a wire that fails for a request of another worker: 500, and onError of its own worker", async () => {
  await using made = new WorkerNodes(2);
  const errors: unknown[] = [];
  const broken = () => ({
    owns: (path: string) => path === "/broken",
    sessionOf: ({ searchParams }: URL) => searchParams.get("s"),
    fetch: () => Promise.reject(new Error("broken")),
  });
  const servers = made.nodes.map((broker, i) =>
    serve({
      port: takePort(),
      hostname: "127.0.0.1",
      onListen() {},
      app: new App({ broker }),
      wires: [broken],
      loadBalanced: broker.sharedPort,
      onError: (error) => void errors.push([i, String(error)]),
    })
  );
  const id = `${made.nodes[0]!.sharedPort.node}.x`;
  const answer = await fetch(`http://127.0.0.1:${servers[1]!.addr.port}/broken?s=${id}`);
  assertEquals([answer.status, await answer.text()], [500, "Internal Server Error\n"]);
  assertEquals(errors, [[0, "Error: broken"]]);
  for (const server of servers) await server.shutdown();
});
