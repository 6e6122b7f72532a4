/** Collects the output of `console.error`. */

/** Runs something, and returns the lines that it writes, errors without their stacks. */
export async function captureConsole(run: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  const { console } = globalThis;
  const { error } = console;
  console.error = (...parts: unknown[]) => {
    const texts = parts.map((part) => {
      if (part instanceof Error || typeof part === "string") return String(part);
      return Deno.inspect(part);
    });
    lines.push(texts.join(" "));
  };
  try {
    await run();
  } finally {
    console.error = error;
  }
  return lines;
}
