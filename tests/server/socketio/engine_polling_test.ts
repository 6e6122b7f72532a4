/** Tests of server/socketio/engine_polling.ts. */

import { assertEquals, assertRejects } from "@std/assert";
import type { EngineSocket } from "../../../server/socketio/engine.ts";
import { ManualClock } from "../../support/clients.ts";
import {
  ask,
  echo,
  EnginePoller,
  makeEngine,
  openSession,
  serveEngine,
} from "../../support/engine.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("PollingTransport answers with all that waits, in one payload", async () => {
  await using running = serveEngine({}, echo);
  const client = await EnginePoller.open(running.url);
  assertEquals(await client.post("4test1\x1e4\x1ebAQIDBA==\x1e4é€\u{1f600}"), [200, "ok"]);
  assertEquals(await client.poll(), [200, "4test1\x1e4\x1ebAQIDBA==\x1e4é€\u{1f600}"]);
});

Deno.test("PollingTransport answers a poll that waits with all of a turn", async () => {
  let socket: EngineSocket | undefined;
  await using running = serveEngine({}, (opened) => void (socket = opened));
  const client = await EnginePoller.open(running.url);
  const poll = client.poll();
  await running.asked(2);
  for (const text of ["a", "b", "c"]) socket?.send(text);
  const bodies = [(await poll)[1]];
  while (bodies.join("\x1e") !== "4a\x1e4b\x1e4c") bodies.push((await client.poll())[1]);
  assertEquals(bodies.length <= 2, true, bodies.join());
});

Deno.test("PollingTransport brings a heartbeat, and takes its answer", async () => {
  await using running = serveEngine({ pingInterval: 100, pingTimeout: 5_000 }, echo);
  const client = await EnginePoller.open(running.url);
  for (let beats = 0; beats < 3; beats++) {
    assertEquals(await client.poll(), [200, "2"]);
    assertEquals(await client.post("3"), [200, "ok"]);
  }
});

Deno.test("hostile 236: PollingTransport ends the session at a second poll", async () => {
  const ends: string[] = [];
  const clock = new ManualClock();
  const engine = makeEngine({}, (socket) => socket.on("close", (end) => ends.push(end)), clock);
  const sid = await openSession(engine);
  const first = ask(engine, `&sid=${sid}`);
  assertEquals(await ask(engine, `&sid=${sid}`), [400, '{"code":3,"message":"Bad request"}']);
  assertEquals(await first, [200, "1"]);
  assertEquals(await ask(engine, `&sid=${sid}`), [
    400,
    '{"code":1,"message":"Session ID unknown"}',
  ]);
  assertEquals([ends, engine.count().polling, clock.size], [["transport error"], 0, 0]);
});

Deno.test("hostile 236: PollingTransport ends the session of a client that drops its poll", async () => {
  const ends: string[] = [];
  await using running = serveEngine({}, (socket) => {
    socket.on("message", () => {});
    socket.on("close", (end) => ends.push(end));
  });
  const client = await EnginePoller.open(running.url);
  const gone = new AbortController();
  const poll = client.poll(gone.signal);
  await running.asked(2);
  gone.abort();
  await assertRejects(() => poll);
  await waitFor(() => ends.length > 0);
  assertEquals(ends, ["transport close"]);
  assertEquals((await client.poll())[0], 400);
});

Deno.test("hostile 237: PollingTransport ends the session at two POSTs at once", async () => {
  const handled = Promise.withResolvers<void>();
  const ends: string[] = [];
  const engine = makeEngine({}, (socket) => {
    socket.on("message", () => handled.promise);
    socket.on("close", (end) => ends.push(end));
  }, new ManualClock());
  const sid = await openSession(engine);
  const first = ask(engine, `&sid=${sid}`, { method: "POST", body: "4a\x1e4b" });
  const second = await ask(engine, `&sid=${sid}`, { method: "POST", body: "4c" });
  assertEquals(second, [400, '{"code":3,"message":"Bad request"}']);
  handled.resolve();
  assertEquals([await first, ends], [[200, "ok"], ["transport error"]]);
});

