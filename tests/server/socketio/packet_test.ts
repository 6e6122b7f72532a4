/** Tests of server/socketio/packet.ts. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Decoder, Encoder } from "socket.io-parser";
import * as fc from "fast-check";
import {
  decodePacket,
  encodePacket,
  type Packet,
  PacketError,
  type PacketType,
} from "../../../server/socketio/packet.ts";
import { timeRatio } from "../../support/time_ratio.ts";
import { anyPacket, theirPacket, theirTypes } from "./packets.ts";

Deno.test("decodePacket() reads what socket.io-parser writes", () => {
  fc.assert(fc.property(anyPacket, (packet) => {
    const [text] = new Encoder().encode(theirPacket(packet));
    assertEquals(decodePacket(text, 10), { ...packet, attachments: 0 });
  }));
});

Deno.test("encodePacket() writes what socket.io-parser reads, and the same text", () => {
  fc.assert(fc.property(anyPacket, (packet) => {
    const { data } = packet;
    const text = encodePacket(packet, data === undefined ? "" : JSON.stringify(data));
    assertEquals(new Encoder().encode(theirPacket(packet)), [text]);
    const decoder = new Decoder();
    let decoded: { type: number; data?: unknown } | undefined;
    decoder.on("decoded", (packet) => void (decoded = packet));
    decoder.add(text);
    assertEquals(decoded?.type, theirTypes.indexOf(packet.type));
    assertEquals(decoded?.data, data);
  }));
});

const documented: readonly [string, Partial<Packet>][] = [
  ["0", { type: "connect", namespace: "/" }],
  ["0/custom", { type: "connect", namespace: "/custom" }],
  ['0/admin,{"sid":"oSO"}', { type: "connect", namespace: "/admin", data: { sid: "oSO" } }],
  ['4{"message":"No"}', { type: "connect_error", namespace: "/", data: { message: "No" } }],
  ['2["foo"]', { type: "event", namespace: "/", data: ["foo"] }],
  ['2/admin,["bar"]', { type: "event", namespace: "/admin", data: ["bar"] }],
  ['212["foo"]', { type: "event", namespace: "/", id: 12, data: ["foo"] }],
  ['3/admin,13["bar"]', { type: "ack", namespace: "/admin", id: 13, data: ["bar"] }],
  ["1", { type: "disconnect", namespace: "/" }],
  ["1/admin,", { type: "disconnect", namespace: "/admin" }],
  ["2[1]", { type: "event", namespace: "/", data: [1] }],
  [
    "29007199254740991[1]",
    { type: "event", namespace: "/", id: Number.MAX_SAFE_INTEGER, data: [1] },
  ],
];

for (const [text, packet] of documented) {
  Deno.test(`decodePacket() reads ${text}`, () => {
    assertEquals(decodePacket(text, 10), { data: undefined, ...packet, attachments: 0 } as never);
  });
}

const wrong: readonly string[] = [
  "",
  "7",
  "a",
  "abc",
  "-1",
  '"0"', // types
  "0[]",
  "0null",
  "0 1",
  '0"a"',
  "0{",
  "01",
  "07{}", // CONNECT
  "1[]",
  "1{}",
  "15",
  "1/a,{}", // DISCONNECT
  "2",
  "2{}",
  "2[]",
  "2[null]",
  "2[[]]",
  "2[{}]",
  '2"a"',
  '2abc["a"]',
  '2-1["a"]', // EVENT
  '201["a"]',
  '29007199254740992["a"]',
  '299999999999999999["a"]',
  '21e3["a"]',
  '21.5["a"]',
  '2["connect"]',
  '2["disconnecting"]',
  '2["newListener"]',
  '2["a"',
  '2["a"]]',
  '2/a["a"]',
  "3[]",
  "31",
  "31{}",
  "3", // ACK
  "4",
  "4[]",
  "4null", // CONNECT_ERROR
  '5["a"]',
  '5-["a"]',
  '50-["a"]',
  '511-["a"]',
  '51000000000-["a"]',
  '501-["a"]',
  '51.0-["a"]',
  '51e1-["a"]',
  '5-1-["a"]',
  "51-",
  "51-[]",
  "61-[]",
  '6["a"]',
  `0/${"a".repeat(256)}`,
];

for (const text of wrong) {
  Deno.test(`hostile 231: decodePacket() refuses ${text.slice(0, 40)}`, () => {
    assertThrows(() => decodePacket(text, 10), PacketError);
  });
}

Deno.test("hostile 231: decodePacket() refuses __proto__, at any depth", () => {
  for (const data of ['{"__proto__":{"b":1}}', '{"c":[{"__proto\\u005f_":2}]}']) {
    assertThrows(() => decodePacket(`2["a",${data}]`, 10), PacketError, "__proto__");
  }
});

Deno.test("decodePacket() takes time in proportion to the packet", () => {
  const read = (size: number) => {
    const text = `2/n,1["a","${"1,-/".repeat(size)}"]`;
    return () => decodePacket(text, 10);
  };
  const ratio = timeRatio(read(1_000_000), read(50_000), 80);
  assert(ratio < 80, `${ratio}`);
});

Deno.test("encodePacket() names the attachments, the namespace and the id in this order", () => {
  const types: readonly PacketType[] = ["event", "ack"];
  const texts = types.map((type) => encodePacket({ type, namespace: "/a", id: 7 }, "[1]", 2));
  assertEquals(texts, ["52-/a,7[1]", "62-/a,7[1]"]);
});
