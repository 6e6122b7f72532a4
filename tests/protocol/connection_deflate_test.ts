/** Protocol with permessage-deflate, for both roles. RFC 7692. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { Deflater } from "../../protocol/deflate.ts";
import type { DeflateParameters } from "../../protocol/deflate_negotiation.ts";
import type { Role } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { Prepared } from "../../protocol/prepared.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { frameTo, messageTo, parseFrames } from "../support/frames.ts";
import { assertFails, assertNotes, start } from "../support/protocol.ts";
import { testRoles } from "../support/roles.ts";
import { hex, random } from "../support/splits.ts";

const none = new Uint8Array(0);
const takeover: DeflateParameters = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};
const noTakeover: DeflateParameters = {
  ...takeover,
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
};
const text = "All work and no play makes Jack a dull boy. ".repeat(10);

function peerOf(role: Role): Role {
  return role === "server" ? "client" : "server";
}

/** The frames that the peer of `role` sends for this message. */
function compressedTo(role: Role, data: Uint8Array, opcode: Opcode = Opcode.Text): Uint8Array {
  const payload = new Deflater({ windowBits: 15, noContextTakeover: true }).compress(data);
  return frameTo(role, { opcode, payload, rsv1: true });
}

/** The payload of a message, cut into frames. */
function inFragments(role: Role, payload: Uint8Array, size: number): Uint8Array {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += size) {
    frames.push(frameTo(role, {
      opcode: at === 0 ? Opcode.Text : Opcode.Continuation,
      payload: payload.subarray(at, at + size),
      fin: at + size >= payload.length,
      rsv1: at === 0,
    }));
  }
  return concat(frames);
}

testRoles("Protocol.send() compresses from the threshold on", (role) => {
  for (const make of [(size: number) => "x".repeat(size), (size: number) => new Uint8Array(size)]) {
    const [protocol] = start(role, { deflate: takeover, compressThreshold: 100 });
    for (const size of [0, 99, 100, 1000]) protocol.send(make(size));
    const frames = parseFrames(protocol.takeOutput());
    assertEquals(frames.map((frame) => frame.rsv1), [false, false, true, true]);
    assert(frames[3]!.payload.length < 100);
  }
});

testRoles("Protocol.send() compresses from 256 on by default", (role) => {
  const [protocol] = start(role, { deflate: takeover });
  for (const size of [255, 256]) protocol.send("x".repeat(size));
  assertEquals(parseFrames(protocol.takeOutput()).map((frame) => frame.rsv1), [false, true]);
});

testRoles("Protocol.send() compresses nothing that was not agreed on", (role) => {
  const [protocol] = start(role, { compressThreshold: 0 });
  protocol.send(text);
  assertEquals(parseFrames(protocol.takeOutput())[0]?.rsv1, false);
});

testRoles("hostile 84: Protocol.send() leaves a message uncompressed when told", (role) => {
  const [protocol] = start(role, { deflate: takeover });
  protocol.send(text, false);
  protocol.send(utf8(text), false);
  for (const frame of parseFrames(protocol.takeOutput())) {
    assertEquals([frame.rsv1, frame.payload], [false, utf8(text)]);
  }
});

testRoles("Protocol with context takeover refers to earlier messages", (role) => {
  const sizes = [takeover, noTakeover].map((deflate) => {
    const [protocol] = start(role, { deflate });
    const noise = Array.from({ length: 300 }, random(7)).join();
    protocol.send(noise);
    protocol.send(noise);
    const [first, second] = parseFrames(protocol.takeOutput());
    return second!.payload.length / first!.payload.length;
  });
  assert(sizes[0]! < 0.1, "with takeover the second is short");
  assertEquals(sizes[1], 1);
});

