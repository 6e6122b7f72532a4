/** Chats that are the nodes of one deployment: processes on one Redis, or workers on one port. */

import { assert } from "@std/assert";
import { ChatMember, type MemberOptions } from "./chat_member.ts";
import { takePort } from "./ports.ts";
import { type Program, startProgram } from "./program.ts";
import type { TestRedis } from "./redis.ts";
import { waitFor } from "./wait.ts";

/** A deployment, as its clients see it. */
export interface ChatNodes {
  /** How many nodes there are. */
  readonly size: number;
  /** Connects to one of the nodes, from 0 on. */
  enter(node: number, options?: MemberOptions): Promise<ChatMember>;
}

/** As `deno task start` has them. */
const permissions = ["--allow-net", "--allow-read=.", "--allow-env=HAWSER_*"];

/** Starts a chat without a rate, where nobody is too late on a slow machine. */
export function startChat(args: string[], more: string[] = []): Promise<Program> {
  return startProgram("examples/chat/main.ts", {
    permissions: [...permissions, ...more],
    args: ["--rate", "0", "--history", "100000", ...args],
  });
}

/** Several processes on one Redis. */
export class RedisChats implements ChatNodes, AsyncDisposable {
  private constructor(readonly programs: readonly Program[]) {}

  /** Starts them, and waits until they know one another. */
  static async start(redis: TestRedis, size: number, args: string[] = []): Promise<RedisChats> {
    const all = ["--port", "0", "--redis", redis.url, ...args];
    const programs = await Promise.all(Array.from({ length: size }, () => startChat(all)));
    await Promise.all(programs.map((program) => knows(program.url, size)));
    return new RedisChats(programs);
  }

  get size(): number {
    return this.programs.length;
  }

  enter(node: number, options?: MemberOptions): Promise<ChatMember> {
    return ChatMember.open(this.programs[node]!.url, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.programs.map((program) => program[Symbol.asyncDispose]()));
  }
}

/** Several threads of one process. */
export class WorkerChats implements ChatNodes, AsyncDisposable {
  readonly #nodes: string[] = [];

  private constructor(readonly program: Program, readonly size: number) {}

  /** Starts them. */
  static async start(
    size: number,
    args: string[] = [],
    more: string[] = [],
  ): Promise<WorkerChats> {
    const all = ["--port", `${takePort()}`, "--workers", `${size}`, ...args];
    return new WorkerChats(await startChat(all, more), size);
  }

  /** The system picks the worker: connects until it is the right one. */
  async enter(node: number, options?: MemberOptions): Promise<ChatMember> {
    for (let attempt = 0; attempt < 500; attempt++) {
      const member = await ChatMember.open(this.program.url, options);
      if (!this.#nodes.includes(member.node)) this.#nodes.push(member.node);
      if (this.#nodes[node] === member.node) return member;
      await member[Symbol.asyncDispose]();
    }
    throw new Error("The system has picked the same workers 500 times");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

/** Waits until a chat knows as many nodes. */
export async function knows(url: URL, size: number): Promise<void> {
  let nodes = 0;
  const end = performance.now() + 30_000;
  while (nodes !== size) {
    assert(performance.now() < end, `The chat knows ${nodes} nodes, not ${size}`);
    const text = await (await fetch(new URL("/metrics", url))).text();
    nodes = Number(/^hawser_broker_nodes (\d+)$/m.exec(text)?.[1]);
    const isUp = /^hawser_broker_up 1$/m.test(text);
    if (nodes === size && isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until each of several members has heard as many messages. */
export async function haveHeard(members: readonly ChatMember[], count: number): Promise<void> {
  await waitFor(() => members.every(({ published }) => published.length >= count));
}
