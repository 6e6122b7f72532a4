/** The way back to the best transport, of a whole client. */

import { assertEquals } from "@std/assert";
import { fallBack, streams } from "../../support/fake_client.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test("TransportProbe goes back to WebSocket when that gets through, and not before", async () => {
  const { fetch } = streams(() => Promise.resolve(new Response('{"messages":[]}')));
  using fake = await fallBack({ fetch });
  // The first attempt fails, the second carries nothing, the third is good; ever later.
  fake.clock.pass(5_000);
  (await fake.socket(2)).end();
  fake.clock.pass(9_999);
  assertEquals(fake.sockets.length, 2);
  fake.clock.pass(1);
  (await fake.socket(3)).open();
  fake.clock.pass(10_000);
  assertEquals([fake.client.state, fake.sockets[2]?.closedWith?.[0]], ["open", 1000]);
  fake.clock.pass(20_000);
  const probe = await fake.socket(4);
  probe.open();
  assertEquals(fake.changes.at(-1)?.transport, "sse");
  probe.receive({ type: "welcome", id: "probe" });
  assertEquals(probe.readyState, 2);
  const socket = await fake.open(5);
  assertEquals([fake.changes.at(-1)?.transport, fake.client.id], ["websocket", "c5"]);
  fake.clock.pass(600_000);
  assertEquals([fake.sockets.length, socket.readyState], [5, 1]);
});

Deno.test("TransportProbe does not go back before what it has sent has arrived", async () => {
  const answer = Promise.withResolvers<Response>();
  const { fetch, paths } = streams(() => answer.promise);
  using fake = await fallBack({ fetch });
  assertEquals(fake.client.emit("by HTTP"), "sent");
  await waitFor(() => paths.includes("/events"));
  fake.clock.pass(5_000);
  const probe = await fake.socket(2);
  probe.open();
  probe.receive({ type: "welcome", id: "probe" });
  assertEquals([fake.client.state, fake.client.emit("by WebSocket")], ["open", "queued"]);
  fake.clock.pass(1_000);
  assertEquals(fake.sockets.length, 2);
  answer.resolve(new Response('{"messages":[]}'));
  await waitFor(() => fake.client.bufferedAmount === 0);
  fake.clock.pass(50);
  const socket = await fake.open(3);
  assertEquals(socket.sent, [{ event: "by WebSocket" }]);
});

Deno.test("TransportProbe asks for no token where it only tries the way back", async () => {
  const { fetch } = streams(() =>
    Promise.resolve(new Response('{"messages":[{"type":"auth_ok"}]}'))
  );
  let count = 0;
  using fake = await fallBack({ fetch, token: () => `token ${++count}` });
  fake.clock.pass(5_000);
  const probe = await fake.socket(2);
  assertEquals([count, probe.sent], [2, []]);
});

Deno.test("TransportProbe tries soon again when the network is another one", async () => {
  const { fetch } = streams(() => Promise.resolve(new Response('{"messages":[]}')));
  using fake = await fallBack({ fetch });
  fake.clock.pass(5_000);
  (await fake.socket(2)).end();
  fake.network.tell("online");
  fake.clock.pass(5_000);
  (await fake.socket(3)).end();
});

Deno.test("TransportProbe stops with the connection, and leaves no attempt behind", async () => {
  const { fetch } = streams(() => Promise.resolve(new Response('{"messages":[]}')));
  using fake = await fallBack({ fetch });
  fake.clock.pass(5_000);
  const probe = await fake.socket(2);
  probe.open();
  void fake.client.close();
  assertEquals(probe.closedWith, [1000, ""]);
  fake.clock.pass(3_000);
  assertEquals([fake.clock.size, fake.sockets.length], [0, 2]);
});
