/** A Redis of the tests' own. */

import { redisBroker } from "../../server/redis/broker.ts";
import type { RedisBrokerOptions } from "../../server/redis/options.ts";
import type { Broker } from "../../server/app/streams/broker.ts";
import { programPath } from "./optional.ts";
import { takePort } from "./ports.ts";

/** A redis-server on a free port, whose data is gone with it, or kept in a folder. */
export class TestRedis implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  #process: Deno.ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  /** Starts one. */
  static async start(...args: string[]): Promise<TestRedis> {
    const redis = new TestRedis(takePort(), await Deno.makeTempDir());
    await redis.run(...args);
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the program, again where it was ended. */
  async run(...args: string[]): Promise<void> {
    this.#process = new Deno.Command(programPath("redis"), {
      args: [
        ...["--port", String(this.port), "--bind", "127.0.0.1", "--save", ""],
        ...["--dir", this.#folder, "--appendfsync", "always", ...args],
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const end = performance.now() + 60_000;
    for (;;) {
      const answer = await this.command("PING").catch(() => "");
      if (answer.startsWith("+PONG")) return;
      if (performance.now() > end) throw new Error("redis-server does not start");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Sends a signal to the program. */
  signal(signal: Deno.Signal): void {
    this.#process?.kill(signal);
  }

  /** Ends the program. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
    this.#process = undefined;
  }

  /** Sends one command over a connection of its own. @returns The beginning of the answer, as it is. */
  command(...words: string[]): Promise<string> {
    return this.commands(words);
  }

  /** The same for several, one after the other. @returns The answer to the last. */
  async commands(...all: string[][]): Promise<string> {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
    const encoder = new TextEncoder();
    const buffer = new Uint8Array(65_536);
    let count = 0;
    for (const words of all) {
      const parts = words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`);
      await connection.write(encoder.encode(`*${words.length}\r\n${parts.join("")}`));
      count = await connection.read(buffer) ?? 0;
    }
    return new TextDecoder().decode(buffer.subarray(0, count));
  }

  /** Reads a value of `INFO`. */
  async info(name: string): Promise<string | undefined> {
    const text = await this.command("INFO", "replication");
    return new RegExp(`^${name}:(.*?)\r?$`, "m").exec(text)?.[1];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** On a machine that is busy, an answer may take a while that is no fault. Milliseconds. */
export const patience = 120_000;

/** Makes nodes that share a Redis, and says nothing on standard error. */
export function redisNode(redis: TestRedis, options: Partial<RedisBrokerOptions> = {}): Broker {
  return redisBroker({ url: redis.url, publishTimeout: patience, onNotice() {}, ...options });
}
