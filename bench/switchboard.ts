/**
 * The cost of workers: messages a second through the first thread, the time that it adds, and
 * memory.
 *
 * `deno run --allow-all bench/switchboard.ts` starts up to four workers that serve an application
 * without clients, and then two, of which one publishes and asks.
 */

// deno-lint-ignore-file no-console -- a program for the terminal

import process from "node:process";
import { App, memoryBroker, serve } from "@hawser/ws";
import { type BrokerLink, startWorkers, type WorkerBroker, workerBroker } from "@hawser/ws/workers";

/** Messages of a chat, about. */
const data = JSON.stringify({ text: "x".repeat(100) });
const seconds = 3;

/** Ears that hear nothing. */
const silent = {
  published() {},
  stands() {},
  told() {},
  asked: () => Promise.resolve("yes"),
  gone() {},
  vanished() {},
  appeared() {},
  state() {},
};

const broker = workerBroker();
const mode = Deno.env.get("BENCH_SWITCHBOARD");
if (broker === undefined) await measureAll();
else if (mode === "serve") serveNobody(broker);
else await talk(broker);

async function measureAll(): Promise<void> {
  Deno.env.set("BENCH_SWITCHBOARD", "serve");
  const sizes: number[] = [];
  for (const workers of [1, 2, 4]) {
    await using crew = startWorkers(import.meta.url, { workers });
    await crew.ready;
    await pause(1_000);
    sizes.push(Deno.memoryUsage().rss / 1_048_576);
  }
  const [one, two, four] = sizes.map((size) => size.toFixed(0));
  console.log(`Resident with 1, 2 and 4 workers: ${one}, ${two} and ${four} MiB`);
  const alone = memoryBroker();
  let heard = 0;
  const link = alone.link("/", { ...silent, published: () => void heard++ });
  await link.follow("room:deck");
  await publishing("one node, without workers", link, () => heard);
  Deno.env.set("BENCH_SWITCHBOARD", "talk");
  await startWorkers(import.meta.url, { workers: 2 }).finished;
}

function serveNobody(threads: WorkerBroker): void {
  const app = new App({ broker: threads, rooms: true });
  const address = { port: 18_765, hostname: "127.0.0.1", loadBalanced: true, onListen() {} };
  serve({ ...address, app, signal: threads.signal });
}

/** The first of the two by name measures; the other one hears and answers. */
async function talk(threads: WorkerBroker): Promise<void> {
  let heard = 0;
  const link = threads.link("/", { ...silent, published: () => void heard++ });
  threads.signal.addEventListener("abort", () => void threads[Symbol.asyncDispose]());
  await link.follow("room:deck");
  await threads.start?.();
  while (link.nodes().length < 2) await pause(10);
  const names = link.nodes().map(({ node }) => node).sort();
  if (names[0] !== link.node) return;
  await pause(500);
  await publishing("two workers", link, () => heard);
  const times = await timesOf(async () => void await link.ask("all", "there?", 1_000));
  console.log(`two workers: one asks the other: median ${median(times)} ms`);
  Deno.kill(Deno.pid, "SIGTERM");
}

/** Publishes with 256 in flight, then one by one. */
async function publishing(name: string, link: BrokerLink, heard: () => number): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  const start = heard();
  const cpu = process.cpuUsage();
  await Promise.all(
    Array.from({ length: 256 }, async () => {
      while (performance.now() < end) await link.publish("deck", "note", data);
    }),
  );
  const count = heard() - start;
  const rate = Math.round(count / seconds).toLocaleString("en");
  const { user, system } = process.cpuUsage(cpu);
  const each = ((user + system) / count).toFixed(1);
  console.log(`${name}: ${rate} messages/s, 256 in flight; ${each} us of CPU each, in all threads`);
  const times = await timesOf(async () => void await link.publish("deck", "note", data));
  console.log(`${name}: one message: median ${median(times)} ms until it is stored and numbered`);
}

async function timesOf(run: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < 2_000; i++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  return times;
}

function median(times: number[]): string {
  return times.toSorted((a, b) => a - b)[times.length >> 1]!.toFixed(3);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
