/** Bodies that are taken without a stream: the same bytes as through one. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { decodeLatin1 } from "../../protocol/latin1.ts";
import { writeResponse } from "../../server/net/http/response_writer.ts";
import { type PulledBody, streamOf, takePulledBody } from "../../server/pulled_body.ts";
import { settle } from "../support/connection_driver.ts";

/** Gives its parts one by one; before each `undefined` it waits for as long as a turn takes. */
class Parts implements PulledBody {
  readonly #parts: (Uint8Array | undefined)[];
  cancelled = 0;

  constructor(parts: readonly (Uint8Array | undefined)[]) {
    this.#parts = [...parts];
  }

  take(): Uint8Array {
    return (this.#parts[0] === undefined ? undefined : this.#parts.shift()) ?? new Uint8Array(0);
  }

  get pending(): boolean {
    return this.#parts[0] !== undefined;
  }

  get ended(): boolean {
    return this.#parts.length === 0;
  }

  async more(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    if (this.#parts[0] === undefined) this.#parts.shift();
  }

  cancel(): void {
    this.cancelled++;
  }
}

/** Writes a response, and returns the content of its body. */
async function write(
  response: Response,
  target: { method: string; version: 0 | 1; signal?: AbortSignal },
): Promise<string> {
  let text = "";
  let isChunked = false;
  const begin = (head: string, body: Uint8Array): Promise<void> => {
    isChunked = head.includes("transfer-encoding: chunked") && target.method === "GET";
    return add(body);
  };
  const add = (bytes: Uint8Array): Promise<void> => {
    text += decodeLatin1(bytes);
    return Promise.resolve();
  };
  await writeResponse(response, {
    ends: () => false,
    signal: new AbortController().signal,
    get aborted() {
      return this.signal.aborted;
    },
    streaming() {},
    turnToWrite: () => Promise.resolve(),
    sendWhole: begin,
    sendPrepared: add,
    sendHead: begin,
    send: add,
    ...target,
  });
  return isChunked ? unchunk(text) : text;
}

/** The content of chunks, however it was cut. */
function unchunk(text: string): string {
  let content = "";
  for (let at = 0;;) {
    const line = text.indexOf("\r\n", at);
    const size = parseInt(text.slice(at, line), 16);
    if (size === 0) {
      assertEquals(text.slice(line), "\r\n\r\n");
      return content;
    }
    content += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    assertEquals(text.slice(at - 2, at), "\r\n");
  }
}

const part = fc.option(fc.uint8Array({ minLength: 1, maxLength: 40 }), { nil: undefined });

Deno.test("a pulled body is written as it is through its stream, also where parts are shared", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 5 }),
      fc.constantFrom<0 | 1>(0, 1),
      fc.constantFrom("GET", "HEAD"),
      async (parts, version, method) => {
        const ends = [...parts, Uint8Array.of(0x2e)]; // a body does not end in a wait
        const [first, second, streamed] = [new Parts(ends), new Parts(ends), new Parts(ends)];
        const target = { method, version };
        const texts = await Promise.all([
          write(new Response(streamOf(first)), target),
          write(new Response(new Response(streamOf(second)).body), target),
          write(new Response(streamOf(streamed).pipeThrough(new TransformStream())), target),
        ]);
        assertEquals(texts, [texts[2], texts[2], texts[2]]);
        assertEquals([first.cancelled, second.cancelled], method === "HEAD" ? [1, 1] : [0, 0]);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("takePulledBody() takes a body once, and none whose stream somebody reads", async () => {
  const body = new Parts([Uint8Array.of(1)]);
  const stream = streamOf(body);
  assertEquals(takePulledBody(stream), body);
  assert(stream.locked);
  assertEquals(takePulledBody(stream), undefined);
  const read = streamOf(new Parts([]));
  await using reading = { reader: read.getReader(), [Symbol.asyncDispose]: () => read.cancel() };
  assertEquals(takePulledBody(read), undefined);
  reading.reader.releaseLock();
  assertEquals(takePulledBody(new ReadableStream()), undefined);
});

Deno.test("hostile 395: a peer that goes while nothing waits for it ends the body, and nobody waits for more", async () => {
  const abort = new AbortController();
  const goOn = Promise.withResolvers<void>();
  let cancelled = 0;
  const body: PulledBody = {
    pending: false,
    take: () => new Uint8Array(0),
    ended: false,
    more: () => goOn.promise,
    cancel() {
      cancelled++;
      goOn.resolve();
    },
  };
  const target = { method: "GET", version: 1, signal: abort.signal } as const;
  const written = write(new Response(streamOf(body)), target);
  const failed = written.then(() => undefined, (error: unknown) => error);
  await settle();
  abort.abort(new Error("Gone"));
  assertEquals((await failed as Error).message, "Gone");
  assert(cancelled > 0);
});

for (const moment of ["sendHead", "turnToWrite", "send"] as const) {
  Deno.test(`hostile 337: a peer that goes during ${moment} ends the body, and nobody waits for more`, async () => {
    const abort = new AbortController();
    let waiting = 2;
    const body: PulledBody = {
      get pending() {
        return waiting > 0;
      },
      take: () => new Uint8Array(waiting > 0 ? waiting-- : 0),
      ended: false,
      more: () => new Promise(() => {}),
      // Nothing wakes who asks for more afterwards.
      cancel: () => void (waiting = 0),
    };
    const go = () => {
      abort.abort(new Error("Gone"));
      return Promise.resolve();
    };
    const target = { method: "GET", version: 1, signal: abort.signal, [moment]: go } as const;
    const error = await assertRejects(() => write(new Response(streamOf(body)), target), Error);
    assertEquals(error.message, "Gone");
  });
}

Deno.test("streamOf() is a stream to all others", async () => {
  const body = new Parts([Uint8Array.of(104), undefined, Uint8Array.of(105)]);
  assertEquals(await new Response(streamOf(body)).text(), "hi");
  const left = new Parts([Uint8Array.of(1)]);
  await streamOf(left).cancel();
  assertEquals(left.cancelled, 1);
});
