/** README's programs, as they are pasted into an empty folder. */

import { connect } from "@hawser/ws/client";
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { io } from "socket.io-client";
import { ReadmeFolder, readmePrograms } from "../support/readme.ts";
import { optional } from "../support/optional.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";
import { secret, tokenOf } from "../support/tokens.ts";

Deno.test("README's server and client fit: join, publish, hear, acknowledgement", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  await using server = await startProgram(folder.file("server.ts"), { permissions });
  await folder.aim("client.ts", server.url.port, "await client.close();");
  const { code, stdout, stderr } = await runProgram(folder.file("client.ts"), { permissions });
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, ": Hello\n");
  assertStringIncludes(stdout, '{ status: "ok" }\n');
});

Deno.test("README's rooms let in who may, and say who has arrived", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  await using server = await startProgram(folder.file("rooms.ts"), { permissions });
  const url = `ws://127.0.0.1:${server.url.port}/ws`;
  await using ada = connect(`${url}?name=ada`);
  await using eve = connect(`${url}?name=eve`);
  const { members } = await ada.join("captains");
  assertEquals(members, ["ada", "bob"]);
  await assertRejects(() => eve.join("captains"), Error, "eve may not join captains");
  const arrived = new Promise((resolve) => ada.on("arrived", resolve));
  await ada.join("deck");
  await eve.join("deck");
  assertEquals(await arrived, { name: "eve" });
});

Deno.test("README's sign-in takes a token, and its guard refuses", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  const path = folder.file("sign_in.ts");
  const code = await Deno.readTextFile(path);
  const given = code.replace(/const secret = ".*";/, `const secret = "${secret}";`);
  await Deno.writeTextFile(path, given);
  await using server = await startProgram(path, { permissions });
  const url = `ws://127.0.0.1:${server.url.port}/ws`;
  await using ada = connect(url, { token: tokenOf("ada") });
  assertEquals(await ada.emitWithAck("whoami"), "ada");
  await using mallory = connect(url, { token: tokenOf("mallory") });
  await assertRejects(() => mallory.emitWithAck("whoami"));
});

Deno.test("README's limits let cursors move", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  await using server = await startProgram(folder.file("limits.ts"), { permissions });
  const url = `ws://127.0.0.1:${server.url.port}/ws`;
  await using ada = connect(url);
  await using bob = connect(url);
  await Promise.all([ada.ready(), bob.ready()]);
  const last = new Promise<void>((resolve) => {
    bob.on("moved", (data) => (data as { x: number }).x === 99 && resolve());
  });
  for (let x = 0; x < 100; x++) ada.emit("move", { x, y: 0 });
  await last;
});

Deno.test("README's wires: a back end publishes by curl's request, and an event stream hears", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  await using server = await startProgram(folder.file("wires.ts"), { permissions });
  const base = `http://127.0.0.1:${server.url.port}`;
  await using client = connect(`ws://127.0.0.1:${server.url.port}/ws`, { transports: ["sse"] });
  const note = new Promise((resolve) => client.on("note", resolve));
  await client.join("abc");
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const [, header = "", body = ""] = /api\/publish -H '([^']+)' \\\n\s*-d '([^']+)'/.exec(readme) ??
    [];
  const [name = "", value = ""] = header.split(": ");
  const response = await fetch(`${base}/api/publish`, {
    method: "POST",
    headers: { [name]: value },
    body,
  });
  assertEquals((await response.json()).seq, 1);
  assertEquals(await note, { text: "Hello" });
});

Deno.test({
  name: "README's nodes: two processes on one Redis share a room",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    await using folder = await ReadmeFolder.make();
    const { permissions } = folder;
    const path = folder.file("nodes.ts");
    const code = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, code.replace("redis://127.0.0.1:6379", redis.url));
    const flags = [...permissions, "--allow-env", "--allow-sys", "--allow-read"];
    await using one = await startProgram(path, { permissions: flags });
    await using two = await startProgram(path, { permissions: flags });
    const [ada, bob] = [one, two].map(({ url }) => connect(`ws://127.0.0.1:${url.port}/ws`));
    try {
      const seen = await Promise.all([ada!.join("deck"), bob!.join("deck")]);
      assertEquals(new Set(seen.map(({ epoch }) => epoch)).size, 1);
    } finally {
      await Promise.all([ada!.close(), bob!.close()]);
    }
  },
});

Deno.test("README's Socket.IO wire answers an unmodified client", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  await using server = await startProgram(folder.file("socketio.ts"), { permissions });
  for (const transports of [["websocket"], ["polling"]]) {
    const socket = io(`http://127.0.0.1:${server.url.port}`, { transports, forceNew: true });
    assertEquals(await socket.emitWithAck("greet", "Ada"), "Hello, Ada");
    socket.disconnect();
  }
});

Deno.test("README's echo greets, echoes, answers HTTP and ends at SIGTERM", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  await using server = await startProgram(folder.file("echo.ts"), { permissions });
  const host = `127.0.0.1:${server.url.port}`;
  assertEquals(await (await fetch(`http://${host}/`)).text(), "Hello\n");
  const socket = new WebSocket(`ws://${host}/?user=Ada`);
  const texts: string[] = [];
  socket.onopen = () => socket.send("ahoy");
  await new Promise<void>((resolve) => {
    socket.onmessage = ({ data }) => {
      if (texts.push(data) === 2) resolve();
    };
  });
  assertEquals(texts, ["Hello, Ada", "ahoy"]);
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  server.signal("SIGTERM");
  assertEquals((await closed).code, 1012);
  assertEquals((await server.ended()).code, 0);
});

Deno.test("README's protocol echoes in memory", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  const { code, stdout, stderr } = await runProgram(folder.file("protocol.ts"), { permissions });
  assertEquals(code, 0, stderr);
  assertEquals(stdout, "echo: ahoy\n");
});

Deno.test("README's operated server tells its health", async () => {
  await using folder = await ReadmeFolder.make();
  const { permissions } = folder;
  await using server = await startProgram(folder.file("operated.ts"), { permissions });
  for (const [path, status] of [["healthz", 200], ["metrics", 200], ["nothing", 404]] as const) {
    const response = await fetch(`http://127.0.0.1:${server.url.port}/${path}`);
    await response.body?.cancel();
    assertEquals([path, response.status], [path, status]);
  }
});

Deno.test("README has no program that is not run here", async () => {
  const tests = await Deno.readTextFile(new URL(import.meta.url));
  const names = [...(await readmePrograms()).keys()];
  assertEquals(names.filter((name) => !tests.includes(`"${name}"`)), []);
});
