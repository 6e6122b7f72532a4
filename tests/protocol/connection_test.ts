/** Protocol: reading and sending, for both roles. Its ends are in the files beside this one. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Protocol } from "../../protocol/connection.ts";
import type { ProtocolOptions } from "../../protocol/connection_options.ts";
import type { Role } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { Prepared } from "../../protocol/prepared.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { frameTo, messageTo, parseFrames } from "../support/frames.ts";
import { assertNotes, type Note, Notes, start } from "../support/protocol.ts";
import { testRoles } from "../support/roles.ts";
import { random } from "../support/splits.ts";

const none = new Uint8Array(0);

// ----- Reading -----

testRoles("Protocol.receive() tells messages, pings and pongs at every split", (role) => {
  const bytes = concat([
    messageTo(role, "héllo"),
    frameTo(role, { opcode: Opcode.Ping, payload: utf8("p") }),
    messageTo(role, Uint8Array.of(1, 2)),
    frameTo(role, { opcode: Opcode.Pong, payload: none }),
  ]);
  assertNotes(role, bytes, [
    ["message", "héllo"],
    ["ping", utf8("p")],
    ["message", Uint8Array.of(1, 2)],
    ["pong", none],
  ]);
});

testRoles("Protocol.receive() takes a handler without ping and pong", (role) => {
  const messages: unknown[] = [];
  const handler = { message: (data: unknown) => messages.push(data), closed() {} };
  const protocol = new Protocol(role, {}, handler);
  protocol.receive(frameTo(role, { opcode: Opcode.Ping, payload: utf8("p") }));
  protocol.receive(frameTo(role, { opcode: Opcode.Pong, payload: utf8("p") }));
  protocol.receive(messageTo(role, "after"));
  assertEquals(messages, ["after"]);
  assertEquals(parseFrames(protocol.takeOutput()).map((frame) => frame.opcode), [Opcode.Pong]);
});

testRoles("hostile 52: Protocol answers control frames between fragments at once", (role) => {
  const [protocol, notes] = start(role);
  protocol.receive(frameTo(role, { opcode: Opcode.Text, payload: utf8("a"), fin: false }));
  protocol.receive(frameTo(role, { opcode: Opcode.Ping, payload: utf8("now") }));
  const [pong] = parseFrames(protocol.takeOutput());
  assertEquals([pong?.opcode, pong?.payload], [Opcode.Pong, utf8("now")]);
  protocol.receive(frameTo(role, { opcode: Opcode.Continuation, payload: utf8("b") }));
  assertEquals(notes.all, [["ping", utf8("now")], ["message", "ab"]]);
});

/** A message or a control frame; a message is cut into fragments of these sizes. */
interface Item {
  readonly data: string | Uint8Array;
  readonly sizes: readonly number[];
  /** Control frames, each behind the fragment of its place. */
  readonly controls: readonly { readonly at: number; readonly opcode: 0x9 | 0xa }[];
}

const items: fc.Arbitrary<Item[]> = fc.array(
  fc.record({
    data: fc.oneof(
      fc.string({ unit: "binary", maxLength: 300, size: "max" }),
      fc.uint8Array({ maxLength: 400, size: "max" }),
    ),
    sizes: fc.array(fc.nat(200), { maxLength: 4, size: "max" }),
    controls: fc.array(
      fc.record({ at: fc.nat(4), opcode: fc.constantFrom<0x9 | 0xa>(Opcode.Ping, Opcode.Pong) }),
      { maxLength: 3, size: "max" },
    ),
  }),
  { maxLength: 6, size: "max" },
);

/** The bytes of the items, and what a protocol must make of them. */
function encodeItems(role: Role, items: readonly Item[]): [Uint8Array, Note[]] {
  const bytes: Uint8Array[] = [];
  const notes: Note[] = [];
  for (const { data, sizes, controls } of items) {
    const isText = typeof data === "string";
    const payload = isText ? utf8(data) : data;
    let at = 0;
    for (let i = 0; i <= sizes.length; i++) {
      const part = payload.slice(at, i === sizes.length ? undefined : at + sizes[i]!);
      at += part.length;
      const opcode = i > 0 ? Opcode.Continuation : isText ? Opcode.Text : Opcode.Binary;
      const fin = i === sizes.length;
      bytes.push(frameTo(role, { opcode, payload: part, fin }));
      if (fin) notes.push(["message", data]);
      for (const control of controls.filter((control) => control.at === i)) {
        const payload = Uint8Array.of(notes.length);
        bytes.push(frameTo(role, { opcode: control.opcode, payload }));
        notes.push([control.opcode === Opcode.Ping ? "ping" : "pong", payload]);
      }
    }
  }
  return [concat(bytes), notes];
}

