/** The servers of the public suites: that they are there, and that `control` does as it is told. */

import { assertEquals } from "@std/assert";
import { io, type Socket } from "socket.io-client";
import { optional } from "../support/optional.ts";
import { startProgram } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";
import { waitFor } from "../support/wait.ts";

function startSuite(suite: string, args: string[] = [], permissions = ["--allow-net"]) {
  return startProgram("tests/conformance/socketio.ts", {
    args: ["--suite", suite, "--port", "0", ...args],
    permissions,
  });
}

for (
  const [suite, path] of [["engine", "engine.io"], ["engine-client", "engine.io"], [
    "socket",
    "socket.io",
  ], ["client", "socket.io"]]
) {
  Deno.test(`tests/conformance/socketio.ts serves the suite ${suite}`, async () => {
    await using program = await startSuite(suite!);
    const response = await fetch(`${program.url.origin}/${path}/?EIO=4&transport=polling`);
    assertEquals([response.status, (await response.text())[0]], [200, "0"]);
    const other = await fetch(`${program.url.origin}/other`);
    await other.body?.cancel();
    assertEquals(other.status, 404);
  });
}

async function open(origin: string, namespace: string, auth = {}): Promise<Socket> {
  const socket = io(`${origin}${namespace}`, { forceNew: true, auth });
  await new Promise<void>((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", reject);
  });
  return socket;
}

Deno.test("tests/conformance/socketio.ts obeys the orders of the suite control", async () => {
  await using program = await startSuite("control");
  const { origin } = program.url;
  for (const namespace of ["/", "/n-5", "/slow"]) {
    const [ada, bob] = [await open(origin, namespace), await open(origin, namespace)];
    const order = (socket: Socket, ...orders: unknown[]) => socket.emitWithAck("do", orders);
    const heard: unknown[] = [];
    for (const [name, socket] of Object.entries({ ada, bob })) {
      socket.on("note", (...values) => heard.push([name, ...values.slice(0, 2)]));
      socket.on("ask", (question, answer) => answer(`${name} ${question}`));
    }
    assertEquals(await order(ada, { join: ["a", "b"] }, { leave: ["b"] }, { rooms: true }), [
      null,
      null,
      ["a"],
    ]);
    await order(bob, { join: ["a"] }, {
      emit: { to: ["a"], except: [ada.id], event: "note", args: [1, 2] },
    });
    assertEquals(heard, [["bob", 1, 2]]);
    const [list] = await order(ada, { list: { to: ["a"] } });
    assertEquals(list, [ada.id, bob.id].sort());
    const [asked] = await order(ada, {
      ask: { to: ["a"], timeout: 2_000, event: "ask", args: [5] },
    });
    assertEquals([asked.answers.sort(), asked.missing], [["ada 5", "bob 5"], 0]);
    assertEquals(await order(ada, { move: { from: "a", to: "c" } }, { rooms: true }), [null, [
      "c",
    ]]);
    const dropped = new Promise((resolve) => bob.on("disconnect", resolve));
    await order(ada, { drop: { except: [ada.id] } });
    assertEquals(await dropped, "io server disconnect");
    ada.disconnect();
  }
  const error = await open(origin, "/guarded", { token: "bad" }).catch((error) => error);
  assertEquals([error.message, error.data.a, error.data.c], ["not good", "b", 3]);
  (await open(origin, "/guarded", { token: "good" })).disconnect();
});

Deno.test({
  name: "servers of the suite control are one cluster over Redis",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using first = await startSuite("control", ["--redis", redis.url], ["--allow-all"]);
    await using second = await startSuite("control", ["--redis", redis.url], ["--allow-all"]);
    for (const namespace of ["/", "/n-5"]) {
      const ada = await open(first.url.origin, namespace);
      const bob = await open(second.url.origin, namespace);
      const order = (socket: Socket, ...orders: unknown[]) => socket.emitWithAck("do", orders);
      const heard: unknown[] = [];
      for (const [name, socket] of Object.entries({ ada, bob })) {
        socket.on("note", (value) => heard.push([name, value]));
        socket.on("node", ({ event, args }) => heard.push([name, event, ...args]));
        socket.on("ask", (question, answer) => answer(`${name} ${question}`));
      }
      const say = (to: string[], value: unknown, more = {}) => ({
        emit: { to, event: "note", args: [value], ...more },
      });
      await order(ada, { join: ["a"] });
      await order(bob, { join: ["a", "b"] });
      const [list] = await order(ada, { list: { to: ["a"] } });
      assertEquals(list, [ada.id, bob.id].sort());
      await order(ada, say(["a"], 1, { except: [ada.id] }), say([bob.id!], 2));
      await waitFor(() => heard.length === 2);
      assertEquals(heard.splice(0), [["bob", 1], ["bob", 2]]);
      await order(bob, say(["a"], 3, { local: true }), { node: { event: "hail", args: [4] } });
      await waitFor(() => heard.length === 2);
      assertEquals(heard.splice(0).sort(), [["ada", "hail", 4], ["bob", 3]]);
      const ask = { to: ["a"], timeout: 5_000, event: "ask", args: [6] };
      const [asked] = await order(ada, { ask });
      assertEquals([asked.answers.sort(), asked.missing], [["ada 6", "bob 6"], 0]);
      await order(ada, { move: { from: "b", to: "c" } });
      // A move on another node takes a moment, and so does its interest in the room.
      while ((await order(ada, { list: { to: ["c"] } }))[0].length === 0);
      await order(ada, say(["c"], 5));
      await waitFor(() => heard.length === 1);
      assertEquals(heard, [["bob", 5]]);
      const dropped = new Promise((resolve) => bob.on("disconnect", resolve));
      await order(ada, { drop: { to: ["c"] } });
      assertEquals(await dropped, "io server disconnect");
      ada.disconnect();
    }
  },
});
