/** Protocol: frames and messages that break a rule or a limit, for both roles. RFC 6455 §5. */

import { assert, assertEquals } from "@std/assert";
import { encodeFrame, type Role } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { closeTo, frameTo, messageTo, parseFrames, testKey } from "../support/frames.ts";
import { assertFails, assertNotes, start } from "../support/protocol.ts";
import { testRoles } from "../support/roles.ts";
import { hex } from "../support/splits.ts";
import { countWork } from "../support/work.ts";

const none = new Uint8Array(0);
const controls = [Opcode.Close, Opcode.Ping, Opcode.Pong];

/** A header's bytes as `role` receives them, with a masking key when the peer is the client. */
function headerTo(role: Role, first: number, length: string): Uint8Array<ArrayBuffer> {
  const bytes = concat([
    Uint8Array.of(first),
    hex(length),
    role === "server" ? hex("01020304") : none,
  ]);
  if (role === "server") bytes[1]! |= 0x80;
  return bytes;
}

function fragment(role: Role, opcode: Opcode, payload: Uint8Array, fin = false): Uint8Array {
  return frameTo(role, { opcode, payload, fin });
}

Deno.test("hostile 40: Protocol refuses a frame without a mask (server)", () => {
  for (const opcode of [Opcode.Text, Opcode.Binary, ...controls]) {
    const bytes = encodeFrame({ opcode, payload: none });
    assertFails("server", bytes, { code: 1002, reason: "Frame is not masked" });
  }
});

Deno.test("hostile 40: Protocol refuses a frame with a mask (client)", () => {
  for (const opcode of [Opcode.Text, Opcode.Binary, ...controls]) {
    const bytes = encodeFrame({ opcode, payload: none, maskingKey: testKey });
    assertFails("client", bytes, { code: 1002, reason: "Frame is masked" });
  }
});

testRoles("hostile 41: Protocol refuses reserved bits", (role) => {
  for (const opcode of [Opcode.Text, Opcode.Binary, Opcode.Ping, Opcode.Close]) {
    const reason = "RSV1 is set without an extension";
    assertFails(role, headerTo(role, 0xc0 | opcode, "00"), { code: 1002, reason });
    for (const bits of [0x20, 0x10, 0x30, 0x70]) {
      const bytes = headerTo(role, 0x80 | bits | opcode, "00");
      assertFails(role, bytes, { code: 1002, reason: "RSV2 or RSV3 is set" });
    }
  }
});

testRoles("hostile 42: Protocol refuses reserved opcodes", (role) => {
  for (const opcode of [0x3, 0x4, 0x5, 0x6, 0x7, 0xb, 0xc, 0xd, 0xe, 0xf]) {
    const bytes = concat([messageTo(role, "before"), headerTo(role, 0x80 | opcode, "00")]);
    assertFails(role, bytes, {
      code: 1002,
      reason: `Opcode 0x${opcode.toString(16)} is reserved`,
      after: [["message", "before"]],
    });
  }
});

testRoles("hostile 43: Protocol refuses control frames over 125 bytes by their header", (role) => {
  for (const opcode of controls) {
    for (const length of ["7e007e", "7effff", "7f0000000000010000"]) {
      const reason = "Control frame is longer than 125 bytes";
      assertFails(role, headerTo(role, 0x80 | opcode, length), { code: 1002, reason });
    }
  }
});

testRoles("hostile 44: Protocol refuses fragmented control frames", (role) => {
  for (const opcode of controls) {
    const reason = "Control frame is fragmented";
    assertFails(role, headerTo(role, opcode, "00"), { code: 1002, reason });
  }
});

testRoles("hostile 46: Protocol refuses a length that is not in shortest form", (role) => {
  for (const length of ["7e0002", "7e007d", "7f0000000000000002", "7f000000000000ffff"]) {
    const reason = "Length is not in shortest form";
    assertFails(role, headerTo(role, 0x82, length), { code: 1002, reason });
  }
});

testRoles("hostile 47: Protocol refuses a length with its top bit set", (role) => {
  for (const length of ["7f8000000000000000", "7fffffffffffffffff"]) {
    const reason = "Length has its top bit set";
    assertFails(role, headerTo(role, 0x82, length), { code: 1002, reason });
  }
});

testRoles("hostile 48: Protocol refuses a length over its limit by the header alone", (role) => {
  for (const length of ["7f0000000000100001", "7f0020000000000001", "7f7fffffffffffffff"]) {
    const reason = "Message is larger than 1048576 bytes";
    assertFails(role, headerTo(role, 0x82, length), { code: 1009, reason });
  }
});

testRoles("hostile 48: Protocol reserves nothing for bytes that have not arrived", (role) => {
  const [protocol] = start(role);
  protocol.receive(headerTo(role, 0x82, "7f0000000000100000"));
  assert(protocol.unfinished);
  assert(protocol.heldBytes <= 128, `${protocol.heldBytes}`);
  protocol.receive(new Uint8Array(1000));
  assert(protocol.heldBytes <= 128 + 4000, `${protocol.heldBytes}`);
});

