/** Events that wait for clients of the HTTP wires: encoded once, whoever they wait for. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";
import { MemoryBudget } from "../../../../server/net/memory_budget.ts";
import {
  jsonOf,
  lineOf,
  sharedEvent,
  SharedEvents,
  sizeOf,
} from "../../../../server/wires/fallback/queued_event.ts";

const decoder = new TextDecoder();

Deno.test("sharedEvent() gives all receivers the same bytes, and the place", () => {
  const place = { room: "deck", epoch: "e", seq: 1 };
  const outgoing = new Outgoing("note", { text: "€\n" }, undefined, place);
  const event = sharedEvent(outgoing);
  assertStrictEquals(sharedEvent(outgoing), event);
  assertStrictEquals(event.place, place);
  const json = '{"type":"note","text":"€\\n","stream":"deck","seq":1}';
  assertEquals(decoder.decode(lineOf(event)), `data: ${json}\n\n`);
  assertEquals(decoder.decode(jsonOf(event)), json);
  assertStrictEquals(jsonOf(event).buffer, event.line.buffer);
  assertEquals(sizeOf(event), event.line.length);
});

Deno.test("lineOf() and jsonOf() encode text that is for one client when it leaves", () => {
  assertEquals(decoder.decode(lineOf('"€"')), 'data: "€"\n\n');
  assertEquals([decoder.decode(jsonOf('"€"')), sizeOf('"€"')], ['"€"', 3]);
});

Deno.test("SharedEvents counts an event once, from the first client to the last", () => {
  const memory = new MemoryBudget(1 << 20, () => 0);
  const events = new SharedEvents(memory);
  const [a, b] = [new Outgoing("a", {}), new Outgoing("b", {})].map(sharedEvent);
  for (const event of [a!, a!, b!, "own"]) events.hold(event);
  assertEquals(memory.used, sizeOf(a!) + sizeOf(b!));
  events.drop(a!);
  events.drop("own");
  assertEquals(memory.used, sizeOf(a!) + sizeOf(b!));
  events.drop(a!);
  events.drop(b!);
  events.drop(b!); // it was held once
  assertEquals(memory.used, 0);
});
