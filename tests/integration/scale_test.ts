/**
 * The deployment of docs/scale: two nodes of the chat on one Redis, behind the proxies of its
 * files.
 */

import { assert, assertEquals } from "@std/assert";
import { connect, type HawserClient, type TransportName } from "@hawser/ws/client";
import { io, type Socket } from "socket.io-client";
import { nodes, proxies, readServices, startNode, startScaleProxy } from "../support/deployment.ts";
import { optional } from "../support/optional.ts";
import { takePort } from "../support/ports.ts";
import { TestRedis } from "../support/redis.ts";

/** A member of the room, whichever way it has come. */
interface Member {
  /** The messages that it has received, in order. */
  readonly heard: string[];
  /** Which node has it; of one that comes back, at the moment. */
  node(): string;
  say(content: string): Promise<unknown>;
  close(): void;
}

const transports: readonly TransportName[] = ["websocket", "sse", "poll"];

interface Message {
  readonly content: string;
}

/** Joins by our client. A node's name is what the ids of its clients begin with. */
async function enter(
  url: string,
  transport: TransportName,
): Promise<Member & { client: HawserClient }> {
  const client = connect(`${url}/ws`, {
    transports: [transport],
    minDelay: 100,
    maxDelay: 1_000,
  });
  const heard: string[] = [];
  client.on("message:new", (data) => void heard.push((data as Message).content));
  await client.join("deck");
  return {
    client,
    heard,
    node: () => client.id?.split(".")[0] ?? "",
    say: (content) => client.emitWithAck("message:send", { roomId: "deck", content }),
    close: () => void client.close(),
  };
}

/** Joins by Socket.IO's client. */
async function enterBySocketIo(url: string, isUpgrading: boolean): Promise<Member> {
  const socket: Socket = io(url, {
    transports: isUpgrading ? ["polling", "websocket"] : ["polling"],
    forceNew: true,
    reconnection: false,
  });
  const heard: string[] = [];
  socket.on("message:new", ({ content }: Message) => void heard.push(content));
  const upgraded = new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
  const joined = new Promise((resolve) => socket.once("room:joined", resolve));
  socket.emit("room:join", "deck");
  await joined;
  if (isUpgrading) await upgraded;
  return {
    heard,
    node: () => (socket.id ?? "").split(".")[0]!,
    say: (content) => socket.emitWithAck("message:send", { roomId: "deck", content }),
    close: () => void socket.disconnect(),
  };
}

/** Two nodes behind a proxy. */
async function deploy(
  redis: TestRedis,
  proxy: (typeof proxies)[number],
  stack: AsyncDisposableStack,
) {
  const ports = nodes.map(takePort);
  const start = (i: number) =>
    startNode(nodes[i]![0], redis.url, ports[i]!, ["--rate", "0", "--shutdown-delay", "1000"]);
  const programs = await Promise.all(nodes.map((_, i) => start(i)));
  stack.defer(async () => {
    for (const program of programs) await program[Symbol.asyncDispose]();
  });
  const { port } = stack.use(await startScaleProxy(proxy, ports));
  const url = `http://127.0.0.1:${port}`;
  return { url, programs, start };
}

/**
 * Waits as long as processes take that start anew on a busy machine, and longer than the 70 seconds
 * in which a client takes a connection for lost that carries nothing any more.
 */
