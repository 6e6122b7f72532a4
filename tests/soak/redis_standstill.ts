/**
 * Two nodes that publish on while Redis stands still, by the default options: what waits, what is
 * refused, how much memory it takes, and how soon all goes on. Usage:
 *
 *     deno task soak:standstill [--seconds 60] [--rate 500]
 */

// deno-lint-ignore-file no-console -- a program for the terminal

import { parseArgs } from "node:util";
import { assert, assertEquals } from "@std/assert";
import { TestRedis } from "../support/redis.ts";
import { RedisRoom } from "../support/redis_room.ts";
import { eventually } from "../support/wait.ts";

/** What the members and publishers have seen. */
export interface StandstillResult {
  readonly stored: number;
  /** Refused, and known not to be stored. */
  readonly unstored: number;
  /** Refused, as nobody knows whether they were. */
  readonly unknown: number;
  /** The most messages that waited on a node at a time. */
  readonly mostWaiting: number;
  /** The most megabytes of the heap, before and while Redis stood still. */
  readonly heapMegabytes: readonly [before: number, during: number];
  /** Milliseconds until messages were stored again. */
  readonly onAfter: number;
}

/**
 * Runs it. Nobody misses anything that was stored, in one order with consecutive numbers.
 *
 * @throws {AssertionError} A member was told of a gap, or something was rejected that nobody handles.
 */
export async function standStill(seconds: number, rate: number): Promise<StandstillResult> {
  let unhandled = 0;
  const count = (event: Event) => {
    event.preventDefault();
    unhandled++;
  };
  addEventListener("unhandledrejection", count);
  await using redis = await TestRedis.start();
  await using room = await RedisRoom.start({
    urls: [redis.url, redis.url],
    publishTimeout: 5_000, // the default
  });
  const traffic = room.traffic(rate);
  let heap = 0;
  let mostWaiting = 0;
  const timer = setInterval(() => {
    const waiting = room.nodes.map(({ server }) => server.stats().broker?.waiting ?? 0);
    mostWaiting = Math.max(mostWaiting, ...waiting);
    heap = Math.max(heap, Math.round(Deno.memoryUsage().heapUsed / 1_000_000));
  }, 100);
  await eventually(() => traffic.stored.length > 1_000);
  const before = heap;
  redis.signal("SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const during = heap;
  const { length } = traffic.stored;
  redis.signal("SIGCONT");
  const start = performance.now();
  await eventually(() => traffic.stored.length > length);
  const onAfter = Math.round(performance.now() - start);
  clearInterval(timer);
  await room.state("up");
  await room.end(traffic);
  removeEventListener("unhandledrejection", count);
  assertEquals(room.members.flatMap(({ gaps }) => gaps), []);
  assertEquals([unhandled, room.errors], [0, []]);
  assert(room.notices.includes("Redis is back"), room.notices.join());
  const { stored, unstored, unknown } = traffic;
  return {
    stored: stored.length,
    unstored: unstored.length,
    unknown: unknown.length,
    mostWaiting,
    heapMegabytes: [before, during],
    onAfter,
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      seconds: { type: "string", default: "60" },
      rate: { type: "string", default: "500" },
    },
  });
  console.log(JSON.stringify(await standStill(Number(values.seconds), Number(values.rate))));
}
