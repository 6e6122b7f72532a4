import { assertEquals, assertThrows } from "@std/assert";
import type { AnyEvents } from "../../wire/event_types.ts";
import { Handlers } from "../../client/events.ts";

Deno.test("Handlers.take() gives handlers in the order in which they were added", () => {
  const handlers = new Handlers<AnyEvents>();
  const [one, two] = [() => 1, () => 2];
  handlers.add("tick", one);
  handlers.add("tick", two);
  handlers.add("tick", one);
  assertEquals(handlers.take("tick"), [one, two, one]);
  assertEquals(handlers.take("tock"), []);
});

Deno.test("Handlers.take() gives what is for one time once", () => {
  const handlers = new Handlers<AnyEvents>();
  const [once, always] = [() => 1, () => 2];
  handlers.add("tick", once, true);
  handlers.add("tick", always);
  assertEquals(handlers.take("tick"), [once, always]);
  assertEquals(handlers.take("tick"), [always]);
});

Deno.test("Handlers.remove() leaves a list that is being gone through alone", () => {
  const handlers = new Handlers<AnyEvents>();
  const [one, two] = [() => 1, () => 2];
  handlers.add("tick", one);
  handlers.add("tick", two);
  const taken = handlers.take("tick");
  handlers.remove("tick", two);
  assertEquals(taken, [one, two]);
  assertEquals(handlers.take("tick"), [one]);
  handlers.remove("tick", one);
  assertEquals(handlers.take("tick"), []);
});

Deno.test("Handlers takes names of Object.prototype as ordinary names", () => {
  const handlers = new Handlers<AnyEvents>();
  for (const name of ["__proto__", "constructor", "toString"]) {
    assertEquals(handlers.take(name), []);
    const handler = () => name;
    handlers.add(name, handler);
    assertEquals(handlers.take(name), [handler]);
  }
});

Deno.test("Handlers.add() refuses what is no function", () => {
  const handlers = new Handlers<AnyEvents>();
  assertThrows(() => handlers.add("tick", undefined as unknown as () => void), TypeError, "tick");
});
