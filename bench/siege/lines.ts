/** Programs that talk by lines of JSON. */

import { pinned } from "../peers/machine/machine.ts";

/** Writes a value as a line; JSON has no word for what is infinite. */
export function encodeLine(value: unknown): string {
  return JSON.stringify(
    value,
    (_key, each) => each === Infinity ? "Infinity" : Number.isNaN(each) ? "NaN" : each,
  );
}

/** Reads such a line. */
export function decodeLine(line: string): unknown {
  return JSON.parse(
    line,
    (_key, each) => each === "Infinity" ? Infinity : each === "NaN" ? NaN : each,
  );
}

/** A program has ended before it has said what was asked for. */
export class ProgramEndedError extends Error {
  override readonly name = "ProgramEndedError";
}

/** A program to start. */
export interface LineProgramOptions {
  /** Path of the program, seen from the root of the project. */
  readonly path: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The core to run on. */
  readonly core: number | undefined;
  /** Whether others on the same core go before it. */
  readonly nice?: boolean;
}

/** A program of ours that runs in a process of its own. */
export class LineProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#lines = readLines(child.stdout);
  }

  /** Starts it. Its errors go where our own go. */
  static start({ path, args, core, nice = false }: LineProgramOptions): LineProgram {
    const deno = [Deno.execPath(), "run", "--quiet", "--no-check", "--no-prompt", "--allow-all"];
    const command = pinned([...nice ? ["nice", "-n", "10"] : [], ...deno, path, ...args], core);
    // The shell raises the limit of open files as far as it may, and the program takes its place.
    const script = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
    return new LineProgram(
      new Deno.Command("sh", {
        args: ["-c", script, "sh", ...command],
        env: { NO_COLOR: "1" },
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
  }

  /**
   * Waits for its next line.
   *
   * @throws {ProgramEndedError} There is none.
   */
  async next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new ProgramEndedError("A program of the siege has ended too early");
    return decodeLine(value);
  }

  /** Sends it a line, and waits for its next one. */
  async ask(): Promise<unknown> {
    await this.#input.write(new TextEncoder().encode("\n")).catch(() => {});
    return await this.next();
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended
    }
    await this.#input.close().catch(() => {});
    await this.#lines.return?.();
    await this.#child.status;
  }
}

async function* readLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (text + chunk).split("\n");
    text = lines.pop()!;
    yield* lines;
  }
}