/** Random cuts: most of them short, some long enough for whole messages. */
function* cut(bytes: Uint8Array, next: () => number): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(next() ** 4 * 600);
    const chunk = bytes.slice(at, at + size);
    yield chunk;
    chunk.fill(0x5a);
    at += size;
  }
}

testRoles("Protocol.receive() gives the same calls for every cut, paused or not", (role) => {
  fc.assert(
    fc.property(items, fc.nat(), fc.boolean(), (items, seed, mayPause) => {
      const [bytes, expected] = encodeItems(role, items);
      const next = random(seed);
      const notes = new Notes();
      const protocol = new Protocol(role, {}, {
        message(data) {
          notes.message(data);
          if (mayPause && next() < 0.5) protocol.pause();
        },
        ping: (data) => notes.ping(data),
        pong: (data) => notes.pong(data),
        closed: (close) => notes.closed(close),
      });
      for (const chunk of cut(bytes, next)) {
        protocol.receive(chunk);
        while (protocol.paused) {
          const before = notes.all.length;
          assertEquals(notes.all.at(-1)?.[0], "message");
          protocol.resume();
          assert(!protocol.paused || notes.all.length > before);
        }
        if (next() < 0.1) protocol.resume();
      }
      assertEquals(notes.all, expected);
      assertEquals(protocol.unfinished, false);
    }),
    { numRuns: 300 },
  );
});

testRoles("Protocol.receive() takes a Buffer without sharing its memory", (role) => {
  const [protocol, notes] = start(role);
  const buffer = Buffer.from(concat([messageTo(role, Uint8Array.of(1, 2)), utf8("")]));
  protocol.receive(buffer);
  buffer.fill(0);
  assertEquals(notes.all, [["message", Uint8Array.of(1, 2)]]);
});

testRoles("Protocol.receive() lets an error of the handler pass", (role) => {
  const protocol = new Protocol(role, {}, {
    message() {
      throw new RangeError("From the handler");
    },
    closed() {},
  });
  assertThrows(() => protocol.receive(messageTo(role, "x")), RangeError, "From the handler");
  assertEquals(protocol.state, "open");
  protocol.pause();
  protocol.receive(messageTo(role, "x"));
  assertThrows(() => protocol.resume(), RangeError, "From the handler");
});

testRoles("Protocol.resume() fails the connection as receive() does", (role) => {
  const [protocol, notes] = start(role);
  protocol.pause();
  protocol.receive(frameTo(role, { opcode: 0x3, payload: none }));
  protocol.resume();
  const reason = "Opcode 0x3 is reserved";
  assertEquals(notes.all, [["closed", { code: 1002, reason, wasClean: false }]]);
});

testRoles("Protocol.heldBytes and unfinished tell of a message that has begun", (role) => {
  const [protocol] = start(role);
  assertEquals([protocol.heldBytes, protocol.unfinished], [0, false]);
  protocol.receive(
    frameTo(role, { opcode: Opcode.Binary, payload: new Uint8Array(9), fin: false }),
  );
  assert(protocol.heldBytes >= 9);
  assert(protocol.unfinished);
  protocol.receive(frameTo(role, { opcode: Opcode.Continuation, payload: none }));
  assertEquals([protocol.heldBytes, protocol.unfinished], [0, false]);
});

Deno.test("Protocol refuses limits that are none", () => {
  const handler = new Notes();
  for (const value of [-1, NaN]) {
    const wrong: ProtocolOptions[] = [{ maxMessageSize: value }, { maxFragments: value }];
    for (const options of wrong) {
      assertThrows(() => new Protocol("server", options, handler), RangeError, `${value}`);
    }
  }
});

// ----- Sending -----

testRoles("Protocol.send() is received at the other end as it was", (role) => {
  const [sender] = start(role);
  const [receiver, notes] = start(role === "server" ? "client" : "server");
  const data = [
    "",
    "a",
    "h€llo",
    "x".repeat(70_000),
    none,
    Uint8Array.of(255),
    new Uint8Array(126),
  ];
  for (const message of data) assert(sender.send(message));
  assert(sender.outputLength > 70_000);
  receiver.receive(sender.takeOutput());
  assertEquals(notes.messages, data);
  assertEquals(sender.outputLength, 0);
});

testRoles("Protocol.send() replaces lone surrogates", (role) => {
  const [protocol] = start(role);
  protocol.send("a\ud800b");
  assertEquals(parseFrames(protocol.takeOutput())[0]?.payload, utf8("a\ufffdb"));
});

testRoles("Protocol.send() copies bytes", (role) => {
  const [protocol] = start(role);
  const data = Uint8Array.of(1, 2);
  protocol.send(data);
  data.fill(9);
  assertEquals(parseFrames(protocol.takeOutput())[0]?.payload, Uint8Array.of(1, 2));
});

