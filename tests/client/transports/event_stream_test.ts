import { assertEquals } from "@std/assert";
import { readEvents, type StreamEvent } from "../../../client/transports/event_stream.ts";
import { forEachSplit } from "../../support/splits.ts";

const text = 'retry: 2000\n\n: comment\n\nid: e:1\ndata: {"a":"ü"}\n\n' +
  "event: close\r\ndata:one\r\ndata: two\r\n\r\nid: e:2\n\ndata\n\ndata: cut off";

const { signal } = new AbortController();
const settings = { alive: () => {}, signal, maxSize: 1_000 };

const expected: StreamEvent[] = [
  { event: "message", data: '{"a":"ü"}' },
  { event: "close", data: "one\ntwo" },
  { event: "message", data: "" },
];

Deno.test("readEvents() finds the events, however they are cut", async () => {
  const runs: Promise<void>[] = [];
  forEachSplit(new TextEncoder().encode(text), (chunks) => {
    runs.push(
      read(Array.from(chunks, (chunk) => chunk.slice())).then(({ events }) =>
        assertEquals(events, expected)
      ),
    );
  });
  await Promise.all(runs);
});

async function read(chunks: Uint8Array[]): Promise<{ events: StreamEvent[]; alive: number }> {
  const events: StreamEvent[] = [];
  let alive = 0;
  const tell = { ...settings, alive: () => alive++ };
  for await (const event of readEvents(ReadableStream.from(chunks), tell)) {
    events.push(event);
  }
  return { events, alive };
}

Deno.test("readEvents() tells of every sign of life", async () => {
  const beat = new TextEncoder().encode(":\n\n");
  assertEquals(await read([beat, beat]), { events: [], alive: 2 });
});

Deno.test("readEvents() cancels what is not read to the end", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\n")),
    cancel: () => void (cancelled = true),
  });
  for await (const { data } of readEvents(body, settings)) if (data === "1") break;
  assertEquals(cancelled, true);
});

Deno.test("readEvents() ends when it is told to, also while it waits", async () => {
  const abort = new AbortController();
  const body = new ReadableStream<Uint8Array>({ pull: () => abort.abort() }, { highWaterMark: 0 });
  for await (const _ of readEvents(body, { ...settings, signal: abort.signal })) {
    throw new Error("an event");
  }
  assertEquals(abort.signal.aborted, true);
});