testRoles("hostile 49: Protocol takes a message of its limit, and none of a byte more", (role) => {
  const options = { maxMessageSize: 300 };
  const reason = "Message is larger than 300 bytes";
  const at = new Uint8Array(300);
  assertNotes(role, messageTo(role, at), [["message", at]], options);
  assertFails(role, messageTo(role, new Uint8Array(301)), { code: 1009, reason }, options);
  assertFails(role, messageTo(role, "é".repeat(150) + "x"), { code: 1009, reason }, options);
});

testRoles("hostile 49: Protocol counts the sum over fragments", (role) => {
  const options = { maxMessageSize: 300 };
  const first = fragment(role, Opcode.Binary, new Uint8Array(200));
  const rest = (size: number) => fragment(role, Opcode.Continuation, new Uint8Array(size), true);
  assertNotes(role, concat([first, rest(100)]), [["message", new Uint8Array(300)]], options);
  const reason = "Message is larger than 300 bytes";
  assertFails(role, concat([first, rest(101)]), { code: 1009, reason }, options);
});

testRoles("hostile 49: Protocol with a limit of 0 takes empty messages only", (role) => {
  const options = { maxMessageSize: 0 };
  assertNotes(role, messageTo(role, ""), [["message", ""]], options);
  const reason = "Message is larger than 0 bytes";
  assertFails(role, messageTo(role, "x"), { code: 1009, reason }, options);
});

testRoles("hostile 50: Protocol refuses a continuation without a start", (role) => {
  for (const fin of [true, false]) {
    const bytes = fragment(role, Opcode.Continuation, utf8("x"), fin);
    assertFails(role, bytes, { code: 1002, reason: "Continuation frame without a message" });
  }
});

testRoles("hostile 51: Protocol refuses a message inside an unfinished one", (role) => {
  for (const opcode of [Opcode.Text, Opcode.Binary]) {
    const bytes = concat([
      fragment(role, Opcode.Text, utf8("a")),
      frameTo(role, { opcode: Opcode.Ping, payload: none }),
      fragment(role, opcode, utf8("b"), true),
    ]);
    const reason = "New message inside an unfinished one";
    assertFails(role, bytes, { code: 1002, reason, after: [["ping", none]] });
  }
});

testRoles("hostile 53: Protocol reads a long sequence alike at every split", (role) => {
  const bytes = concat([
    fragment(role, Opcode.Text, utf8("κόσ").subarray(0, 3)),
    frameTo(role, { opcode: Opcode.Ping, payload: new Uint8Array(125) }),
    fragment(role, Opcode.Continuation, utf8("κόσ").subarray(3)),
    fragment(role, Opcode.Continuation, utf8("με"), true),
    messageTo(role, new Uint8Array(126)),
    messageTo(role, "ü".repeat(200)),
    closeTo(role, 1000, "fin"),
  ]);
  assertNotes(role, bytes, [
    ["ping", new Uint8Array(125)],
    ["message", "κόσμε"],
    ["message", new Uint8Array(126)],
    ["message", "ü".repeat(200)],
    ["closed", { code: 1000, reason: "fin", wasClean: true }],
  ]);
});

testRoles("hostile 54: Protocol does linear work for a message in chunks of a byte", (role) => {
  const costs = [16, 64].map((kibibytes) => {
    const size = kibibytes * 1024;
    const bytes = messageTo(role, "ü".repeat(size / 2));
    const [protocol, notes] = start(role);
    const { copied, checked } = countWork(() => {
      for (let i = 0; i < bytes.length; i++) protocol.receive(bytes.subarray(i, i + 1));
    });
    assertEquals(notes.messages.length, 1);
    return (copied + checked) / size;
  });
  for (const cost of costs) assert(cost < 4, `each byte was touched ${cost} times`);
});

testRoles("hostile 55: Protocol refuses endless fragments, and holds little until then", (role) => {
  const [protocol, notes] = start(role);
  protocol.receive(fragment(role, Opcode.Binary, Uint8Array.of(1)));
  for (let i = 2; i <= 100_000 && protocol.state === "open"; i++) {
    protocol.receive(fragment(role, Opcode.Continuation, Uint8Array.of(i)));
    assertEquals(protocol.state === "open", i <= 16_384, `${i}`);
    assert(protocol.heldBytes <= 16_384 * 128 + 65_536);
  }
  const reason = "Message has too many fragments";
  assertEquals(notes.all, [["closed", { code: 1008, reason, wasClean: false }]]);
});

testRoles("hostile 55: Protocol takes maxFragments, and none more", (role) => {
  const options = { maxFragments: 3 };
  const start = fragment(role, Opcode.Text, utf8("a"));
  const next = fragment(role, Opcode.Continuation, utf8("b"));
  const last = fragment(role, Opcode.Continuation, utf8("c"), true);
  assertNotes(role, concat([start, next, last, start, last]), [
    ["message", "abc"],
    ["message", "ac"],
  ], options);
  const reason = "Message has too many fragments";
  assertFails(role, concat([start, next, next, last]), { code: 1008, reason }, options);
});