testRoles("Protocol masks its frames as a client only", (role) => {
  const notes = new Notes();
  const protocol = new Protocol(role, {}, notes);
  protocol.send("text");
  protocol.ping();
  protocol.close(1000);
  const masked = parseFrames(protocol.takeOutput()).map((frame) => frame.masked);
  assertEquals(masked, new Array(3).fill(role === "client"));
});

testRoles("Protocol.ping() and pong() send control frames of up to 125 bytes", (role) => {
  const [protocol] = start(role);
  protocol.ping();
  protocol.ping(new Uint8Array(125));
  protocol.pong();
  protocol.pong(utf8("alive"));
  const frames = parseFrames(protocol.takeOutput());
  assertEquals(frames.map(({ opcode, payload }) => [opcode, payload]), [
    [Opcode.Ping, none],
    [Opcode.Ping, new Uint8Array(125)],
    [Opcode.Pong, none],
    [Opcode.Pong, utf8("alive")],
  ]);
});

testRoles("hostile 73: Protocol throws on misuse and is unharmed", (role) => {
  const [protocol, notes] = start(role);
  const wrong = [5, null, {}, [1, 2], new ArrayBuffer(2), true];
  for (const data of wrong as unknown as Uint8Array[]) {
    assertThrows(() => protocol.send(data), TypeError);
    assertThrows(() => protocol.sendEncoded(data), TypeError);
    assertThrows(() => protocol.ping(data), TypeError);
    assertThrows(() => protocol.pong(data), TypeError);
    assertThrows(() => protocol.receive(data), TypeError);
  }
  assertThrows(() => protocol.ping(new Uint8Array(126)), RangeError, "126");
  assertThrows(() => protocol.pong(new Uint8Array(126)), RangeError, "126");
  assertEquals(protocol.outputLength, 0);
  protocol.send("still fine");
  protocol.receive(messageTo(role, "here too"));
  assertEquals(parseFrames(protocol.takeOutput())[0]?.payload, utf8("still fine"));
  assertEquals(notes.all, [["message", "here too"]]);
});

Deno.test("Protocol.sharedFrame() is one frame for every server connection", () => {
  const message = new Prepared("to all");
  const [first] = start("server");
  const [second] = start("server");
  const frame = first.sharedFrame(message)!;
  assert(frame === second.sharedFrame(message));
  assert(second.sendEncoded(frame));
  assertEquals(parseFrames(second.takeOutput())[0]?.payload, utf8("to all"));
});

Deno.test("Protocol.sharedFrame() is none for a client, which masks", () => {
  const [protocol] = start("client");
  assertEquals(protocol.sharedFrame(new Prepared("x")), undefined);
});

// ----- Floods -----

testRoles("hostile 85: Protocol answers sixteen pings, and of later ones the newest", (role) => {
  const [protocol, notes] = start(role);
  for (let i = 0; i < 100; i++) {
    protocol.receive(frameTo(role, { opcode: Opcode.Ping, payload: Uint8Array.of(i) }));
  }
  assertEquals(protocol.pendingPongs, 100);
  const frames = parseFrames(protocol.takeOutput());
  assert(frames.every((frame) => frame.opcode === Opcode.Pong));
  const answered = frames.map((frame) => frame.payload[0]);
  assertEquals(answered, [...Array.from({ length: 16 }, (_, i) => i), 99]);
  assertEquals(notes.all.length, 100);
});

testRoles("hostile 85: Protocol begins to count anew when its output is taken", (role) => {
  const [protocol] = start(role);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 16; i++) {
      protocol.receive(frameTo(role, { opcode: Opcode.Ping, payload: none }));
    }
    assertEquals(parseFrames(protocol.takeOutput()).length, 16);
    assertEquals(protocol.pendingPongs, 0);
  }
  assertEquals(protocol.takeOutput(), none);
});

testRoles("hostile 85: Protocol holds a bounded output under a flood of pings", (role) => {
  const [protocol] = start(role);
  const ping = frameTo(role, { opcode: Opcode.Ping, payload: new Uint8Array(125) });
  for (let i = 0; i < 10_000; i++) protocol.receive(ping.slice());
  assert(protocol.outputLength <= 17 * (125 + 14));
});

testRoles("hostile 86: Protocol keeps and sends nothing for pongs nobody asked for", (role) => {
  const [protocol, notes] = start(role);
  const pong = frameTo(role, { opcode: Opcode.Pong, payload: new Uint8Array(125) });
  for (let i = 0; i < 10_000; i++) protocol.receive(pong.slice());
  assertEquals([protocol.outputLength, protocol.heldBytes, protocol.pendingPongs], [0, 0, 0]);
  assertEquals(notes.all.length, 10_000);
  protocol.receive(messageTo(role, "after"));
  assertEquals(notes.messages, ["after"]);
});
