/** Tests of server/socketio/parser.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import msgpack from "socket.io-msgpack-parser";
import * as plainParser from "socket.io-parser";
import { type Packet, PacketError } from "../../../server/socketio/packet.ts";
import { makeCodec, makeForeignCodec, type Parser } from "../../../server/socketio/parser.ts";
import { anyPacket, binaryPacket } from "./packets.ts";

const limits = { maxAttachments: 10, maxPacketSize: 4_194_304 };

/** Bytes as text, as msgpack reads them as buffers of another kind. */
function plain(packet: Packet | undefined): unknown {
  return JSON.parse(JSON.stringify(packet, function (this: Record<string, unknown>, key, value) {
    const bytes = this[key];
    if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes).toHex();
    return bytes instanceof Uint8Array ? bytes.toHex() : value;
  }));
}

/** A connection brings bytes of no kind but the plain one. */
function asReceived(message: string | Uint8Array): string | Uint8Array {
  return typeof message === "string" ? message : new Uint8Array(message);
}

const codecs = {
  "our own": makeCodec(limits),
  "socket.io-msgpack-parser": makeForeignCodec(msgpack),
  "socket.io-parser": makeForeignCodec(plainParser),
};

for (const [name, codec] of Object.entries(codecs)) {
  Deno.test(`Codec.encode() and its reader carry any packet (${name})`, () => {
    const reader = codec.makeReader();
    fc.assert(fc.property(fc.oneof(anyPacket, binaryPacket), (packet) => {
      // msgpack has integers of 64 bits, and writes longer ones as something else.
      fc.pre(!/\d{17}|e\+/.test(JSON.stringify(packet)));
      const read = codec.encode(packet).map((message) => reader.push(asReceived(message)));
      assertEquals(plain(read.at(-1)), plain(packet));
      assertEquals(reader.heldBytes, 0);
    }));
  });
}

/** A parser that takes anything for a packet. */
function makeParser(packet: unknown): Parser {
  let decoded: (packet: unknown) => void;
  return {
    Encoder: class {
      encode(): unknown[] {
        return [packet];
      }
    },
    Decoder: class {
      on(_event: "decoded", handler: (packet: unknown) => void): void {
        decoded = handler;
      }
      add(): void {
        decoded(packet);
      }
      destroy(): void {}
    },
  };
}

for (
  const wrong of [
    null,
    5,
    {},
    { type: 7, nsp: "/" },
    { type: "0", nsp: "/" },
    { type: 2, nsp: 5, data: ["a"] },
    { type: 2, nsp: "/", id: "1", data: ["a"] },
    { type: 2, nsp: "/", data: "a" },
    { type: 2, nsp: "/", data: [{}] },
    { type: 2, nsp: `/${"a".repeat(256)}`, data: ["a"] },
    { type: 3, nsp: "/", data: [] },
  ]
) {
  Deno.test(`hostile 234: a parser reads ${JSON.stringify(wrong)?.slice(0, 40)}`, () => {
    const reader = makeForeignCodec(makeParser(wrong)).makeReader();
    assertThrows(() => reader.push("anything"), PacketError);
  });
}

Deno.test("hostile 234: a parser throws at what it cannot read", () => {
  const reader = codecs["socket.io-msgpack-parser"].makeReader();
  assertThrows(() => reader.push(Uint8Array.of(0xc1)), PacketError);
  assertThrows(() => reader.push(Uint8Array.of(0x85, 0xa1)), PacketError);
});

Deno.test("makeForeignCodec() sends nothing that is neither text nor bytes", () => {
  const codec = makeForeignCodec(makeParser({ neither: true }));
  assertThrows(() => codec.encode({ type: "disconnect", namespace: "/" }), TypeError);
});
