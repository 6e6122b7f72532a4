/** Tests of server/socketio/attachments.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { Decoder, Encoder } from "socket.io-parser";
import * as fc from "fast-check";
import {
  encodeMessages,
  hasBytes,
  PacketAssembler,
  restoreBytes,
} from "../../../server/socketio/attachments.ts";
import { type Packet, PacketError } from "../../../server/socketio/packet.ts";
import { anyPacket, binaryPacket, theirPacket } from "./packets.ts";

const limits = { maxAttachments: 10, maxPacketSize: 4_194_304 };

/** Puts a packet together from all its messages. */
function assemble(
  messages: Iterable<string | Uint8Array>,
  assembler = new PacketAssembler(limits),
): Packet | undefined {
  let packet: Packet | undefined;
  for (const message of messages) {
    assertEquals(packet, undefined);
    packet = assembler.push(message);
  }
  return packet;
}

/** Bytes as numbers: theirs are buffers of some kind. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, function (this: Record<string, unknown>, key, value) {
    const original = this[key];
    return ArrayBuffer.isView(original)
      ? [...new Uint8Array(original.buffer, original.byteOffset, original.byteLength)]
      : value;
  }));
}

Deno.test("PacketAssembler reads what socket.io-parser writes with bytes", () => {
  fc.assert(fc.property(fc.oneof(binaryPacket, anyPacket), (packet) => {
    assertEquals(assemble(new Encoder().encode(theirPacket(packet))), packet);
  }));
});

Deno.test("encodeMessages() writes what socket.io-parser reads with bytes", () => {
  fc.assert(fc.property(fc.oneof(binaryPacket, anyPacket), (packet) => {
    const decoder = new Decoder();
    let decoded: { data?: unknown } | undefined;
    decoder.on("decoded", (packet) => void (decoded = packet));
    for (const message of encodeMessages(packet)) decoder.add(message);
    assertEquals(plain(decoded?.data ?? null), plain(packet.data ?? null));
  }));
});

Deno.test("encodeMessages() takes bytes of every kind, as they are at the call", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const data = ["e", bytes, bytes.buffer, Buffer.from([4]), new DataView(bytes.buffer, 1)];
  const messages = encodeMessages({ type: "event", namespace: "/", data });
  bytes.fill(9);
  assertEquals(messages, [
    '54-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},' +
    '{"_placeholder":true,"num":2},{"_placeholder":true,"num":3}]',
    Uint8Array.of(1, 2, 3),
    Uint8Array.of(1, 2, 3),
    Uint8Array.of(4),
    Uint8Array.of(2, 3),
  ]);
});

Deno.test("encodeMessages() finds bytes behind toJSON, and writes dates", () => {
  const date = new Date(0);
  const wrapped = { toJSON: () => ({ inside: Uint8Array.of(7) }) };
  const messages = encodeMessages({ type: "ack", namespace: "/", id: 0, data: [date, wrapped] });
  const json = '["1970-01-01T00:00:00.000Z",{"inside":{"_placeholder":true,"num":0}}]';
  assertEquals(messages, [`61-0${json}`, Uint8Array.of(7)]);
});

Deno.test("encodeMessages() throws a TypeError where data goes round in circles", () => {
  const circle: unknown[] = ["e"];
  circle.push(circle);
  assertThrows(() => encodeMessages({ type: "event", namespace: "/", data: circle }), TypeError);
});

Deno.test("hasBytes() looks into everything once, and no deeper than it must", () => {
  const deep = (inside: unknown) => Array.from({ length: 200 }).reduce((value) => [value], inside);
  assertEquals(hasBytes(deep(1)), false);
  assertEquals(hasBytes(deep(Uint8Array.of())), true);
  assertEquals([null, undefined, 1, "a", {}, [], new Date()].some((each) => hasBytes(each)), false);
});

const two = [Uint8Array.of(1), Uint8Array.of(2)];
const place = (num: unknown) => ({ _placeholder: true, num });

for (
  const [what, data] of [
    ["out of range", ["e", place(0), place(2)]],
    ["negative", ["e", place(-1), place(0), place(1)]],
    ["broken", ["e", place(0.5), place(0), place(1)]],
    ["a word", ["e", place("length"), place(0), place(1)]],
    ["a prototype's", ["e", place("__proto__"), place(0), place(1)]],
    ["missing", ["e", { _placeholder: true }, place(0), place(1)]],
    ["doubled", ["e", place(0), place(0), place(1)]],
    ["not used", ["e", place(0)]],
  ] as const
) {
  Deno.test(`hostile 232: restoreBytes() refuses an index that is ${what}`, () => {
    assertThrows(() => restoreBytes(structuredClone(data), two), PacketError);
  });
}

Deno.test("hostile 232: restoreBytes() is not misled by inherited placeholders", () => {
  const data = ["e", { num: 0 }, place(0), { _placeholder: "true", num: 1 }, place(1)];
  assertEquals(restoreBytes(data, two), [
    "e",
    { num: 0 },
    two[0],
    { _placeholder: "true", num: 1 },
    two[1],
  ]);
});

Deno.test("hostile 232: restoreBytes() costs depth no stack", () => {
  const depth = 100_000;
  const text = `51-["e",${"[".repeat(depth)}{"_placeholder":true,"num":0}${"]".repeat(depth)}]`;
  let inside = assemble([text, Uint8Array.of(5)])?.data as unknown[];
  inside = inside[1] as unknown[];
  for (let left = depth; left > 0; left--) inside = inside[0] as unknown[];
  assertEquals(inside as unknown, Uint8Array.of(5));
});

Deno.test("hostile 233: PacketAssembler refuses text while bytes are due, and bytes otherwise", () => {
  const head = '52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]';
  assertThrows(() => assemble([Uint8Array.of(1)]), PacketError);
  assertThrows(() => assemble([head, '2["e"]']), PacketError);
  assertThrows(() => assemble([head, Uint8Array.of(1), "1"]), PacketError);
  const assembler = new PacketAssembler(limits);
  assertEquals(assemble([head, Uint8Array.of(1)], assembler), undefined);
  assertEquals(assembler.heldBytes, head.length + 1);
  assertEquals(assembler.push(Uint8Array.of(2))?.data, ["e", Uint8Array.of(1), Uint8Array.of(2)]);
  assertEquals(assembler.heldBytes, 0);
});

Deno.test("hostile 233: PacketAssembler holds no more than one packet may have", () => {
  const assembler = new PacketAssembler({ maxAttachments: 10, maxPacketSize: 100 });
  assembler.push('52-["e",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
  assembler.push(new Uint8Array(20));
  assertThrows(() => assembler.push(new Uint8Array(20)), PacketError, "larger than 100 bytes");
  for (const count of ["0", "11", "1000000000"]) {
    assertThrows(() => assemble([`5${count}-["e"]`]), PacketError);
  }
});

Deno.test("hostile 233: PacketAssembler takes no bytes for the name of an event", () => {
  const messages = ['51-[{"_placeholder":true,"num":0}]', Uint8Array.of(1)];
  assertThrows(() => assemble(messages), PacketError);
});
