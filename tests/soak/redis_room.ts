/**
 * Members of one room on several processes over one Redis, who all publish: compares what each has
 * heard with what all others have. Usage:
 *
 *     deno task soak:redis [--seconds 60] [--nodes 3] [--clients 30] [--rate 500]
 */

// deno-lint-ignore-file no-console -- a program for the terminal

import { parseArgs } from "node:util";
import { type Program, startProgram } from "../support/program.ts";
import { TestRedis } from "../support/redis.ts";
import { checkRoom, RoomMember } from "../support/room_members.ts";
import { Traffic } from "../support/room_traffic.ts";

/** How much goes on, and for how long. */
export interface SoakOptions {
  readonly seconds: number;
  readonly nodes: number;
  readonly clients: number;
  /** Messages a second, of all clients together. */
  readonly rate: number;
}

/** The result. */
export interface SoakResult {
  readonly stored: number;
  readonly refused: number;
  readonly deliveries: number;
  /** Members that were told of a gap. */
  readonly gaps: number;
  /** Why the first one was refused. */
  readonly reason: string | undefined;
}

/**
 * Runs it. Every member hears all that was stored, in one order with consecutive numbers.
 *
 * @throws {AssertionError} Something is missing, doubled or out of order somewhere.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { seconds, nodes, clients, rate } = options;
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await TestRedis.start());
  const programs: Program[] = [];
  for (let i = 0; i < nodes; i++) programs.push(stack.use(await startRedisNode(redis)));
  const members: RoomMember[] = [];
  for (let i = 0; i < clients; i++) {
    members.push(stack.use(await RoomMember.join(addressOf(programs[i % nodes]!))));
  }
  const traffic = new Traffic(members, rate);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  await traffic.stop();
  const last = traffic.send();
  await traffic.stop();
  const end = performance.now() + 180_000;
  while (!members.every((member) => member.hasHeard(last)) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  checkRoom(members, traffic);
  return {
    stored: traffic.stored.length,
    refused: traffic.unstored.length + traffic.unknown.length,
    deliveries: members.reduce((sum, { heard }) => sum + heard.length, 0),
    gaps: members.filter(({ gaps }) => gaps.length > 0).length,
    reason: traffic.errors.map(String)[0],
  };
}

/** Starts a node as a process of its own. */
export function startRedisNode(
  { url }: { readonly url: string },
  lease = 15_000,
): Promise<Program> {
  return startProgram("tests/support/redis_node_program.ts", { args: [url, String(lease)] });
}

/** Where the clients of a node connect, as a user where one is named. */
export function addressOf({ url }: Program, user?: string): string {
  const address = new URL("/ws", url);
  address.protocol = "ws:";
  if (user !== undefined) address.searchParams.set("user", user);
  return address.href;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      seconds: { type: "string", default: "60" },
      nodes: { type: "string", default: "3" },
      clients: { type: "string", default: "30" },
      rate: { type: "string", default: "500" },
    },
  });
  const result = await soak({
    seconds: Number(values.seconds),
    nodes: Number(values.nodes),
    clients: Number(values.clients),
    rate: Number(values.rate),
  });
  console.log(JSON.stringify(result));
  console.log("All members have heard the same");
}
