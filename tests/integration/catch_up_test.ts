/** Catching up on more than a queue takes, by every transport, at the client's own pace. */

import { assert, assertEquals } from "@std/assert";
import { connect } from "@hawser/ws/client";
import { ClientServer } from "../support/client_app.ts";
import { EventStream } from "../support/event_stream.ts";
import { Poller } from "../support/poller.ts";
import { waitFor } from "../support/wait.ts";

const text = "x".repeat(300_000);
const count = 100;

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** How clients have ended so far. */
function noteCloses({ app }: ClientServer): number[] {
  const codes: number[] = [];
  app.onDisconnect((_client, { code }) => void codes.push(code));
  return codes;
}

/** Most bytes that wait for a client, until it is called off. */
function watchQueues({ app }: ClientServer): () => number {
  let most = 0;
  const timer = setInterval(() => {
    for (const { bufferedAmount } of app.broadcast.clients()) most = Math.max(most, bufferedAmount);
  }, 1);
  return () => {
    clearInterval(timer);
    return most;
  };
}

for (const transport of ["websocket", "sse", "poll"] as const) {
  Deno.test(`hostile 136: a client that comes back is sent 30 MB that it has missed, ${transport}`, async () => {
    await using server = new ClientServer();
    await using client = connect(server.url, {
      transports: [transport],
      minDelay: 10,
      maxDelay: 10,
    });
    const heard: number[] = [];
    client.on("said", () => heard.push(client.position("deck")?.seq ?? 0));
    let gaps = 0;
    client.on("gap", () => gaps++);
    await client.join("deck");
    await server.say("deck", "first");
    await waitFor(() => heard.length === 1);
    const closes = noteCloses(server);
    const queued = watchQueues(server);
    server.cut();
    for (let n = 0; n < count; n++) await server.say("deck", text);
    await waitFor(() => heard.length >= 1 + count);
    await server.say("deck", "last");
    await waitFor(() => heard.length >= 2 + count);
    assertEquals([heard, gaps, closes], [range(1, 2 + count), 0, [1006]]);
    const most = queued();
    assert(most < 1_000_000, `${most} bytes waited`);
  });
}

Deno.test("hostile 136: GET /sse sends 30 MB of two rooms that a stranger to EventSource has missed", async () => {
  await using server = new ClientServer();
  for (let n = 0; n < count / 2; n++) {
    await server.say("deck", text);
    await server.say("hold", text);
  }
  const [deck, hold] = await Promise.all([
    server.app.publish("deck", "said", { roomId: "deck", text: "" }),
    server.app.publish("hold", "said", { roomId: "hold", text: "" }),
  ]);
  const closes = noteCloses(server);
  const url = new URL("/sse?room=deck&room=hold", server.url.replace("ws", "http"));
  await using stream = await EventStream.open(url, {
    "last-event-id": `${deck.epoch}:0,${hold.epoch}:0`,
  });
  const seqs: Record<string, number[]> = { deck: [], hold: [] };
  const joined: unknown[] = [];
  while (joined.length < 2) {
    const { data, id } = (await stream.next())!;
    if (data.type === "said") seqs[data.roomId]!.push(data.seq);
    // A client that is cut off here keeps its position in both rooms.
    if (data.type === "said") {
      const [deckSeq, holdSeq] = [seqs.deck!.at(-1) ?? 0, seqs.hold!.at(-1) ?? 0];
      assertEquals(id, `${deck.epoch}:${deckSeq},${hold.epoch}:${holdSeq}`);
    }
    if (data.type === "room:joined") joined.push(data.recovered);
  }
  const all = range(1, count / 2 + 1);
  assertEquals([seqs, joined, closes], [{ deck: all, hold: all }, [true, true], []]);
});

Deno.test("hostile 136: GET /poll answers what was missed in parts, each of which moves on", async () => {
  await using server = new ClientServer();
  for (let n = 0; n < count; n++) await server.say("deck", text);
  const { epoch } = await server.app.publish("deck", "said", { roomId: "deck", text: "" });
  const poller = new Poller(server.url.replace("ws", "http"), "room=deck", `${epoch}:1`);
  const seqs: number[] = [];
  let most = 0;
  while (seqs.at(-1) !== count + 1) {
    const { messages, recovered, since } = await poller.poll();
    const said = messages.filter(({ type }) => type === "said").map(({ seq }) => seq);
    seqs.push(...said);
    most = Math.max(most, said.length);
    assertEquals([recovered, since], [true, `${epoch}:${seqs.at(-1)}`]);
  }
  assertEquals(seqs, range(2, count + 1));
  assert(most <= 3, `${most} messages of 300 KB in one answer`);
});

Deno.test("hostile 136: GET /poll tells in the end that not all could be sent", async () => {
  await using server = new ClientServer();
  for (let n = 0; n < count; n++) await server.say("deck", text);
  const { epoch } = await server.app.publish("deck", "said", { roomId: "deck", text: "" });
  const poller = new Poller(server.url.replace("ws", "http"), "room=deck", `${epoch}:50`);
  assertEquals((await poller.poll()).recovered, true);
  for (let n = 0; n < count; n++) await server.say("deck", "what follows is forgotten");
  let answer = await poller.poll();
  while (answer.recovered) answer = await poller.poll();
  assertEquals(answer.seq, 2 * count + 1);
  await server.say("deck", "and on");
  assertEquals((await poller.poll()).recovered, true);
});
