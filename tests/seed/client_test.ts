/** The client's side of acknowledgements and of reconnection, as questions about them are answered. */

import { ClientError, type ClientOptions, connect, type HawserClient } from "@hawser/ws/client";
import { assertEquals, assertRejects } from "@std/assert";
import { type AppClientEvents, type AppServerEvents, ClientServer } from "../support/client_app.ts";
import { FakeClient } from "../support/fake_client.ts";
import { waitFor } from "../support/wait.ts";

function open(
  { url }: ClientServer,
  options: ClientOptions = {},
): HawserClient<AppServerEvents, AppClientEvents> {
  return connect<AppServerEvents, AppClientEvents>(url, { minDelay: 1, maxDelay: 20, ...options });
}

Deno.test("seed: sendWithAck of the client resolves to the acknowledgement", async () => {
  await using server = new ClientServer();
  await using client = open(server);
  const content = { roomId: "123", content: "Hello!" };
  assertEquals(await client.emitWithAck("echo", content), content);
});

Deno.test("seed: sendWithAck of the client rejects with 'Acknowledgement timeout'", async () => {
  await using server = new ClientServer();
  await using client = open(server);
  await client.ready();
  await assertRejects(
    () => client.emitWithAck("wait", {}, { timeout: 20 }),
    ClientError,
    "Acknowledgement timeout",
  );
  server.patience.resolve();
  assertEquals(await client.emitWithAck("echo", "still there"), "still there");
});

Deno.test("seed: sendWithAck of the client waits five seconds by default", async () => {
  using fake = new FakeClient();
  const waiting = fake.client.emitWithAck("message:send", {});
  let isOver = false;
  waiting.catch(() => isOver = true);
  fake.clock.pass(4_999);
  await Promise.resolve();
  assertEquals(isOver, false);
  fake.clock.pass(1);
  await assertRejects(() => waiting, ClientError, "no answer in 5000 ms");
});

Deno.test("seed: reconnection replays what was missed since the last sequence number", async () => {
  await using server = new ClientServer();
  await using client = open(server);
  const said: string[] = [];
  client.on("said", ({ text }) => said.push(text));
  await client.join("abc");
  await server.say("abc", "one", "two");
  await waitFor(() => said.length === 2);
  server.cut();
  await server.say("abc", "three", "four");
  await waitFor(() => said.length === 4);
  assertEquals(said, ["one", "two", "three", "four"]);
  assertEquals(server.joins, ["abc", "abc"]);
});

Deno.test("seed: reconnection has no race between several attempts", async () => {
  await using server = new ClientServer();
  await using client = open(server);
  for (let count = 0; count < 20; count++) {
    client.connect();
    if (count % 5 === 0) await Promise.resolve();
  }
  assertEquals(await client.emitWithAck("echo", 1), 1);
  await waitFor(() => server.app.size === 1);
});

Deno.test("seed: reconnection after a shutdown with 1012, and not after 1008", async () => {
  await using server = new ClientServer();
  await using client = open(server);
  const states: string[] = [];
  client.onState(({ state }) => void (state === states.at(-1) || states.push(state)));
  for (const [code, next] of [[1012, "reconnecting"], [1008, "closed"]] as const) {
    await client.ready();
    await waitFor(() => server.app.size === 1);
    server.app.broadcast.disconnect(code, "");
    await waitFor(() => states.includes(next));
  }
  assertEquals(states, ["open", "reconnecting", "open", "closed"]);
});