Deno.test("PollingTransport answers a POST when its messages were handled, in order", async () => {
  const trace: unknown[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const engine = makeEngine({}, (socket) =>
    socket.on("message", async (data) => {
      trace.push(data);
      await gates[trace.length - 1]?.promise;
    }), new ManualClock());
  const sid = await openSession(engine);
  const post = ask(engine, `&sid=${sid}`, { method: "POST", body: "4a\x1e4b" })
    .then(([status]) => trace.push(status));
  await waitFor(() => trace.length > 0);
  assertEquals(trace, ["a"]);
  gates[0]?.resolve();
  await waitFor(() => trace.length > 1);
  gates[1]?.resolve();
  await post;
  assertEquals(trace, ["a", "b", 200]);
});

for (const body of ["abc", "", "\x1e", "4a\x1e", "bA", "4a\x1e9\x1e4c", "0", "2", "2probe", "5"]) {
  Deno.test(`hostile 244: PollingTransport ends the session at ${JSON.stringify(body)}`, async () => {
    const ends: string[] = [];
    const engine = makeEngine({}, (socket) => {
      socket.on("close", (end) => ends.push(end));
    }, new ManualClock());
    const sid = await openSession(engine);
    const poll = ask(engine, `&sid=${sid}`);
    const [status] = await ask(engine, `&sid=${sid}`, { method: "POST", body });
    assertEquals([200, 400].includes(status), true, `${status}`);
    assertEquals([await poll, ends], [[200, "6\x1e1"], ["parse error"]]);
    assertEquals((await ask(engine, `&sid=${sid}`))[0], 400);
  });
}

Deno.test("hostile 244: PollingTransport takes no body that is not UTF-8", async () => {
  const engine = makeEngine({}, echo, new ManualClock());
  const sid = await openSession(engine);
  const body = Uint8Array.of(0x34, 0xff);
  assertEquals((await ask(engine, `&sid=${sid}`, { method: "POST", body }))[0], 400);
  assertEquals(engine.count().polling, 0);
});

Deno.test("PollingTransport lets go the poll of a client that says 1", async () => {
  const ends: string[] = [];
  await using running = serveEngine({}, (socket) => socket.on("close", (end) => ends.push(end)));
  const client = await EnginePoller.open(running.url);
  const poll = client.poll();
  await running.asked(2);
  assertEquals(await client.post("1"), [200, "ok"]);
  assertEquals(await poll, [200, "6"]);
  assertEquals([(await client.poll())[0], ends], [400, ["transport close"]]);
});

Deno.test("hostile 238: PollingTransport gives nobody what is sent behind the end", async () => {
  const trace: unknown[] = [];
  const engine = makeEngine({}, (socket) => {
    socket.on("message", (data) => {
      trace.push(data);
      if (data !== "bye") return;
      socket.send("so long");
      socket.close();
    });
    socket.on("close", (end) => trace.push(end));
  }, new ManualClock());
  const sid = await openSession(engine);
  const post = (body: string) => ask(engine, `&sid=${sid}`, { method: "POST", body });
  assertEquals(await post("4a\x1e4bye\x1e4b"), [200, "ok"]);
  assertEquals(await post("4c"), [200, "ok"]);
  assertEquals(trace, ["a", "bye", "forced close"]);
  assertEquals(await ask(engine, `&sid=${sid}`), [200, "4so long\x1e1"]);
  assertEquals([(await post("4d"))[0], (await ask(engine, `&sid=${sid}`))[0]], [400, 400]);
  assertEquals(trace.length, 3);
});

Deno.test("hostile 239: PollingTransport answers a body over the limit with 413 and nothing", async () => {
  const received: unknown[] = [];
  await using running = serveEngine({}, (socket) => {
    socket.on("message", (data) => void received.push(data));
  }, { maxMessageSize: 100 });
  const client = await EnginePoller.open(running.url);
  const exact = `4${"é".repeat(49)}a`;
  assertEquals(await client.post(exact), [200, "ok"]);
  assertEquals(await client.post(`${exact}b`), [413, ""]);
  const stream = new Blob([exact, "b"]).stream(); // without a length
  assertEquals(await client.post(stream), [413, ""]);
  assertEquals(received, [exact.slice(1)]);
  assertEquals(await client.post("4c"), [200, "ok"]);
});

Deno.test("PollingTransport ends the session where a handler throws", async () => {
  const ends: string[] = [];
  await using running = serveEngine({}, (socket) => {
    socket.on("message", () => Promise.reject(new Error("overboard")));
    socket.on("close", (end) => ends.push(end));
  });
  const client = await EnginePoller.open(running.url);
  assertEquals((await client.post("4a"))[0], 500);
  assertEquals([ends, running.errors.map(String)], [["transport error"], ["Error: overboard"]]);
});

Deno.test("hostile 246: PollingTransport sends a client away that fetches nothing", async () => {
  const ends: string[] = [];
  let socket: EngineSocket | undefined;
  await using running = serveEngine({}, (opened) => {
    socket = opened.on("close", (end) => ends.push(end));
  }, { limits: { maxQueuedBytes: 1_000, slowTimeout: 50 } });
  const client = await EnginePoller.open(running.url);
  assertEquals(socket?.send("a"), "sent");
  const answers = Array.from({ length: 100 }, () => socket?.send("a".repeat(1_000)));
  assertEquals([answers[0], answers.at(-1), ends], ["sent", "dropped", ["slow consumer"]]);
  assertEquals((await client.poll())[0], 400);
});

Deno.test("PollingTransport tells how much waits, and when nothing does", async () => {
  let socket: EngineSocket | undefined;
  const engine = makeEngine({}, (opened) => void (socket = opened), new ManualClock());
  const sid = await openSession(engine);
  assertEquals([socket?.send("a".repeat(70_000)), socket?.bufferedAmount], ["queued", 70_001]);
  const drained = socket?.drained();
  await ask(engine, `&sid=${sid}`);
  await drained;
  assertEquals(socket?.bufferedAmount, 0);
});
