/** Tests of server/socketio/outgoing_packet.ts. */

import { args } from "@hawser/ws";
import { Outgoing } from "@hawser/ws/wire";
import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { encodeOutgoing } from "../../../server/socketio/outgoing_packet.ts";
import { makeCodec } from "../../../server/socketio/parser.ts";

const codec = makeCodec({ maxAttachments: 10, maxPacketSize: 1_000_000 });

/** Keys that JSON carries without a change. */
const json = fc.jsonValue().map((value): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll("__proto__", "proto"))
);

Deno.test("encodeOutgoing() writes the same from the text as from the data", () => {
  const slow = { ...codec, isJson: false };
  const more = [{ stream: "a", seq: 1 }, "offset"];
  fc.assert(
    fc.property(fc.array(json), fc.string({ minLength: 1, maxLength: 4 }), (values, name) => {
      const outgoing = new Outgoing(name, args(...values), values.length);
      assertEquals(
        encodeOutgoing(codec, "/n", outgoing, more),
        encodeOutgoing(slow, "/n", outgoing, more),
      );
    }),
  );
});

Deno.test("encodeOutgoing() sends bytes as bytes, also those that were text in a history", () => {
  const place = { room: "a", seq: 1, epoch: "e" };
  const stored = Outgoing.ofText("e", '{"b":{"$base64":"AQI="}}', place);
  const expected = ['51-["e",{"b":{"_placeholder":true,"num":0}}]', Uint8Array.of(1, 2)];
  assertEquals(encodeOutgoing(codec, "/", stored, []), expected);
  const fresh = new Outgoing("e", { b: Uint8Array.of(1, 2) });
  assertEquals(encodeOutgoing(codec, "/", fresh, []), expected);
});

Deno.test("encodeOutgoing() leaves data as it is that looks like bytes", () => {
  const outgoing = new Outgoing("e", { $base64: "AQI=" });
  assertEquals(encodeOutgoing(codec, "/", outgoing, []), ['2["e",{"$base64":"AQI="}]']);
});
