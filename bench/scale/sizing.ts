/** Measures what a deployment has to be large enough for: see docs/scale.md. */

// deno-lint-ignore-file no-console -- this is a program, and the lines are its result

import { App } from "@hawser/ws";
import { redisBroker } from "@hawser/ws/redis";
import { startRedis } from "../peers/features/redis.ts";
import { buildGenerator } from "../peers/machine/install.ts";
import { roomDialects } from "../peers/loads.ts";
import { describeMachine } from "../peers/machine/machine.ts";
import { runProgram } from "../peers/machine/program.ts";
import { startServer } from "../peers/machine/server_process.ts";
import { contenders } from "./contenders.ts";

/** A typical message of a chat. */
const message = { text: "Casting off at noon, tide permitting", from: "ada", at: 1_760_000_000 };

const clients = 5_000;
const rooms = 5_000;
const messagesOfRoom = 100;
const seconds = 3;

async function memoryOfClients(): Promise<void> {
  await using redis = await startRedis();
  const command = contenders[0]!.command(`redis://127.0.0.1:${redis.port}`);
  await using node = await startServer({ command, modules: "", core: undefined });
  const { path: generator } = await buildGenerator();
  const end = await runProgram([
    generator,
    ...["--mode", "hold", "-c", `${clients}`, "--hello", roomDialects.json.hello, "-d", "2"],
    ...["--port", `${node.port}`, "--pid", `${node.pid}`],
  ]);
  const { rss_before_kb: before, rss_kb: after, open } = JSON.parse(end!.stdout);
  console.log(
    `- A node: ${(before / 1024).toFixed(0)} MB, and for each of ${open} clients in a room ` +
      `${((after - before) / open).toFixed(1)} KB`,
  );
}

async function redisOfRooms(): Promise<void> {
  await using redis = await startRedis();
  const broker = redisBroker({ url: `redis://127.0.0.1:${redis.port}` });
  const app = new App({ broker, rooms: true });
  await broker.start!();
  const empty = await usedMemory(redis.port);
  const publish = (room: number) => app.publish(`room-${room}`, "say", message);
  await inFlight(rooms, publish);
  const one = await usedMemory(redis.port);
  await inFlight(rooms * (messagesOfRoom - 1), (i) => publish(i % rooms));
  const all = await usedMemory(redis.port);
  console.log(
    `- Redis: ${((one - empty) / rooms).toFixed(0)} bytes for a room and its first message ` +
      `of ${JSON.stringify(message).length} characters, ` +
      `${
        ((all - one) / rooms / (messagesOfRoom - 1)).toFixed(0)
      } for each of ${messagesOfRoom} more`,
  );

  const [redisBefore, ownBefore] = [cpuOf(redis.pid), cpuOf(Deno.pid)];
  const end = performance.now() + 1_000 * seconds;
  let count = 0;
  await inFlight(Infinity, () => publish(count++ % 100), () => performance.now() < end);
  const [redisCost, ownCost] = [cpuOf(redis.pid) - redisBefore, cpuOf(Deno.pid) - ownBefore];
  console.log(
    `- A message: ${(redisCost * 1e6 / count).toFixed(0)} us of Redis's CPU time, and ` +
      `${(ownCost * 1e6 / count).toFixed(0)} us of the node's that publishes it; ` +
      `${Math.round(count / seconds).toLocaleString("en-US")} a second here`,
  );
  await app[Symbol.asyncDispose]();
}

/** Keeps 64 under way. */
async function inFlight(
  total: number,
  run: (i: number) => Promise<unknown>,
  goesOn: () => boolean = () => true,
): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: 64 }, async () => {
    while (next < total && goesOn()) await run(next++);
  }));
}

async function usedMemory(port: number): Promise<number> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode("INFO memory\r\n"));
  const buffer = new Uint8Array(65_536);
  const count = await connection.read(buffer) ?? 0;
  const text = new TextDecoder().decode(buffer.subarray(0, count));
  return Number(/^used_memory:(\d+)/m.exec(text)?.[1]);
}

/** Seconds. */
function cpuOf(pid: number): number {
  const [, fields = ""] = Deno.readTextFileSync(`/proc/${pid}/stat`).split(/\) (.*)/s);
  const [user, system] = fields.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

Deno.chdir(new URL("../../", import.meta.url));
console.log(`- Machine: ${await describeMachine()}`);
await memoryOfClients();
await redisOfRooms();
