/** Programs of this project as child processes. */

import { waitFor } from "./wait.ts";

const root = new URL("../../", import.meta.url);

/** How a program has ended. */
export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options for starting a program. */
export interface ProgramOptions {
  /** Arguments. */
  args?: string[];
  /** Variables besides those of the test. */
  env?: Record<string, string>;
  /** Flags of `deno run`, instead of those that most programs need. */
  permissions?: string[];
  /** Folder in which it runs, instead of the project's own. */
  cwd?: string;
}

/** A program that listens. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<[stdout: string, stderr: string]>;
  readonly #said: () => string;
  /** The address that it prints. */
  readonly url: URL;

  /** Use {@linkcode startProgram}. */
  constructor(
    child: Deno.ChildProcess,
    url: URL,
    output: Promise<[string, string]>,
    said: () => string,
  ) {
    this.#child = child;
    this.#output = output;
    this.#said = said;
    this.url = url;
  }

  /** Its output so far, on both streams. */
  get said(): string {
    return this.#said();
  }

  /** Waits until a text stands in what it has printed, on either stream. */
  async says(text: string): Promise<void> {
    await waitFor(() => this.#said().includes(text));
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async ended(): Promise<ProgramEnd> {
    const [{ code }, [stdout, stderr]] = await Promise.all([this.#child.status, this.#output]);
    return { code, stdout, stderr };
  }

  /** Kills it where it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await this.ended();
  }
}

/** Starts a program and waits until it says what it listens on. */
export async function startProgram(path: string, options: ProgramOptions = {}): Promise<Program> {
  const child = command(path, options).spawn();
  const found = Promise.withResolvers<URL>();
  // Some programs keep stdout for their lines, and tell people by stderr.
  const said = ["", ""];
  const look = (stream: number) => (text: string) => {
    said[stream] = text;
    const url = /^Listening on (\S+)$/m.exec(text)?.[1];
    if (url !== undefined) found.resolve(new URL(url));
  };
  const output = Promise.all([readText(child.stdout, look(0)), readText(child.stderr, look(1))]);
  output.then(([stdout, stderr]) => {
    found.reject(new Error(`Program ended before it listened: ${stdout}${stderr}`));
  });
  return new Program(child, await found.promise, output, () => said.join(""));
}

/** Runs a program to its end. */
export async function runProgram(path: string, options: ProgramOptions = {}): Promise<ProgramEnd> {
  const { code, stdout, stderr } = await command(path, options).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const usualPermissions = ["--allow-net", "--allow-read", "--allow-env"];

function command(path: string, options: ProgramOptions): Deno.Command {
  const { args = [], env = {}, permissions = usualPermissions, cwd = root } = options;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      ...permissions,
      path,
      ...args,
    ],
    cwd,
    env: { ...env, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  });
}

/** Reads a program's output to its end; `more` gets all that has come so far. */
export async function readText(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  more: (text: string) => void,
): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    more(text);
  }
  return text;
}