testRoles("Protocol reads what the other end sends, at every parameter", (role) => {
  const parameters = fc.record({
    serverNoContextTakeover: fc.boolean(),
    clientNoContextTakeover: fc.boolean(),
    serverMaxWindowBits: fc.integer({ min: 8, max: 15 }),
    clientMaxWindowBits: fc.integer({ min: 8, max: 15 }),
  });
  const message = fc.record({
    data: fc.oneof(
      fc.string({ unit: "binary", maxLength: 400, size: "max" }),
      fc.uint8Array({ maxLength: 600, size: "max" }),
    ),
    times: fc.integer({ min: 1, max: 20 }),
    compress: fc.boolean(),
  });
  const messages = fc.array(message, { maxLength: 8, size: "max" });
  fc.assert(fc.property(parameters, messages, fc.nat(), (deflate, messages, seed) => {
    const options = { deflate, compressThreshold: 1 };
    const [sender] = start(peerOf(role), options);
    const [receiver, notes] = start(role, options);
    const expected = messages.map(({ data, times, compress }) => {
      const repeated = typeof data === "string"
        ? data.repeat(times)
        : concat(new Array(times).fill(data));
      sender.send(repeated, compress);
      return repeated;
    });
    const bytes = sender.takeOutput();
    const next = random(seed);
    for (let at = 0; at < bytes.length;) {
      const size = 1 + Math.floor(next() * 500);
      receiver.receive(bytes.slice(at, at + size));
      at += size;
    }
    assertEquals(notes.messages, expected);
    assertEquals(notes.closes, []);
  }));
});

testRoles("hostile 81: Protocol reads the examples of RFC 7692 §7.2.3", (role) => {
  const hello = ["message", "Hello"] as const;
  const frame = (payload: string, rsv1 = true) =>
    frameTo(role, { opcode: Opcode.Text, payload: hex(payload), rsv1 });
  const options = { deflate: takeover };
  // One block, the same again from the context, no compression, a final block, two blocks.
  for (
    const payload of [
      "f248cdc9c90700",
      "000500faff48656c6c6f00",
      "f348cdc9c9070000",
      "f248050000 00ffffcac9c90700",
    ]
  ) {
    assertNotes(role, frame(payload), [hello], options);
  }
  const twice = concat([frame("f248cdc9c90700"), frame("f200110000")]);
  assertNotes(role, twice, [hello, hello], options);
  const fragments = concat([
    frameTo(role, { opcode: Opcode.Text, payload: hex("f248cd"), rsv1: true, fin: false }),
    frameTo(role, { opcode: Opcode.Ping, payload: none }),
    frameTo(role, { opcode: Opcode.Continuation, payload: hex("c9c90700") }),
  ]);
  assertNotes(role, fragments, [["ping", none], hello], options);
});

testRoles("hostile 81: Protocol reads empty compressed messages", (role) => {
  for (const payload of ["00", "0200", "030000"]) {
    const bytes = frameTo(role, { opcode: Opcode.Text, payload: hex(payload), rsv1: true });
    assertNotes(role, bytes, [["message", ""]], { deflate: noTakeover });
  }
});

testRoles("hostile 45: Protocol refuses RSV1 on control frames and continuations", (role) => {
  const reason = "RSV1 is set on a frame that starts no message";
  for (const opcode of [Opcode.Ping, Opcode.Pong, Opcode.Close, Opcode.Continuation]) {
    const bytes = frameTo(role, { opcode, payload: none, rsv1: true });
    assertFails(role, bytes, { code: 1002, reason }, { deflate: takeover });
  }
  const inside = concat([
    frameTo(role, { opcode: Opcode.Text, payload: hex("f248cd"), rsv1: true, fin: false }),
    frameTo(role, { opcode: Opcode.Continuation, payload: hex("c9c90700"), rsv1: true }),
  ]);
  assertFails(role, inside, { code: 1002, reason }, { deflate: takeover });
});

testRoles("Protocol takes uncompressed messages where compression was agreed on", (role) => {
  const bytes = concat([messageTo(role, "plain"), compressedTo(role, utf8(text))]);
  assertNotes(role, bytes, [["message", "plain"], ["message", text]], { deflate: noTakeover });
});

testRoles("hostile 60: Protocol refuses compressed text that is not UTF-8", (role) => {
  const bytes = compressedTo(role, hex("cebaf490"));
  assertFails(role, bytes, { code: 1007, reason: "Text is not valid UTF-8" }, {
    deflate: noTakeover,
  });
});

testRoles("hostile 78: Protocol stops a bomb at its limit", (role) => {
  const bomb = compressedTo(role, new Uint8Array(64 * 1024 * 1024), Opcode.Binary);
  assert(bomb.length < 70_000);
  const [protocol, notes] = start(role, { deflate: noTakeover });
  protocol.receive(bomb);
  const reason = "Message is larger than 1048576 bytes";
  assertEquals(notes.all, [["closed", { code: 1009, reason, wasClean: false }]]);
  assertEquals(protocol.heldBytes, 0);
});

