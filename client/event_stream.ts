/** Parses an event stream. HTML standard, "Server-sent events". */

/** One event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Reads the events of a response.
 *
 * @param body The response's body.
 * @param alive Called for each piece of it, comments too.
 * @param signal Ends the reading.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  alive: () => void,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  // The abort of a request does not always get through to a response that is being read.
  signal.addEventListener("abort", () => void reader.cancel().catch(() => {}));
  let rest = "";
  try {
    for (let part; !(part = await reader.read()).done;) {
      alive();
      rest += decoder.decode(part.value, { stream: true });
      // A CR may be the first half of a line end.
      const end = rest.endsWith("\r") ? rest.length - 1 : rest.length;
      const blocks = rest.slice(0, end).split(/\r\n\r\n|\n\n|\r\r/);
      rest = blocks.pop() + rest.slice(end);
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** @returns `undefined` for what has no data, such as a comment. */
function parseBlock(block: string): StreamEvent | undefined {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === "event") event = value;
    if (name === "data") data.push(value);
  }
  return data.length > 0 ? { event, data: data.join("\n") } : undefined;
}
