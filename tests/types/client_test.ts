/** What does and does not compile with a client: each expected error is one the compiler finds. */

import { connect, type EventAnswer, type EventData, type HawserClient } from "@hawser/ws/client";
import { assertEquals } from "@std/assert";
import { assertType, type IsExact } from "@std/testing/types";

interface ClientEvents {
  /** Answered with what the function returns. */
  root: (x: number) => number;
  save: (document: { text: string }) => Promise<{ id: string } | undefined>;
  sink: () => void;
  seek: (position?: number) => number;
  /** Answered with anything. */
  note: { text: string };
  "either way": { x: number } | { y: number };
}

interface ServerEvents {
  add: (pair: { a: number; b: number }) => number;
  said: { text: string };
}

type Client = HawserClient<ServerEvents, ClientEvents>;

/** Is compiled, and not run. */
function compile(_use: (client: Client) => unknown): void {}

Deno.test("EventData knows what an event carries, with or without an answer", () => {
  assertType<IsExact<EventData<ClientEvents["root"]>, number>>(true);
  assertType<IsExact<EventData<ClientEvents["save"]>, { text: string }>>(true);
  assertType<IsExact<EventData<ClientEvents["sink"]>, undefined>>(true);
  assertType<IsExact<EventData<ClientEvents["seek"]>, number | undefined>>(true);
  assertType<IsExact<EventData<ClientEvents["note"]>, { text: string }>>(true);
  assertType<IsExact<EventData<ClientEvents["either way"]>, { x: number } | { y: number }>>(true);
  assertType<IsExact<EventData<unknown>, unknown>>(true);
});

Deno.test("EventAnswer knows the answer of an event, as JSON brings it", () => {
  assertType<IsExact<EventAnswer<ClientEvents["root"]>, number>>(true);
  assertType<IsExact<EventAnswer<ClientEvents["save"]>, { id: string } | null>>(true);
  assertType<IsExact<EventAnswer<ClientEvents["sink"]>, null>>(true);
  assertType<IsExact<EventAnswer<ClientEvents["note"]>, unknown>>(true);
  assertType<IsExact<EventAnswer<unknown>, unknown>>(true);
});

Deno.test("HawserClient.emit() and emitWithAck() know the events and their answers", () => {
  compile(async (client) => {
    const root = await client.emitWithAck("root", 9);
    assertType<IsExact<typeof root, number>>(true);
    const saved = await client.emitWithAck("save", { text: "" }, { timeout: 1 });
    assertType<IsExact<typeof saved, { id: string } | null>>(true);
    const noted = await client.emitWithAck("note", { text: "" });
    assertType<IsExact<typeof noted, unknown>>(true);
    client.emit("root", 9);
    client.emit("sink");
    client.volatile.emit("note", { text: "" });
    // @ts-expect-error: there is no such event
    client.emit("rot", 9);
    // @ts-expect-error: the data is of another type
    client.emit("root", "9");
    // @ts-expect-error: the data is of another type
    client.emitWithAck("save", { txt: "" });
    // @ts-expect-error: the data is of another type
    client.volatile.emit("note", 7);
  });
});

Deno.test("HawserClient.on() knows the events of the server, and what they are answered with", () => {
  compile((client) => {
    client.on("add", ({ a, b }) => a + b);
    client.on("add", ({ a, b }) => Promise.resolve(a + b));
    client.once("add", (data) => {
      assertType<IsExact<typeof data, { a: number; b: number }>>(true);
    });
    client.on("said", ({ text }) => text);
    client.on("welcome", ({ id, rateLimit }) => [id, rateLimit?.burst]);
    // @ts-expect-error: the answer is of another type
    client.on("add", ({ a, b }) => `${a + b}`);
    // @ts-expect-error: there is no such event
    client.on("sad", () => {});
  });
});

Deno.test("connect() without types takes any event, and answers are unknown", async () => {
  await using client = connect("ws://127.0.0.1:1");
  client.on("anything", (data) => {
    assertType<IsExact<typeof data, unknown>>(true);
  });
  const answer: Promise<unknown> = client.emitWithAck("anything", { x: 1 });
  assertType<IsExact<Awaited<typeof answer>, unknown>>(true);
  assertEquals(client.emit("anything"), "queued");
  answer.catch(() => {});
});
