/** Tests of server/testing/test_client.ts: the application's rules hold for clients in memory. */

import { App, args, EventError, jwt } from "@hawser/ws";
import { testClient, TestClock } from "@hawser/ws/testing";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { secret, tokenOf } from "../../support/tokens.ts";

Deno.test("testClient() signs in as every client does, or is the user that it is given", async () => {
  const app = new App({ auth: { verify: jwt({ secret }), mode: "before" } });
  app.on("who", ({ user }) => user);
  await assertRejects(() => testClient(app), EventError, "Missing token");
  const request = new Request("http://localhost/", {
    headers: { authorization: `Bearer ${tokenOf("ada")}` },
  });
  await using ada = await testClient(app, { request });
  assertEquals((await ada.emitWithAck("who") as { sub: string }).sub, "ada");
  await using bob = await testClient(app, { user: { sub: "bob" } });
  assertEquals(await bob.emitWithAck("who"), { sub: "bob" });
});

Deno.test("testClient() is asked by the guards, a user that is given too", async () => {
  const app = new App<object, object, { name: string }>({ identify: () => ({ name: "nobody" }) });
  app.guard(({ user, auth }) => {
    if (user.name === "mallory") throw new EventError("FORBIDDEN", `Not with ${auth}`);
  });
  await using ada = await testClient(app, { user: { name: "ada" } });
  assert(ada.id.length > 10);
  await assertRejects(
    () => testClient(app, { user: { name: "mallory" }, auth: "a crowbar" }),
    EventError,
    "Not with a crowbar",
  );
  assertEquals(app.size, 1);
});

Deno.test("testClient() refuses options that there are not", async () => {
  const options = { user: "ada", usr: "ada" };
  await assertRejects(() => testClient(new App(), options), TypeError, "usr");
});

Deno.test("TestClient.emit() copies data as a wire does", async () => {
  const app = new App({ rateLimit: false });
  app.on("echo", (_client, data) => data);
  await using ada = await testClient(app);
  for (
    const data of [
      undefined,
      null,
      { type: "news", seq: 9, roomId: 3 },
      { list: [new Uint8Array([1, 255]), "$base64"], $base64: "no bytes" },
      args(1, [2], { three: 3 }),
    ]
  ) {
    const answer = await ada.emitWithAck("echo", data);
    assertEquals(answer, data);
    if (typeof data === "object" && data !== null) assert(answer !== data);
  }
  await assertRejects(() => ada.emit("echo", { at: new Map() }), TypeError, "data.at is a Map");
});

Deno.test("TestClient.emitWithAck() rejects with the error, and with the end of the connection", async () => {
  const app = new App();
  const asked = Promise.withResolvers<void>();
  app.on("fail", () => {
    throw new EventError("FORBIDDEN", "Not you", { details: { until: 7 } });
  });
  app.on("wait", () => {
    asked.resolve();
    return new Promise(() => {});
  });
  const ada = await testClient(app);
  const error = await assertRejects(() => ada.emitWithAck("fail"), EventError, "Not you");
  assertEquals(error.details, { until: 7 });
  const waiting = ada.emitWithAck("wait");
  await asked.promise;
  await ada.close();
  await assertRejects(() => waiting, Error, "Client was closed: 1000");
});

Deno.test("TestClient.answer() answers the server, or the server is told of the error", async () => {
  const app = new App();
  await using ada = await testClient(app);
  const client = app.client(ada.id)!;
  ada.answer("add", (data) => (data as number[])[0]! + 1);
  assertEquals(await client.emitWithAck("add", [4]), 5);
  ada.answer("add", () => {
    throw new EventError("FORBIDDEN", "I do not count");
  });
  await assertRejects(() => client.emitWithAck("add", [4]), Error, "FORBIDDEN");
  await assertRejects(() => client.emitWithAck("dance", {}), Error, "UNKNOWN_EVENT");
});

Deno.test("TestClient.join() tells what the client is told, or why it may not", async () => {
  const app = new App({
    rooms: (_client, room) => {
      if (room === "bridge") throw new EventError("FORBIDDEN", "Officers only");
      return { topic: "sails" };
    },
  });
  await app.publish("deck", "note", { type: "first", seq: 40 });
  await using ada = await testClient(app);
  const joined = await ada.join("deck", { last: 5 });
  assertEquals(joined.fields, { topic: "sails" });
  assertEquals(ada.rooms.get("deck")?.position.seq, 1);
  assertEquals(await ada.next("note"), { type: "first", seq: 40 });
  const [note] = ada.received;
  assertEquals([note?.room, note?.position], ["deck", joined.position]);
  await assertRejects(() => ada.join("bridge"), EventError, "Officers only");
  await ada.leave("deck");
  assertEquals(ada.rooms.size, 0);
});

Deno.test("TestClient.next() waits, and rejects when the server closes the connection", async () => {
  const app = new App();
  const ada = await testClient(app);
  const tick = ada.next("tick");
  app.emit("tick", 1);
  assertEquals(await tick, 1);
  const never = ada.next("tock");
  app.client(ada.id)!.close(4000, "enough");
  await assertRejects(() => never, Error, "Client was closed: 4000 enough");
  assertEquals(await ada.closed, { code: 4000, reason: "enough", wasClean: true });
  await assertRejects(() => ada.next("tock"), Error, "4000");
  assertEquals(app.size, 0);
});

Deno.test("TestClient.drop() is an end without a word", async () => {
  const clock = new TestClock();
  const app = new App({ clock });
  const closes: unknown[] = [];
  app.onDisconnect((_client, { code, wasClean }) => void closes.push([code, wasClean]));
  const ada = await testClient(app);
  await ada.drop();
  assertEquals(closes, [[1006, false]]);
});

Deno.test("TestClient hears why it is not welcome", async () => {
  const app = new App({
    welcome: () => {
      throw new Error("no cups left");
    },
    onError: () => {},
  });
  await assertRejects(() => testClient(app), Error, "Client was closed: 1011 Internal error");
});

Deno.test("TestClock moves the deadlines of an application", async () => {
  const clock = new TestClock();
  const app = new App({ clock });
  await using ada = await testClient(app);
  ada.answer("think", () => new Promise(() => {}));
  const asked = app.client(ada.id)!.emitWithAck("think", {}, { timeout: 5_000 });
  const rejected = assertRejects(() => asked, Error);
  await clock.advance(5_000);
  await rejected;
});
