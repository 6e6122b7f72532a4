/** Starts a contender for a row. */

import { type ServerProcess, startServer } from "../machine/server_process.ts";
import type { Contender, Feature } from "./contenders.ts";

/** A contender with its packages in place. */
export interface ReadyContender extends Contender {
  /** Where they are. */
  readonly modules: string;
  /** Which one it is, for people. */
  readonly version: string;
}

/** A server that listens, and whose it is. */
export interface Target extends AsyncDisposable {
  readonly contender: ReadyContender;
  readonly port: number;
  readonly pid: number;
}

/**
 * Starts the server that shows a feature.
 *
 * @param contender The server.
 * @param feature The feature; the contender must have it.
 * @param extra A secret, or the port of what it needs.
 * @returns The server, once it answers.
 * @throws {StartError} It does not start.
 */
export async function startFor(
  contender: ReadyContender,
  feature: Feature,
  extra = "",
): Promise<Target> {
  const server: ServerProcess = await startServer({
    command: contender.command(contender.servers[feature]!, extra),
    modules: contender.modules,
    core: undefined,
  });
  await untilOpen(server.port);
  return {
    contender,
    port: server.port,
    pid: server.pid,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Not every program can say when it listens. */
async function untilOpen(port: number): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch (error) {
      const refused = error instanceof Deno.errors.ConnectionRefused;
      if (!refused || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
