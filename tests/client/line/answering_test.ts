import { assertEquals } from "@std/assert";
import { answerRequest, Responder, runHandlers } from "../../../client/line/answering.ts";
import { ServerError } from "../../../client/errors.ts";
import { toError } from "../../support/server_error.ts";
import type { Handler } from "../../../client/events.ts";

const boom = new Error("boom");

async function answer(...handlers: Handler<unknown>[]): Promise<[unknown, unknown[]]> {
  const errors: unknown[] = [];
  const answer = await answerRequest("ask", handlers, "data", (error) => errors.push(error));
  return ["error" in answer ? { error: toError(answer.error) } : answer, errors];
}

Deno.test("runHandlers() runs all of them, and reports what they throw or reject with", async () => {
  const ran: unknown[] = [];
  const errors: unknown[] = [];
  const fail = () => {
    throw boom;
  };
  const thenable = { then: (_: unknown, reject: (error: unknown) => void) => reject(boom) };
  const getter = {
    get then() {
      throw boom;
    },
  };
  runHandlers(
    [fail, (data) => ran.push(data), () => Promise.reject(boom), () => thenable, () => getter],
    "data",
    (error) => errors.push(error),
  );
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([ran, errors], [["data"], [boom, boom, boom, boom]]);
});

Deno.test("answerRequest() answers what the first handler has to say", async () => {
  assertEquals(await answer(() => {}, () => Promise.resolve(2), () => 3), [{ data: 2 }, []]);
  assertEquals(await answer((data) => [data]), [{ data: ["data"] }, []]);
  assertEquals(await answer(() => {}), [{ data: undefined }, []]);
});

Deno.test("answerRequest() answers an error where nobody handles it", async () => {
  const error = { code: "UNKNOWN_EVENT", message: "Unknown event: ask", details: {} };
  assertEquals(await answer(), [{ error }, []]);
});

Deno.test("answerRequest() tells the server of an error that is meant for it, and of no other", async () => {
  const error = new ServerError("BUSY", "Not now");
  assertEquals(await answer(() => Promise.reject(error)), [{ error: toError(error) }, []]);
  const internal = { error: { code: "INTERNAL", message: "Internal error", details: {} } };
  const fail = () => {
    throw boom;
  };
  assertEquals(await answer(fail), [internal, [boom]]);
  assertEquals(await answer(fail, () => 1), [{ data: 1 }, [boom]]);
});

/** Answers one request, by handlers; returns what is sent, and what is reported. */
async function respond(...handlers: Handler<unknown>[]): Promise<[unknown, unknown[]]> {
  const sent: unknown[] = [];
  const errors: unknown[] = [];
  const responder = new Responder({
    bufferedAmount: () => 0,
    send: (text) => sent.push(JSON.parse(text)),
    unread: () => errors.push("unread"),
    failed: (error) => errors.push(error),
  });
  await responder.respond({ id: "1", event: "ask", data: null, handlers }, () => true);
  return [sent[0], errors];
}

Deno.test("Responder.respond() answers INTERNAL where the answer cannot be written", async () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const getter = {
    get secret() {
      throw boom;
    },
  };
  const error = { code: "INTERNAL", message: "Internal error" };
  for (const answer of [10n, circle, getter, { toJSON: () => 10n }]) {
    const [sent, errors] = await respond(() => answer);
    assertEquals([sent, errors.length], [{ ack: "1", error }, 1]);
  }
  const [sent] = await respond(() => {
    throw new ServerError(10n as unknown as string, "No code");
  });
  assertEquals(sent, { ack: "1", error });
});

Deno.test("Responder.respond() survives what cannot even be looked at", async () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const error = { code: "INTERNAL", message: "Internal error" };
  for (const handler of [() => proxy, () => Promise.reject(proxy)]) {
    const [sent, errors] = await respond(handler);
    assertEquals([sent, errors.length], [{ ack: "1", error }, 1]);
  }
});
