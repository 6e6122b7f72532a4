/** The servers of the public suites: that they are there, and that `control` does as it is told. */

import { assertEquals } from "@std/assert";
import { io, type Socket } from "socket.io-client";
import { startProgram } from "../support/program.ts";

function startSuite(suite: string) {
  return startProgram("tests/conformance/socketio.ts", {
    args: ["--suite", suite, "--port", "0"],
    permissions: ["--allow-net"],
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
