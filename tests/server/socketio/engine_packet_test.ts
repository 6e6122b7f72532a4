/** Tests of server/socketio/engine_packet.ts. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  decodePacket,
  decodePayload as decodeTheirs,
  encodePacket,
  encodePayload as encodeTheirs,
} from "engine.io-parser";
import * as fc from "fast-check";
import {
  decodeEnginePacket,
  decodePayload,
  encodeEnginePacket,
  encodePayload,
  EngineMessage,
  type EnginePacket,
} from "../../../server/socketio/engine_packet.ts";

/** Text without what separates packets. */
const text = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\x1e", ""));
const bytes = fc.uint8Array();

/** A packet of any type with text, or a message with bytes. */
const packet: fc.Arbitrary<EnginePacket> = fc.oneof(
  fc.record({
    type: fc.constantFrom("open", "close", "ping", "pong", "message", "upgrade", "noop"),
    data: text,
  }),
  fc.record({ type: fc.constant("message" as const), data: bytes }),
);

function encodeForPoll({ type, data }: EnginePacket): string {
  return typeof data === "string" ? encodeEnginePacket(type, data) : new EngineMessage(data).text;
}

/** Their packets have bytes as buffers, and no data where it is empty. */
function normalize({ type, data }: { type: string; data?: unknown }): unknown {
  return { type, data: data instanceof Uint8Array ? [...data] : data ?? "" };
}

Deno.test("decodeEnginePacket() reads what engine.io-parser writes, and the other way round", () => {
  fc.assert(fc.property(packet, (packet) => {
    for (const supportsBinary of [true, false]) {
      encodePacket(packet, supportsBinary, (encoded) => {
        assertEquals(normalize(decodeEnginePacket(encoded)!), normalize(packet));
      });
    }
    assertEquals(normalize(decodePacket(encodeForPoll(packet))), normalize(packet));
    const { data } = packet;
    const own = typeof data === "string" ? encodeForPoll(packet) : new EngineMessage(data).packet;
    assertEquals(normalize(decodePacket(own)), normalize(packet));
  }));
});

Deno.test("decodePayload() reads what engine.io-parser writes, and the other way round", () => {
  fc.assert(fc.property(fc.array(packet, { minLength: 1 }), (packets) => {
    encodeTheirs(packets, (payload) => {
      assertEquals(
        [...decodePayload(payload)].map((each) => normalize(each!)),
        packets.map(normalize),
      );
    });
    const payload = encodePayload(packets.map(encodeForPoll));
    assertEquals(decodeTheirs(payload).map(normalize), packets.map(normalize));
  }));
});

for (const wrong of ["", "7", "a", "-1", "B", "b*", "bA", "\x1e", "é"]) {
  Deno.test(`decodeEnginePacket() finds no packet in ${JSON.stringify(wrong)}`, () => {
    assertEquals(decodeEnginePacket(wrong), undefined);
  });
}

Deno.test("decodeEnginePacket() takes base64 without padding", () => {
  assertEquals(decodeEnginePacket("bAQ"), { type: "message", data: Uint8Array.of(1) });
});

Deno.test("decodePayload() ends at the first part that is no packet", () => {
  assertEquals([...decodePayload("4a\x1ex\x1e4b")], [{ type: "message", data: "a" }, undefined]);
  assertEquals([...decodePayload("4a\x1e")], [{ type: "message", data: "a" }, undefined]);
  assertEquals([...decodePayload("")], [undefined]);
});

Deno.test("EngineMessage writes each form once for all receivers", () => {
  let prepared = 0;
  const preparer = {
    prepare(data: string | Uint8Array) {
      prepared++;
      return { data };
    },
  };
  const message = new EngineMessage("Ahoy");
  assertStrictEquals(message.prepared(preparer), message.prepared(preparer));
  assertEquals([prepared, message.prepared(preparer).data, message.size], [1, "4Ahoy", 5]);
  const binary = new EngineMessage(Uint8Array.of(1, 2, 3));
  assertEquals([binary.text, binary.packet], ["bAQID", Uint8Array.of(1, 2, 3)]);
});
