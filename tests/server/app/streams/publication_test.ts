/** Messages of a room's stream, between the history and the members. */

import { assertEquals, assertThrows } from "@std/assert";
import { encodeData, makePublication } from "../../../../server/app/streams/publication.ts";

Deno.test("encodeData() writes objects as JSON", () => {
  assertEquals(encodeData("note", { text: "hi", none: undefined }), '{"text":"hi"}');
});

Deno.test("encodeData() refuses what is no object, and what JSON cannot tell", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const toNothing = { toJSON: () => undefined };
  for (const data of ["text", 5, null, undefined, [1], circle, { big: 1n }, () => {}, toNothing]) {
    assertThrows(() => encodeData("note", data), TypeError);
  }
});

Deno.test("encodeData() refuses reserved names", () => {
  for (const event of ["", "error", "welcome"]) {
    assertThrows(() => encodeData(event, {}), TypeError, "Cannot ");
  }
});

Deno.test("makePublication() puts the number into the data, whatever is there", () => {
  const data = '{"text":"hi","seq":99,"epoch":"mine"}';
  const { position, outgoing } = makePublication("deck", "e", { seq: 3, event: "note", data });
  assertEquals(position, { seq: 3, epoch: "e" });
  assertEquals(outgoing.event, "note");
  assertEquals(outgoing.data, { text: "hi", seq: 3, epoch: "mine" });
  assertEquals(outgoing.place, { room: "deck", seq: 3, epoch: "e" });
});

Deno.test("hostile 99: makePublication() changes no prototype", () => {
  const data = '{"__proto__":{"admin":true},"constructor":1}';
  const { outgoing } = makePublication("deck", "e", { seq: 1, event: "note", data });
  assertEquals(Object.getPrototypeOf(outgoing.data), Object.prototype);
  assertEquals(({} as { admin?: boolean }).admin, undefined);
});
