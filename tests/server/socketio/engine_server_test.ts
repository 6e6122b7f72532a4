/** Tests of server/socketio/engine_server.ts. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { EngineSocket } from "../../../server/socketio/engine.ts";
import { ManualClock } from "../../support/clients.ts";
import { captureConsole } from "../../support/console.ts";
import {
  ask,
  echo,
  EnginePoller,
  EngineWebSocket,
  makeEngine,
  openSession,
  serveEngine,
} from "../../support/engine.ts";
import { waitFor } from "../../support/wait.ts";

async function get(url: string, init: RequestInit = {}): Promise<[number, string]> {
  const response = await fetch(url, init);
  return [response.status, await response.text()];
}

Deno.test("EngineServer opens a session by polling", async () => {
  await using running = serveEngine({}, echo);
  const [status, body] = await get(`${running.url}?EIO=4&transport=polling`);
  assertEquals([status, body[0]], [200, "0"]);
  const { sid, ...rest } = JSON.parse(body.slice(1));
  assertEquals([typeof sid, rest], ["string", {
    upgrades: ["websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  }]);
});

const badMethod = '{"code":2,"message":"Bad handshake method"}';
const badRequest = '{"code":3,"message":"Bad request"}';
const badVersion = '{"code":5,"message":"Unsupported protocol version"}';
const unknownTransport = '{"code":0,"message":"Transport unknown"}';
const unknownSession = '{"code":1,"message":"Session ID unknown"}';

for (
  const [method, query, body] of [
    ["GET", "transport=polling", badVersion],
    ["GET", "EIO=abc&transport=polling", badVersion],
    ["GET", "EIO=3&transport=polling", badVersion],
    ["GET", "EIO=4", unknownTransport],
    ["GET", "EIO=4&transport=abc", unknownTransport],
    ["GET", "EIO=4&transport=constructor", unknownTransport],
    ["GET", "EIO=4&transport=websocket", badRequest],
    ["POST", "EIO=4&transport=polling", badMethod],
    ["PUT", "EIO=4&transport=polling", badMethod],
  ] as const
) {
  Deno.test(`EngineServer refuses ${method} ${query}`, async () => {
    await using running = serveEngine({}, echo);
    assertEquals(await get(`${running.url}?${query}`, { method }), [400, body]);
    const upgrade = `${running.url.replace("http", "ws")}?${query}`;
    if (method !== "GET" || query.includes("websocket")) return;
    const socket = new WebSocket(upgrade);
    await new Promise((resolve) => socket.onerror = resolve);
    assertEquals(running.engine.count(), { polling: 0, websocket: 0 });
  });
}

for (const sid of ["", "x", "constructor", "__proto__", "hasOwnProperty", "a".repeat(4_000)]) {
  Deno.test(`hostile 235: EngineServer knows no session "${sid.slice(0, 20)}"`, async () => {
    await using running = serveEngine({}, echo);
    const client = new EnginePoller(running.url, sid);
    assertEquals(await client.poll(), [400, unknownSession]);
    assertEquals(await client.post("4a"), [400, unknownSession]);
    await assertRejects(() => client.upgrade());
  });
}

Deno.test("hostile 235: EngineServer gives no session to other methods or transports", async () => {
  await using running = serveEngine({}, echo);
  const { sid } = await EnginePoller.open(running.url);
  const url = `${running.url}?EIO=4&sid=${sid}`;
  for (const method of ["PUT", "DELETE", "PATCH"]) {
    assertEquals(await get(`${url}&transport=polling`, { method }), [400, badRequest]);
  }
  assertEquals(await get(`${url}&transport=websocket`), [400, badRequest]);
  const direct = await EngineWebSocket.open(running.url);
  const other = JSON.parse(String(await direct.next()).slice(1)).sid;
  assertEquals(await new EnginePoller(running.url, other).poll(), [400, badRequest]);
  await direct.close();
});

Deno.test("EngineServer.owns() its path with and without the last slash, and nothing else", async () => {
  await using running = serveEngine({}, echo);
  const { origin } = new URL(running.url);
  assertEquals((await get(`${origin}/engine.io?EIO=4&transport=polling`))[0], 200);
  assertEquals((await get(`${origin}/engine.io/x?EIO=4&transport=polling`))[0], 426);
  const paths = ["/engine.io/", "/engine.io", "/engine.io/x", "/", "/engine"];
  assertEquals(paths.map((path) => running.engine.owns(path)), [true, true, false, false, false]);
});

Deno.test("EngineServer asks allowRequest before it makes anything", async () => {
  const answers: (boolean | string)[] = [true, false, "Not you", false, "Not you"];
  await using running = serveEngine({
    allowRequest: async (_request, { remoteAddress }) => {
      assertEquals(remoteAddress, "127.0.0.1");
      return await Promise.resolve(answers.shift() ?? true);
    },
  }, echo);
  const url = `${running.url}?EIO=4&transport=polling`;
  assertEquals((await get(url))[0], 200);
  assertEquals(await get(url), [403, '{"code":4,"message":"Forbidden"}']);
  assertEquals(await get(url), [403, '{"code":4,"message":"Not you"}']);
  for (let left = 2; left > 0; left--) {
    await assertRejects(() => EngineWebSocket.open(running.url));
  }
  assertEquals(running.engine.count(), { polling: 1, websocket: 0 });
});

Deno.test("EngineServer adds the fields of handshakeHeaders to the handshake alone", async () => {
  const sids: string[] = [];
  await using running = serveEngine({
    handshakeHeaders(_request, { sid }) {
      sids.push(sid);
      return [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-sid", sid]];
    },
  }, echo);
  const response = await fetch(`${running.url}?EIO=4&transport=polling`);
  const { sid } = JSON.parse((await response.text()).slice(1));
  assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals([response.headers.get("x-sid"), sids], [sid, [sid]]);
  const client = new EnginePoller(running.url, sid);
  await client.post("4a");
  const poll = await fetch(`${running.url}?EIO=4&transport=polling&sid=${sid}`);
  assertEquals([await poll.text(), poll.headers.getSetCookie()], ["4a", []]);
  const socket = await EngineWebSocket.open(running.url);
  assertEquals(JSON.parse(String(await socket.next()).slice(1)).sid, sids[1]);
  await socket.close();
});

for (
  const [how, fail] of Object.entries({
    throws: (): never => {
      throw new Error("Aground");
    },
    rejects: (): never => Promise.reject(new Error("Aground")) as never,
  })
) {
  Deno.test(`hostile 124: handshakeHeaders that ${how} opens no session`, async () => {
    await using running = serveEngine({ handshakeHeaders: fail }, echo);
    assertEquals((await get(`${running.url}?EIO=4&transport=polling`))[0], 500);
    await assertRejects(() => EngineWebSocket.open(running.url));
    assertEquals(running.engine.count(), { polling: 0, websocket: 0 });
  });
}

Deno.test("EngineServer offers and allows no upgrade where there is none", async () => {
  for (const options of [{ allowUpgrades: false }, { transports: ["polling"] as const }]) {
    await using running = serveEngine(options, echo);
    const [, body] = await get(`${running.url}?EIO=4&transport=polling`);
    const { sid, upgrades } = JSON.parse(body.slice(1));
    assertEquals(upgrades, []);
    await assertRejects(() => new EnginePoller(running.url, sid).upgrade());
  }
});

Deno.test("EngineServer lets a page send what it asks about", async () => {
  const origin = "https://good.example";
  await using running = serveEngine({}, echo, { allowedOrigins: [origin] });
  const headers = { origin, "access-control-request-headers": "x-deck" };
  const preflight = await fetch(running.url, { method: "OPTIONS", headers });
  assertEquals(preflight.status, 204);
  assertEquals(preflight.headers.get("access-control-allow-origin"), origin);
  assertEquals(preflight.headers.get("access-control-allow-headers"), "x-deck");
  assertEquals(preflight.headers.get("access-control-allow-methods"), "GET, POST");
});

Deno.test("hostile 243: EngineServer bounds handshakes that are abandoned, and forgets them", async () => {
  const clock = new ManualClock();
  const ends: string[] = [];
  const onSocket = (socket: EngineSocket) => socket.on("close", (end) => ends.push(end));
  const engine = makeEngine({ maxSessionsPerAddress: 0 }, onSocket, clock);
  const first = await openSession(engine);
  for (let count = 1; count < 10_000; count++) await openSession(engine);
  assertEquals([clock.size, ends], [1, []]);
  assertEquals((await ask(engine, ""))[0], 200);
  assertEquals([engine.count().polling, ends], [10_000, ["transport close"]]);
  assertEquals(await ask(engine, `&sid=${first}`), [400, unknownSession]);
  clock.pass(45_500);
  assertEquals([engine.count().polling, clock.size], [0, 0]);
  assertEquals(ends.slice(1), Array(10_000).fill("ping timeout"));
});

Deno.test("hostile 243: EngineServer lets no session go whose client was heard again", async () => {
  const engine = makeEngine({ maxSessions: 3, maxSessionsPerAddress: 2 }, echo, new ManualClock());
  const from = (address: string, query = "", init: RequestInit = {}) =>
    ask(engine, query, init, address);
  const sids: string[] = [];
  for (const address of ["192.0.2.1", "192.0.2.1", "192.0.2.2"]) {
    const [, body] = await from(address);
    sids.push(`&sid=${JSON.parse(body.slice(1)).sid}`);
  }
  const say = (sid: string) => ask(engine, sid, { method: "POST", body: "4a" });
  for (const sid of sids) assertEquals(await say(sid), [200, "ok"]);
  const many = '{"code":4,"message":"Too many sessions from your address"}';
  assertEquals(await from("192.0.2.1"), [429, many]);
  assertEquals(await from("192.0.2.3"), [503, '{"code":4,"message":"Too many sessions"}']);
  for (const sid of sids) assertEquals(await ask(engine, sid), [200, "4a"]);
});

Deno.test("hostile 252: EngineServer lets others in while one address abandons handshakes", async () => {
  const clock = new ManualClock();
  const engine = makeEngine({}, echo, clock);
  const statuses = new Map<number, number>();
  for (let count = 0; count < 10_000; count++) {
    const [status] = await ask(engine, "", {}, "192.0.2.1");
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    // Ten seconds in all, in which as many more may begin.
    if (count % 1_000 === 999) clock.pass(1_000);
  }
  assertEquals(Object.fromEntries(statuses), { 200: 1_180, 429: 8_820 });
  assertEquals(engine.count(), { polling: 1_000, websocket: 0 });
  const [status, body] = await ask(engine, "", {}, "192.0.2.2");
  assertEquals(status, 200);
  const { sid } = JSON.parse(body.slice(1));
  assertEquals(await ask(engine, `&sid=${sid}`, { method: "POST", body: "4a" }), [200, "ok"]);
  clock.pass(45_500);
  assertEquals([engine.count().polling, clock.size], [0, 0]);
});

Deno.test("hostile 252: EngineServer tells one address to wait, and its operator which one", async () => {
  await using running = serveEngine({ maxSessionsPerAddress: 100 }, echo, { trustProxy: 1 });
  const open = async (address: string) => {
    const headers = { "x-forwarded-for": address };
    const response = await fetch(`${running.url}?EIO=4&transport=polling`, { headers });
    return [response.status, response.headers.get("retry-after"), await response.text()] as const;
  };
  const said = await captureConsole(async () => {
    let refused: readonly unknown[] = [];
    for (let count = 0; refused[0] !== 429; count++) {
      assert(count < 2_000);
      refused = await open("192.0.2.1");
    }
    assertEquals(refused[1], "1");
  });
  assertEquals((await open("192.0.2.2"))[0], 200);
  const advice = "raise maxSessionsPerAddress of the wire at /engine.io/, or set trustProxy";
  assertStringIncludes(said.join("\n"), "Address 192.0.2.1 has, or begins, too many sessions");
  assertStringIncludes(said.join("\n"), advice);
});

Deno.test("EngineServer.shutdown() sends all clients away and takes in no more", async () => {
  const ends: string[] = [];
  await using running = serveEngine({}, (socket) => {
    socket.on("close", (end) => ends.push(end));
  });
  const poller = await EnginePoller.open(running.url);
  const poll = poller.poll();
  const socket = await EngineWebSocket.open(running.url);
  await running.asked(3);
  await waitFor(() => running.engine.count().websocket === 1);
  running.engine.shutdown();
  assertEquals(await poll, [200, "1"]);
  await socket.closed;
  assertEquals(ends, ["forced close", "forced close"]);
  assertEquals((await get(`${running.url}?EIO=4&transport=polling`))[0], 503);
  await assertRejects(() => EngineWebSocket.open(running.url));
});
