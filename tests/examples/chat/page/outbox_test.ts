/** The chat page's outbox: in order, one at a time, and no message lost silently. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Outbox } from "../../../../examples/chat/page/outbox.js";

function makeOutbox(contents: string[], leftovers: string[] = []): Outbox {
  const outbox = new Outbox(leftovers, () => {});
  for (const content of contents) outbox.add(content);
  return outbox;
}

function show(outbox: Outbox): string[] {
  return outbox.messages.map(({ content, state }) => `${content} ${state}`);
}

Deno.test("Outbox.take() hands out one message until it has arrived", () => {
  const outbox = makeOutbox(["a", "b"]);
  assertEquals(outbox.take()?.content, "a");
  assertEquals(outbox.take(), undefined);
  outbox.arrived("a");
  assertEquals(outbox.take()?.content, "b");
});

Deno.test("Outbox.arrived() leaves an equal message that was not sent yet", () => {
  const outbox = makeOutbox(["ok", "ok"]);
  outbox.take();
  assertEquals(outbox.arrived("ok"), true);
  assertEquals(outbox.arrived("ok"), false);
  assertEquals(show(outbox), ["ok waiting"]);
});

Deno.test("Outbox.disconnected() does not know whether the message on its way arrived", () => {
  const outbox = makeOutbox(["a", "b"]);
  outbox.take();
  outbox.disconnected();
  assertEquals(show(outbox), ["a unsure", "b waiting"]);
});

Deno.test("Outbox.recovered() sends again what the replay did not bring", () => {
  const outbox = makeOutbox(["a", "b"]);
  outbox.take();
  outbox.disconnected();
  outbox.recovered();
  assertEquals(outbox.take()?.content, "a");
});

Deno.test("Outbox.arrived() takes an unsure message out when the replay brings it", () => {
  const outbox = makeOutbox(["a", "b"]);
  outbox.take();
  outbox.disconnected();
  outbox.arrived("a");
  outbox.recovered();
  assertEquals(show(outbox), ["b waiting"]);
});

Deno.test("Outbox.postpone() keeps the message first", () => {
  const outbox = makeOutbox(["a", "b"]);
  outbox.take();
  outbox.postpone();
  assertEquals(outbox.take()?.content, "a");
});

Deno.test("Outbox.refuse() keeps the message with the reason, and lets the next one go", () => {
  const outbox = makeOutbox(["a", "b"]);
  outbox.take();
  outbox.refuse("Too long");
  assertEquals(outbox.messages[0]?.problem, "Too long");
  assertEquals(outbox.take()?.content, "b");
});

Deno.test("Outbox.retry() sends a refused message behind the others", () => {
  const outbox = makeOutbox(["a", "b"]);
  const first = outbox.take();
  outbox.refuse("Too long");
  outbox.retry(first?.key ?? 0);
  assertEquals(show(outbox), ["b waiting", "a waiting"]);
});

Deno.test("Outbox does not send leftovers of an earlier visit by itself", () => {
  const outbox = makeOutbox([], ["a"]);
  assertEquals(show(outbox), ["a unsent"]);
  assertEquals(outbox.take(), undefined);
});

Deno.test("Outbox reports each change", () => {
  const changes: number[] = [];
  const outbox = new Outbox([], (messages) => changes.push(messages.length));
  outbox.add("a");
  outbox.take();
  outbox.arrived("a");
  assertEquals(changes, [1, 1, 0]);
});

Deno.test("Outbox loses no message, whatever happens to the connection", () => {
  const happenings = fc.constantFrom("add", "take", "lose", "postpone", "refuse", "recover");
  fc.assert(fc.property(fc.array(happenings), (happened) => {
    const outbox = makeOutbox([]);
    let added = 0;
    for (const happening of happened) {
      if (happening === "add") outbox.add(`message ${added++}`);
      if (happening === "take") outbox.take();
      if (happening === "lose") outbox.disconnected();
      if (happening === "postpone") outbox.postpone();
      if (happening === "refuse") outbox.refuse("no");
      if (happening === "recover") outbox.recovered();
    }
    const contents = outbox.messages.map((message) => message.content);
    assertEquals(contents, Array.from({ length: added }, (_, index) => `message ${index}`));
  }));
});

Deno.test("Outbox.recovered() leaves a private message to the person: none is replayed", () => {
  const outbox = makeOutbox([]);
  outbox.add("a", { userId: "u2", label: "Grace" });
  outbox.take();
  outbox.arrived("a");
  outbox.disconnected();
  outbox.recovered();
  assertEquals(show(outbox), ["a unsure"]);
});

Deno.test("Outbox.handedOver() takes out a private message only", () => {
  const outbox = makeOutbox(["a"]);
  const first = outbox.take();
  assertEquals(outbox.handedOver(first?.key ?? 0), undefined);
  outbox.arrived("a");
  outbox.add("b", { userId: "u2", label: "Grace" });
  assertEquals(outbox.handedOver(outbox.take()?.key ?? 0)?.content, "b");
  assertEquals(show(outbox), []);
});
