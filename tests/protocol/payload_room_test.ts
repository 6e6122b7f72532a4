/** Reading long messages straight into their place gives what reading them through chunks gives. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { Role } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { frameTo } from "../support/frames.ts";
import { type Note, start } from "../support/protocol.ts";
import { testRoles } from "../support/roles.ts";
import { random } from "../support/splits.ts";

/** Feeds bytes as a driver does: into the room that is offered, else through a buffer. */
function drive(role: Role, bytes: Uint8Array, size: () => number): [Note[], direct: number] {
  const [protocol, notes] = start(role);
  let direct = 0;
  for (let at = 0; at < bytes.length;) {
    const room = protocol.payloadRoom();
    const most = Math.min(size(), room?.length ?? Infinity, bytes.length - at);
    const chunk = bytes.subarray(at, at + most);
    if (room === undefined) protocol.receive(chunk.slice());
    else {
      room.set(chunk);
      protocol.receive(room.subarray(0, most));
      direct += most;
    }
    at += most;
  }
  return [notes.all, direct];
}

testRoles("Protocol.payloadRoom() changes nothing but where bytes are read to", (role) => {
  const noise = new Uint8Array(200_000).map((_, i) => (i * 31) ^ (i >> 7));
  const text = "Grüße, 日本 \u{1F600} and plain ASCII. ".repeat(3_000);
  const bytes = concat([
    frameTo(role, { opcode: Opcode.Binary, payload: noise }),
    frameTo(role, { opcode: Opcode.Text, payload: utf8(text) }),
    frameTo(role, { opcode: Opcode.Binary, payload: noise.subarray(0, 70_000), fin: false }),
    frameTo(role, { opcode: Opcode.Ping, payload: utf8("now") }),
    frameTo(role, { opcode: Opcode.Continuation, payload: noise.subarray(70_000) }),
    frameTo(role, { opcode: Opcode.Text, payload: utf8("short") }),
  ]);
  const expected: Note[] = [
    ["message", noise],
    ["message", text],
    ["ping", utf8("now")],
    ["message", noise],
    ["message", "short"],
  ];
  for (const seed of [1, 2, 3, 4]) {
    const next = random(seed);
    const [notes, direct] = drive(role, bytes, () => 1 + Math.floor(next() * 10 ** (1 + seed)));
    assertEquals(notes, expected, `seed ${seed}`);
    assert(direct > 300_000, `only ${direct} bytes were read to their place`);
  }
});

testRoles("Protocol.payloadRoom() fails bad UTF-8 at once, read to its place", (role) => {
  const payload = utf8("x".repeat(100_000));
  payload[50_000] = 0xff;
  const [notes] = drive(
    role,
    frameTo(role, { opcode: Opcode.Text, payload }),
    () => 10_000,
  );
  assertEquals(notes, [
    ["closed", { code: 1007, reason: "Text is not valid UTF-8", wasClean: false }],
  ]);
});

testRoles("Protocol.payloadRoom() offers no room between frames, paused, or for little", (role) => {
  const [protocol] = start(role);
  assertStrictEquals(protocol.payloadRoom(), undefined);
  const frame = frameTo(role, { opcode: Opcode.Binary, payload: new Uint8Array(20_000) });
  protocol.receive(frame.slice(0, 100));
  assert(protocol.payloadRoom() !== undefined);
  protocol.pause();
  assertStrictEquals(protocol.payloadRoom(), undefined);
  protocol.resume();
  protocol.receive(frame.slice(100, 5_000));
  assertStrictEquals(protocol.payloadRoom(), undefined);
});

testRoles("hostile 48: Protocol.payloadRoom() reserves little for a header alone", (role) => {
  const [protocol] = start(role);
  protocol.receive(
    frameTo(role, { opcode: Opcode.Binary, payload: new Uint8Array(1_000_000) }).slice(0, 20),
  );
  assert(protocol.payloadRoom()!.length <= 256);
  assert(protocol.heldBytes <= 512);
});