testRoles("hostile 78: Protocol counts inflated bytes exactly", (role) => {
  const options = { deflate: noTakeover, maxMessageSize: 20_000 };
  const at = new Uint8Array(20_000);
  assertNotes(role, compressedTo(role, at, Opcode.Binary), [["message", at]], options);
  const over = compressedTo(role, new Uint8Array(20_001), Opcode.Binary);
  assertFails(role, over, { code: 1009, reason: "Message is larger than 20000 bytes" }, options);
});

testRoles("hostile 79: Protocol stops a bomb spread over fragments", (role) => {
  const deflater = new Deflater({ windowBits: 15, noContextTakeover: true });
  const bomb = deflater.compress(new Uint8Array(2_000_000)).slice();
  const bytes = inFragments(role, bomb, 100);
  const [protocol, notes] = start(role, { deflate: noTakeover });
  protocol.receive(bytes);
  assertEquals(notes.closes.map((close) => close.code), [1009]);
});

testRoles("hostile 79: Protocol stops a bomb that refers to earlier messages", (role) => {
  const options = { deflate: takeover, maxMessageSize: 100_000 };
  const [sender] = start(peerOf(role), options);
  const noise = Uint8Array.from({ length: 30_000 }, ((next) => () => 256 * next())(random(3)));
  const [receiver, notes] = start(role, options);
  sender.send(noise);
  sender.send(concat([noise, noise, noise]));
  sender.send(concat([noise, noise, noise, noise]));
  const bytes = sender.takeOutput();
  assert(bytes.length < 40_000);
  receiver.receive(bytes);
  assertEquals(notes.messages.length, 2);
  assertEquals(notes.closes.map((close) => close.code), [1009]);
});

testRoles("hostile 80: Protocol refuses corrupt compressed data", (role) => {
  for (const payload of ["", "ff", "07", "f248cdc9c907", "000500faff4865", "0001000000"]) {
    const bytes = frameTo(role, { opcode: Opcode.Text, payload: hex(payload), rsv1: true });
    const [protocol, notes] = start(role, { deflate: takeover });
    protocol.receive(bytes);
    assertEquals(notes.closes.map((close) => close.code), [1007], payload);
    assertEquals([protocol.heldBytes, protocol.state], [0, "closed"]);
  }
});

testRoles("Protocol.heldBytes counts the window while a message is inflated", (role) => {
  const [protocol] = start(role, { deflate: takeover });
  const payload = hex("f248cd");
  protocol.receive(frameTo(role, { opcode: Opcode.Text, payload, rsv1: true, fin: false }));
  assert(protocol.heldBytes > 32_768);
});

// ----- Shared frames -----

Deno.test("Protocol.sharedFrame() is one compressed frame for connections without takeover", () => {
  const message = new Prepared(text);
  const [first] = start("server", { deflate: noTakeover });
  const [second] = start("server", { deflate: noTakeover });
  const [narrow] = start("server", { deflate: { ...noTakeover, serverMaxWindowBits: 9 } });
  const [plain] = start("server");
  const frame = first.sharedFrame(message)!;
  assertStrictEquals(second.sharedFrame(message), frame);
  assert(narrow.sharedFrame(message) !== frame);
  assertEquals(parseFrames(frame)[0]?.rsv1, true);
  assertEquals(parseFrames(plain.sharedFrame(message)!)[0]?.rsv1, false);
});

Deno.test("Protocol.sharedFrame() is uncompressed below the threshold", () => {
  const [protocol] = start("server", { deflate: noTakeover, compressThreshold: 6 });
  assertEquals(parseFrames(protocol.sharedFrame(new Prepared("short"))!)[0]?.rsv1, false);
  assertEquals(parseFrames(protocol.sharedFrame(new Prepared("longer"))!)[0]?.rsv1, true);
});

Deno.test("Protocol.sharedFrame() is none with takeover, where the context differs", () => {
  const [protocol] = start("server", { deflate: takeover });
  assertEquals(protocol.sharedFrame(new Prepared(text)), undefined);
  assert(protocol.sharedFrame(new Prepared("short")) !== undefined);
});

Deno.test("Protocol.sendEncoded() of shared frames is read by every client", () => {
  const message = new Prepared(text);
  for (const deflate of [undefined, noTakeover, { ...noTakeover, serverMaxWindowBits: 9 }]) {
    const [server] = start("server", { deflate });
    const [client, notes] = start("client", { deflate });
    assert(server.sendEncoded(server.sharedFrame(message)!));
    assert(server.send("own"));
    assert(server.sendEncoded(server.sharedFrame(message)!));
    client.receive(server.takeOutput());
    assertEquals(notes.messages, [text, "own", text]);
  }
});
