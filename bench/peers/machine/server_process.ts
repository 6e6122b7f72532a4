/** A server under load, as a child process. */

import { pinned } from "./machine.ts";

/** A server has not started; the message has the end of what it wrote. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Options for starting a server. */
export interface StartOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Where Node looks for packages. */
  readonly modules: string;
  /** The core to run on. */
  readonly core: number | undefined;
}

/** A server that listens. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<unknown>;
  /** Where it listens. */
  readonly port: number;

  /** Use {@linkcode startServer}. */
  constructor(child: Deno.ChildProcess, port: number, output: Promise<unknown>) {
    this.#child = child;
    this.port = port;
    this.#output = output;
  }

  /** Its process; what it starts is below it. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    kill(this.#child);
    await Promise.all([this.#child.status, this.#output]);
  }
}

/**
 * Starts a server and waits until it says where it listens.
 *
 * @param options The program, and where it runs.
 * @returns The server.
 * @throws {StartError} It has ended, or not listened within 20 seconds.
 */
export async function startServer(options: StartOptions): Promise<ServerProcess> {
  // The shell raises the limit of open files as far as it may, and the program takes its place.
  const script = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
  const args = ["-c", script, "sh", ...pinned(options.command, options.core)];
  const child = new Deno.Command("sh", {
    args,
    env: { NODE_PATH: options.modules, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const found = Promise.withResolvers<number>();
  const stdout = readOutput(child.stdout, (text) => {
    const port = /^Listening on \S+:(\d+)\/$/m.exec(text)?.[1];
    if (port !== undefined) found.resolve(Number(port));
  });
  const output = Promise.all([stdout, readOutput(child.stderr, () => {})]);
  output.then((texts) => found.reject(new StartError(lastLines(texts.join("")))));
  const timer = setTimeout(() => kill(child), 20_000);
  try {
    return new ServerProcess(child, await found.promise, output);
  } finally {
    clearTimeout(timer);
  }
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended
  }
}

/** The reason stands somewhere in the first lines that are no stack. */
function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => /\S/.test(line) && !/^\s+at /.test(line));
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it has not listened";
}

/** Reads to the end, or a full pipe would stop the server; keeps 64 KiB. */
async function readOutput(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  more: (text: string) => void,
): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    if (text.length < 65_536) text += chunk;
    more(text);
  }
  return text;
}