testRoles("hostile 56: Protocol counts empty fragments", (role) => {
  const empty = fragment(role, Opcode.Continuation, none);
  const bytes = concat([fragment(role, Opcode.Text, none), ...new Array(5).fill(empty)]);
  const reason = "Message has too many fragments";
  assertFails(role, bytes, { code: 1008, reason }, { maxFragments: 5 });
});

testRoles("hostile 58: Protocol refuses an unfinished message at its limit", (role) => {
  const [protocol, notes] = start(role);
  const part = new Uint8Array(262_144);
  protocol.receive(fragment(role, Opcode.Binary, part));
  for (let i = 1; i < 300; i++) {
    protocol.receive(fragment(role, Opcode.Continuation, part));
    assertEquals(protocol.state === "open", i < 4, `${i}`);
    assert(protocol.heldBytes <= 1_048_576 + 4 * 128);
  }
  const reason = "Message is larger than 1048576 bytes";
  assertEquals(notes.all, [["closed", { code: 1009, reason, wasClean: false }]]);
});

const notUtf8 = [
  ...["80", "bf", "c0af", "c1bf", "e080af", "f08080af", "f8808080af", "fc80808080af"],
  ...["c080", "e08080", "f0808080", "eda080", "edbfbf", "eda080edb080", "f4908080", "fe", "ff"],
  ...["c2", "e282", "f09f98", "cebae1bdb9cf83cebcceb5eda080656469746564"],
];

testRoles("hostile 60: Protocol refuses text that is not UTF-8", (role) => {
  for (const before of ["", "x".repeat(130), "ü".repeat(70)]) {
    for (const digits of notUtf8) {
      const payload = concat([utf8(before), hex(digits)]);
      const reason = "Text is not valid UTF-8";
      assertFails(role, fragment(role, Opcode.Text, payload, true), { code: 1007, reason });
    }
  }
});

testRoles("hostile 60: Protocol fails on the first impossible byte inside a frame", (role) => {
  // The text of Autobahn 6.4.3 and 6.4.4: U+110000, in the middle of a frame that goes on.
  const payload = hex("cebae1bdb9cf83cebcceb5 f4908080 656469746564");
  const frame = fragment(role, Opcode.Text, payload, true);
  const impossible = frame.length - payload.length + 12;
  const [protocol, notes] = start(role);
  for (let i = 0; i < frame.length; i++) {
    protocol.receive(frame.slice(i, i + 1));
    assertEquals(protocol.state, i < impossible ? "open" : "closed", `byte ${i}`);
  }
  assertEquals(notes.closes.map((close) => close.code), [1007]);
  assertEquals(parseFrames(protocol.takeOutput()).map((frame) => frame.opcode), [Opcode.Close]);
});

testRoles(
  "hostile 60: Protocol fails on an impossible byte in a fragment that is not last",
  (role) => {
    const [protocol, notes] = start(role);
    protocol.receive(fragment(role, Opcode.Text, hex("cebae1bdb9cf83cebcceb5f4")));
    assertEquals(protocol.state, "open");
    protocol.receive(fragment(role, Opcode.Continuation, hex("90")));
    assertEquals(notes.closes.map((close) => close.code), [1007]);
  },
);

testRoles(
  "hostile 61: Protocol joins a code point over fragments, and refuses half of one",
  (role) => {
    const bytes = utf8("\u{1f600}");
    for (let cut = 0; cut <= 4; cut++) {
      const first = fragment(role, Opcode.Text, bytes.subarray(0, cut));
      const rest = fragment(role, Opcode.Continuation, bytes.subarray(cut), true);
      assertNotes(role, concat([first, rest]), [["message", "\u{1f600}"]]);
      if (cut === 0 || cut === 4) continue;
      const end = fragment(role, Opcode.Continuation, none, true);
      const reason = "Text is not valid UTF-8";
      assertFails(role, concat([first, end]), { code: 1007, reason });
    }
  },
);

testRoles("hostile 62: Protocol keeps a byte order mark, NUL and noncharacters", (role) => {
  const texts = ["\ufeff", "\ufeffa\ufeff", "a\0b", "\uffff\ufffe", "\u{10ffff}", "\ufffd"];
  assertNotes(
    role,
    concat(texts.map((text) => messageTo(role, text))),
    texts.map((text) => ["message", text] as const),
  );
});

testRoles("hostile 63: Protocol delivers empty messages as empty", (role) => {
  const bytes = concat([
    messageTo(role, ""),
    messageTo(role, none),
    fragment(role, Opcode.Text, none),
    fragment(role, Opcode.Continuation, none, true),
    fragment(role, Opcode.Binary, none),
    fragment(role, Opcode.Continuation, none),
    fragment(role, Opcode.Continuation, none, true),
  ]);
  const expected = ["", none, "", none].map((data) => ["message", data] as const);
  assertNotes(role, bytes, expected);
});

Deno.test("hostile 64: Protocol takes a masking key of zeros, and the same key again", () => {
  const frames = ["one", "two"].map((text) =>
    encodeFrame({ opcode: Opcode.Text, payload: utf8(text), maskingKey: 0 })
  );
  assertNotes("server", concat(frames), [["message", "one"], ["message", "two"]]);
});
