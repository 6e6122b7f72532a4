/** Sending by a client, and its errors. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ClientError } from "../../../client/errors.ts";
import { FakeClient, fallBack, streams } from "../../support/fake_client.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("Sender refuses at the call what no connection carries", () => {
  using fake = new FakeClient();
  using polling = new FakeClient({ transports: ["poll"], fetch: () => new Promise(() => {}) });
  const shared = new Uint8Array(new SharedArrayBuffer(4)) as unknown as Uint8Array<ArrayBuffer>;
  for (const data of [shared, shared.buffer, 7 as unknown as string]) {
    assertThrows(() => fake.client.send(data), TypeError, "Cannot send");
  }
  assertThrows(() => polling.client.send(new Uint8Array(1)), TypeError, "without WebSocket");
  const carried = ["text", new ArrayBuffer(1), new DataView(new ArrayBuffer(1)), new Blob(["x"])];
  for (const data of carried) assertEquals(fake.client.send(data), "queued");
});

Deno.test("Sender reports the message that cannot be sent, and sends the others", async () => {
  using fake = new FakeClient();
  const asked = fake.client.emitWithAck("bad");
  for (const text of ["one", "bad", "two"]) fake.client.send(text);
  const socket = await fake.socket(1);
  const { send } = socket;
  socket.send = (data) => {
    if (String(data).includes("bad")) throw new TypeError("No");
    send.call(socket, data);
  };
  await fake.open(1);
  const error = await assertRejects(() => asked, ClientError, "Cannot send");
  assertEquals([error.code, String(error.cause)], ["NOT_SENT", "TypeError: No"]);
  assertEquals([socket.sent, fake.errors.length], [["one", "two"], 1]);
  assertThrows(() => fake.client.send("bad"), TypeError, "No");
  assertEquals(fake.client.state, "open");
});

Deno.test("Sender reports bytes that wait for a line which turns out to carry text", async () => {
  const posts: unknown[] = [];
  const { fetch } = streams(() => Promise.resolve(new Response('{"messages":[]}')));
  using fake = new FakeClient({
    transports: ["websocket", "sse"],
    fallbackAfter: 1,
    fetch(url, init) {
      if (url.pathname === "/events") posts.push(init.body);
      return fetch(url, init);
    },
  });
  fake.client.emit("one");
  fake.client.send(new Uint8Array(1));
  fake.client.emit("two");
  (await fake.socket(1)).end();
  fake.clock.pass(1_000);
  await waitFor(() => posts.length === 1);
  assertEquals(posts, ['[{"event":"one"},{"event":"two"}]']);
  assertEquals(fake.errors.map((error) => error instanceof ClientError && error.code), [
    "NOT_SENT",
  ]);
});

Deno.test("Sender rejects what the server finds too large, and goes on", async () => {
  const answers = [413, 200];
  const { fetch } = streams(() => {
    return Promise.resolve(new Response('{"messages":[]}', { status: answers.shift() ?? 200 }));
  });
  using fake = await fallBack({ fetch });
  const asked = fake.client.emitWithAck("large");
  const error = await assertRejects(() => asked, ClientError, "does not take");
  assertEquals([error.code, fake.client.state], ["NOT_SENT", "open"]);
});

Deno.test("Sender says why a request was not sent", async () => {
  using fake = new FakeClient({ minDelay: 5_000, flushRate: 1 });
  (await fake.socket(1)).end(1012, "Restart");
  const [asked, late] = [
    fake.client.emitWithAck("ask"),
    fake.client.emitWithAck("late", 1, { timeout: 5_500 }),
  ];
  fake.clock.pass(5_000);
  const error = await assertRejects(() => asked, ClientError, "Not connected: Restart");
  assertEquals(error.code, "NOT_SENT");
  for (let n = 0; n < 3; n++) fake.client.emit("n");
  fake.client.emitWithAck("last", 1, { timeout: 600 }).catch((error) => fake.errors.push(error));
  await fake.open(2);
  fake.clock.pass(700);
  await assertRejects(() => late, ClientError, "Acknowledgement timeout");
  assertEquals(
    String(fake.errors[0]),
    "ClientError: Not sent: 4 messages wait, no answer in 600 ms",
  );
});

Deno.test("Sender.close() rejects what is asked with CLOSED, and what is not allowed", async () => {
  using fake = new FakeClient();
  const socket = await fake.open(1);
  const asked = fake.client.emitWithAck("ask");
  for (
    const [code, reason] of [[1006, ""], [999, ""], [4000.5, ""], [1000, "ü".repeat(62)]] as const
  ) {
    await assertRejects(() => fake.client.close(code, reason), RangeError, "Cannot use");
  }
  assertEquals(fake.client.state, "open");
  void fake.client.close(4000, "ü".repeat(61));
  assertEquals((await assertRejects(() => asked, ClientError)).code, "CLOSED");
  assertEquals(socket.closedWith?.[0], 4000);
});

Deno.test("Sender sends at once what the server takes, and no faster", async () => {
  const kinds: [welcome: Record<string, unknown>, atOnce: number, inOneSecond: number][] = [
    [{ rateLimit: { perSecond: 50, burst: 30 } }, 27, 72],
    [{ rateLimit: { perSecond: 5, burst: 0 } }, 0, 4],
    [{ rateLimit: null }, 100, 100],
    [{ rateLimit: { perSecond: -1, burst: "many" } }, 100, 100],
    [{}, 10, 20],
  ];
  for (const [welcome, atOnce, inOneSecond] of kinds) {
    using fake = new FakeClient();
    for (let n = 0; n < 100; n++) fake.client.emit("n", { n });
    const socket = await fake.open(1, welcome);
    assertEquals(socket.sent.length, atOnce, JSON.stringify(welcome));
    fake.clock.pass(1_000);
    assertEquals(socket.sent.length, inOneSecond, JSON.stringify(welcome));
  }
});

Deno.test("Sender lets no event be late for good after a reconnect", async () => {
  using fake = new FakeClient();
  for (let n = 0; n < 60; n++) fake.client.emit("n", { n });
  const socket = await fake.open(1, { rateLimit: { perSecond: 100, burst: 200 } });
  assertEquals(socket.take().length, 60);
  for (let n = 0; n < 58; n++) {
    assertEquals(fake.client.emit("n", { n }), "sent");
    fake.clock.pass(17);
  }
});

Deno.test("Sender drops a volatile event where others wait, or there is no connection", async () => {
  using fake = new FakeClient();
  assertEquals(fake.client.volatile.emit("point", { x: 1 }), "dropped");
  const socket = await fake.open(1);
  assertEquals(fake.client.volatile.emit("point", { x: 2 }), "sent");
  socket.bufferedAmount = 100_000;
  assertEquals(fake.client.volatile.emit("point", { x: 3 }), "dropped");
  assertEquals(socket.sent, [{ type: "point", x: 2 }]);
});

Deno.test("Sender rejects a request that cannot be made, and throws for an event", async () => {
  using fake = new FakeClient();
  const { client } = fake;
  await assertRejects(() => client.emitWithAck(""), TypeError, "without a name");
  await assertRejects(() => client.emitWithAck("ask", 10n), TypeError);
  await assertRejects(() => client.emitWithAck("ask", 1, { timeout: 0 }), RangeError, "timeout");
  const misspelt = { timeOut: 1 } as object;
  const error = await assertRejects(() => client.emitWithAck("ask", 1, misspelt), TypeError);
  assertEquals(error.message, 'Cannot use option "timeOut" of emitWithAck: did you mean "timeout"');
  for (const name of ["", 7 as unknown as string]) {
    await assertRejects(() => client.join(name), TypeError, "Cannot join");
    assertThrows(() => client.emit(name), TypeError, "without a name");
  }
  const socket = await fake.open(1);
  assertEquals([socket.sent, client.rooms], [[], []]);
});
