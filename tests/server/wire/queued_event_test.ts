/** Events that wait for clients of the HTTP wires: encoded once, whoever they wait for. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { Outgoing } from "../../../server/app/outgoing.ts";
import { jsonOf, lineOf, sharedEvent, sizeOf } from "../../../server/wire/queued_event.ts";

const decoder = new TextDecoder();

Deno.test("sharedEvent() gives all receivers the same bytes, and the place", () => {
  const place = { room: "deck", epoch: "e", seq: 1 };
  const outgoing = new Outgoing("note", { text: "€\n" }, undefined, place);
  const event = sharedEvent(outgoing);
  assertStrictEquals(sharedEvent(outgoing), event);
  assertStrictEquals(event.place, place);
  assertEquals(decoder.decode(lineOf(event)), 'data: {"type":"note","text":"€\\n"}\n\n');
  assertEquals(decoder.decode(jsonOf(event)), '{"type":"note","text":"€\\n"}');
  assertStrictEquals(jsonOf(event).buffer, event.line.buffer);
  assertEquals(sizeOf(event), event.line.length);
});

Deno.test("lineOf() and jsonOf() encode text that is for one client when it leaves", () => {
  assertEquals(decoder.decode(lineOf('"€"')), 'data: "€"\n\n');
  assertEquals([decoder.decode(jsonOf('"€"')), sizeOf('"€"')], ['"€"', 3]);
});