async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 150_000;
  while (!await condition()) {
    assert(performance.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Lets members in until both nodes have one. */
async function enterBoth(join: () => Promise<Member>): Promise<Member[]> {
  const members: Member[] = [];
  while (members.length < 2 || new Set(members.map((each) => each.node())).size < 2) {
    assert(members.length < 30, "All members are on one node");
    members.push(await join());
  }
  return members;
}

/**
 * Says something all the time while nodes end; then all members must have heard the same, and all.
 */
async function speakWhile(
  url: string,
  act: (members: readonly Awaited<ReturnType<typeof enter>>[]) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const members: Awaited<ReturnType<typeof enter>>[] = [];
  const gaps: unknown[] = [];
  stack.defer(() => members.forEach((member) => member.close()));
  for (const transport of [...transports, ...transports, ...transports]) {
    const member = await enter(url, transport);
    member.client.onGap((gap) => void gaps.push([transport, gap]));
    members.push(member);
  }
  assertEquals(new Set(members.map((each) => each.node())).size, 2);

  let isOver = false;
  let said = 0;
  const speaking = (async () => {
    while (!isOver) {
      const content = `${said++}`;
      // An unanswered publish may be stored: then all members have it twice.
      while (!await members[0]!.say(content).then(() => true, () => false)) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await act(members).finally(() => isOver = true);
  await speaking;
  const last = `${said - 1}`;
  const isBack = ({ heard }: Member) => heard.at(-1) === last;
  await until("All are back", () => members.every(isBack)).catch((error) => {
    const lost = members.filter((each) => !isBack(each)).map(({ client, heard, node }) =>
      `${client.transport} ${client.state} on ${node()}: ${heard.length} of ${said}, the last is ${
        heard.at(-1)
      }`
    );
    throw new Error(lost.join("\n"), { cause: error });
  });
  assertEquals(gaps, []);
  for (const { heard } of members) assertEquals(heard, members[0]!.heard);
  const distinct = [...new Set(members[0]!.heard)];
  assertEquals(distinct, Array.from({ length: said }, (_, i) => `${i}`));
  assertEquals(members[0]!.client.position("deck")?.seq, members[0]!.heard.length);
}

for (const proxy of proxies) {
  Deno.test({
    name: `docs/scale/${proxy.file} lets all kinds of clients into one room of two nodes`,
    ignore: optional(proxy.program).ignore || optional("redis").ignore,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const redis = stack.use(await TestRedis.start());
      const { url } = await deploy(redis, proxy, stack);
      const members: Member[] = [];
      stack.defer(() => members.forEach((member) => member.close()));
      for (const transport of transports) {
        members.push(...await enterBoth(() => enter(url, transport)));
      }
      for (const isUpgrading of [false, true]) {
        members.push(...await enterBoth(() => enterBySocketIo(url, isUpgrading)));
      }
      const count = 5 * members.length;
      const answers = await Promise.all(
        Array.from({ length: count }, (_, i) => members[i % members.length]!.say(`${i}`)),
      );
      for (const answer of answers) assertEquals(answer, { status: "ok" });
      await until("All hear all", () => members.every(({ heard }) => heard.length === count));
      for (const { heard } of members) assertEquals(heard, members[0]!.heard);
      for (const path of ["healthz", "readyz", "metrics"]) {
        const response = await fetch(`${url}/${path}`);
        await response.body?.cancel();
        assertEquals(response.status, 404);
      }
    },
  });

  Deno.test({
    name:
      `hostile 372: behind docs/scale/${proxy.file}, a session of a node that is not there: 404`,
    ignore: optional(proxy.program).ignore || optional("redis").ignore,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const redis = stack.use(await TestRedis.start());
      const { url, programs } = await deploy(redis, proxy, stack);
      const ask = async (session: string) => {
        const response = await fetch(`${url}/poll?session=${session}`);
        await response.body?.cancel();
        return response.status;
      };
      for (const session of ["a.x", "b.x", "c.x", "", "a.&session=b."]) {
        assertEquals(await ask(session), 404, session);
      }
      await programs[0]![Symbol.asyncDispose]();
      await until("The other node answers", async () => await ask("a.x") === 404);
    },
  });

  Deno.test({
    name:
      `hostile 373: behind docs/scale/${proxy.file}, nodes restart in turn and members miss nothing`,
    ignore: optional(proxy.program).ignore || optional("redis").ignore,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const redis = stack.use(await TestRedis.start());
      const { url, programs, start } = await deploy(redis, proxy, stack);
      await speakWhile(url, async (members) => {
        for (const [i, program] of programs.entries()) {
          const before = new Set(members.map((each) => each.node()));
          program.signal("SIGTERM");
          assertEquals((await program.ended()).code, 0);
          programs[i] = await start(i);
          // The proxy sends newcomers to the new node.
          await until("The new node gets clients", async () => {
            const newcomer = await enter(url, "websocket");
            newcomer.close();
            return !before.has(newcomer.node());
          });
        }
      });
    },
  });

  Deno.test({
    name: `hostile 374: behind docs/scale/${proxy.file}, a node is killed and members miss nothing`,
    ignore: optional(proxy.program).ignore || optional("redis").ignore,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const redis = stack.use(await TestRedis.start());
      const { url, programs } = await deploy(redis, proxy, stack);
      await speakWhile(url, async (members) => {
        const before = members.map((each) => each.client.id);
        programs[0]!.signal("SIGKILL");
        await until(
          "Members come back",
          () =>
            members.some((each, i) => each.client.id !== before[i]) &&
            members.every(({ client }) => client.state === "open"),
        );
      });
    },
  });
}

Deno.test("docs/scale/compose.yaml starts what the other tests start, with what each needs", async () => {
  const services = await readServices();
  assertEquals(Object.keys(services), ["redis", "node-a", "node-b", "proxy"]);
  for (const [name, prefix] of nodes) {
    const { command = [], depends_on } = services[name]!;
    assertEquals(command.at(command.indexOf("--session-prefix") + 1), prefix);
    assertEquals(command.at(command.indexOf("--redis") + 1), "redis://redis:6379");
    assertEquals(depends_on, ["redis"]);
  }
  const { proxy, redis } = services;
  assertEquals(proxy!.volumes, ["./nginx.conf:/etc/nginx/nginx.conf:ro"]);
  assertEquals(proxy!.depends_on, nodes.map(([name]) => name));
  assertEquals(redis!.command?.[0], "redis-server");
});

Deno.test({
  name: "docs/scale/compose.yaml starts a Redis that takes its flags",
  ...optional("redis"),
  async fn() {
    const { redis } = await readServices();
    await using started = await TestRedis.start(...redis!.command!.slice(1));
    const answer = await started.command("CONFIG", "GET", "maxmemory-policy");
    assert(answer.includes("noeviction"), answer);
    assert((await started.command("CONFIG", "GET", "appendonly")).includes("yes"));
  },
});
