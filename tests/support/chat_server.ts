/** The chat example as a child process, as `deno task start` runs it. */

/** A running chat server. */
export interface ChatServer extends AsyncDisposable {
  /** Where the page is. */
  readonly url: string;
  readonly port: number;
  /** Ends it without a word, as a power cut would. */
  kill(): Promise<void>;
}

/** Options of {@linkcode startChatServer}. */
export interface ChatServerOptions {
  /** A free one by default. */
  port?: number;
  /** More flags of `examples/chat/main.ts`. */
  flags?: readonly string[];
  /** More permissions, as flags of `deno run`. */
  permissions?: readonly string[];
}

/** Starts the chat server and waits until it accepts connections. */
export async function startChatServer(
  { port = 0, flags = [], permissions = [] }: ChatServerOptions = {},
): Promise<ChatServer> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net",
      "--allow-read=examples/chat",
      "--allow-env=HAWSER_*",
      ...permissions,
      "examples/chat/main.ts",
      "--port",
      String(port),
      ...flags,
    ],
    cwd: new URL("../../", import.meta.url),
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = await readUrl(output);
  const drained = drain(output);

  async function kill(): Promise<void> {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
    await Promise.all([child.status, drained]);
  }
  return { url, port: Number(new URL(url).port), kill, [Symbol.asyncDispose]: kill };
}

type Output = ReadableStreamDefaultReader<string>;

async function readUrl(output: Output): Promise<string> {
  let text = "";
  while (true) {
    const { value, done } = await output.read();
    if (done) throw new Error(`Chat server ended before it listened: ${text}`);
    text += value;
    const url = /^Listening on (\S+)\s/m.exec(text)?.[1];
    if (url !== undefined) return url;
  }
}

async function drain(output: Output): Promise<void> {
  while (!(await output.read()).done);
}
