/** Types of a client: each expected error is one that the compiler finds. */

import { App } from "@hawser/ws";
import {
  type AnyEvents,
  args,
  type ArgsOf,
  type ClientEventsOf,
  connect,
  type EventAnswers,
  type EventData,
  type HawserClient,
  type ServerEventsOf,
} from "@hawser/ws/client";
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
  /** Several arguments, the second time with an answer. */
  point: (x: number, y: number) => void;
  measure: (from: string, to: string, callback: (miles: number) => void) => void;
}

interface ServerEvents {
  add: (pair: { a: number; b: number }) => number;
  said: { text: string };
}

type Client = HawserClient<ServerEvents, ClientEvents>;

/** Is compiled, and not run. */
function compile(_use: (client: Client) => unknown): void {}

Deno.test("EventData knows what an event carries, with or without an answer", () => {
  type Data = EventData<ClientEvents>;
  assertType<IsExact<Data["root"], number>>(true);
  assertType<IsExact<Data["save"], { text: string }>>(true);
  assertType<IsExact<Data["sink"], undefined>>(true);
  assertType<IsExact<Data["seek"], number | undefined>>(true);
  assertType<IsExact<Data["note"], { text: string }>>(true);
  assertType<IsExact<Data["either way"], { x: number } | { y: number }>>(true);
  assertType<IsExact<Data["point"], ArgsOf<[number, number]>>>(true);
  assertType<IsExact<Data["measure"], ArgsOf<[string, string]>>>(true);
  assertType<IsExact<EventData<AnyEvents>[string], unknown>>(true);
});

Deno.test("EventAnswers knows the answer of an event, as it arrives", () => {
  type Answers = EventAnswers<ClientEvents>;
  assertType<IsExact<Answers["root"], number>>(true);
  assertType<IsExact<Answers["save"], { id: string } | undefined>>(true);
  assertType<IsExact<Answers["sink"], undefined>>(true);
  assertType<IsExact<Answers["note"], unknown>>(true);
  assertType<IsExact<Answers["measure"], number>>(true);
  assertType<IsExact<EventAnswers<AnyEvents>[string], unknown>>(true);
});

Deno.test("HawserClient.emit() and emitWithAck() know the events and their answers", () => {
  compile(async (client) => {
    const root = await client.emitWithAck("root", 9);
    assertType<IsExact<typeof root, number>>(true);
    const saved = await client.emitWithAck("save", { text: "" }, { timeout: 1 });
    assertType<IsExact<typeof saved, { id: string } | undefined>>(true);
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
    client.emit("seek");
    client.emit("point", args(3, 4));
    const miles = await client.emitWithAck("measure", args("Kiel", "Oslo"));
    assertType<IsExact<typeof miles, number>>(true);
    // @ts-expect-error: an argument is of another type
    client.emit("point", args(3, "4"));
    client.emitWithAck("sink", undefined, { timeout: 1 });
    // @ts-expect-error: the data is missing
    client.emit("note");
    // @ts-expect-error: the data is missing
    client.emitWithAck("root");
    // @ts-expect-error: the data is missing
    client.volatile.emit("note");
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

// ----- connect<typeof app>() -----

interface Sailor {
  rank: number;
}

/** An application as a server's module has it; a client imports nothing but its type. */
const app = new App<ClientEvents, ServerEvents, Sailor>({ identify: () => ({ rank: 1 }) });

Deno.test("connect<typeof app>() takes the events of both directions from the server's type", async () => {
  await using client = connect<typeof app>("ws://127.0.0.1:1");
  assertType<IsExact<typeof client, HawserClient<ServerEvents, ClientEvents>>>(true);
  assertType<IsExact<ServerEventsOf<typeof app>, ServerEvents>>(true);
  assertType<IsExact<ClientEventsOf<typeof app>, ClientEvents>>(true);
  compile(async () => {
    const root = await client.emitWithAck("root", 9);
    assertType<IsExact<typeof root, number>>(true);
    client.on("said", ({ text }) => text);
    // @ts-expect-error: the answer is of another type
    client.on("add", ({ a, b }) => `${a + b}`);
    // @ts-expect-error: there is no such event
    client.emit("rot", 9);
  });
});

Deno.test("connect<typeof app>() of an application without types takes any event", async () => {
  const untyped = new App();
  await using client = connect<typeof untyped>("ws://127.0.0.1:1");
  assertType<IsExact<typeof client, HawserClient<AnyEvents, AnyEvents>>>(true);
});

Deno.test("connect() takes types of events as well, of one direction or both", async () => {
  await using one = connect<ServerEvents>("ws://127.0.0.1:1");
  assertType<IsExact<typeof one, HawserClient<ServerEvents, AnyEvents>>>(true);
  await using both = connect<ServerEvents, ClientEvents>("ws://127.0.0.1:1");
  assertType<IsExact<typeof both, HawserClient<ServerEvents, ClientEvents>>>(true);
  assertEquals(Object.hasOwn(app, "~events"), false);
});
