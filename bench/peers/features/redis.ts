/** A Redis of one's own, for as long as a row takes. */

import { MissingError } from "../machine/install.ts";
import { freePort } from "./free_port.ts";

/** A Redis that listens on this machine. */
export interface Redis extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/**
 * Starts `redis-server` without a file.
 *
 * @returns The server, once it is ready.
 * @throws {MissingError} There is none on the path, or it does not start.
 */
export async function startRedis(): Promise<Redis> {
  const port = freePort();
  const child = spawn(["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""]);
  const ready = await says(child.stdout, "Ready to accept connections");
  if (!ready) throw new MissingError("redis-server does not start");
  return {
    port,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

function spawn(args: readonly string[]): Deno.ChildProcess {
  try {
    return new Deno.Command("redis-server", { args: [...args], stdout: "piped" }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new MissingError("there is no redis-server on the path");
  }
}

/** Whether a text comes before the end. */
async function says(stream: ReadableStream<Uint8Array<ArrayBuffer>>, text: string) {
  let all = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    all += chunk;
    if (all.includes(text)) return true;
  }
  return false;
}
