/** Polls, event streams and Engine.IO's polling over workers that share a port: any may get a request. */

import { assert, assertEquals } from "@std/assert";
import { connect } from "@hawser/ws/client";
import { io, type Socket } from "socket.io-client";
import { takePort } from "../support/ports.ts";
import { startProgram } from "../support/program.ts";
import { eventually } from "../support/wait.ts";

/** A member, by whichever way it speaks. */
interface Member {
  readonly said: unknown[];
  readonly node: unknown;
  say(text: string): Promise<unknown>;
  close(): unknown;
}

const patience = { timeout: 60_000 };

async function enter(url: string, transport: "websocket" | "sse" | "poll"): Promise<Member> {
  const client = connect(url, { transports: [transport] });
  const said: unknown[] = [];
  client.on("said", (text) => void said.push(text));
  await client.join("deck");
  return {
    said,
    node: await client.emitWithAck("where", null, patience),
    say: (text) => client.emitWithAck("say", text, patience),
    close: () => client.close(),
  };
}

/** npm's client; its change to WebSocket may come to the other worker, and then it goes on polling. */
async function enterByEngine(url: string, ...transports: string[]): Promise<Member> {
  const socket: Socket = io(url, { transports, forceNew: true, timeout: 60_000 });
  const said: unknown[] = [];
  socket.on("said", (text) => void said.push(text));
  const ask = (event: string, ...data: unknown[]) =>
    socket.timeout(60_000).emitWithAck(event, ...data);
  await ask("room:join", { roomId: "deck" });
  return {
    said,
    node: await ask("where"),
    say: (text) => ask("say", text),
    close: () => socket.close(),
  };
}

Deno.test("two workers: event streams, polls and Socket.IO's polling are members like all others", async () => {
  const port = takePort();
  await using _program = await startProgram("tests/support/workers_program.ts", {
    env: { PORT: `${port}` },
    permissions: ["--allow-all", "--no-check"],
  });
  const url = `http://127.0.0.1:${port}`;
  const members: Member[] = [];
  for (let i = 0; i < 4; i++) {
    members.push(await enter(`ws://127.0.0.1:${port}/?name=w${i}`, "websocket"));
    members.push(await enter(`${url}/?name=s${i}`, "sse"));
    members.push(await enter(`${url}/?name=p${i}`, "poll"));
    members.push(await enterByEngine(url, "polling"));
    members.push(await enterByEngine(url, "polling", "websocket"));
  }
  for (let round = 0; round < 10; round++) {
    await Promise.all(members.map((member, i) => member.say(`${i}:${round}`)));
  }
  const count = 10 * members.length;
  await eventually(() => members.every(({ said }) => said.length >= count));
  for (const { said } of members) assertEquals(said, members[0]!.said);
  assertEquals(new Set(members[0]!.said).size, count);
  assertEquals(new Set(members.map(({ node }) => node)).size, 2);
  // Requests did come to the other worker: they are questions among the workers.
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const questions = Number(/^hawser_broker_questions_total (\d+)$/m.exec(metrics)?.[1]);
  assert(questions > 20, metrics);
  for (const member of members) await member.close();
});

Deno.test("two workers: each request of a session may come by a connection of its own", async () => {
  const port = takePort();
  await using _program = await startProgram("tests/support/workers_program.ts", {
    env: { PORT: `${port}` },
    permissions: ["--allow-all", "--no-check"],
  });
  const ask = async (path: string, init: RequestInit = {}) => {
    using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, client });
    assertEquals(answer.status, 200, path);
    return await answer.json();
  };
  let { session, since } = await ask("/poll?name=ada&room=deck");
  const heard: unknown[] = [];
  for (let i = 0; i < 30; i++) {
    const body = JSON.stringify({ id: `${i}`, event: "say", data: `${i}` });
    const { messages } = await ask(`/events?session=${session}`, { method: "POST", body });
    assertEquals(messages[0].data.seq, i + 1);
    const news = await ask(`/poll?session=${session}&since=${encodeURIComponent(since)}`);
    since = news.since;
    session = news.session;
    for (const { event, data } of news.messages) if (event === "said") heard.push(data);
  }
  assertEquals(heard, Array.from({ length: 30 }, (_, i) => `${i}`));
});
