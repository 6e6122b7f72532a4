/** Cutting bytes into frames: every split, the fast path against the general one, pausing. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { Deflater, Inflater } from "../../protocol/deflate.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { Role } from "../../protocol/frame.ts";
import type { MessageLimits } from "../../protocol/message.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { FrameReader, type FrameSink } from "../../protocol/reader.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { frameTo, messageTo } from "../support/frames.ts";
import { testRoles } from "../support/roles.ts";
import { forEachSplit, hex } from "../support/splits.ts";
import { countWork } from "../support/work.ts";

type Seen = string | Uint8Array | readonly [opcode: number, payload: Uint8Array];

class Sink {
  readonly seen: Seen[] = [];

  message(data: string | Uint8Array): void {
    this.seen.push(data);
  }

  control(opcode: number, payload: Uint8Array): void {
    this.seen.push([opcode, payload.slice()]);
  }
}

const limits: MessageLimits = { maxMessageSize: 1_048_576, maxFragments: 16_384 };

/** The reader of one end. */
function makeReader(
  role: Role,
  sink: Pick<FrameSink<void>, "message" | "control">,
  inflater?: Inflater,
): FrameReader<void> {
  return new FrameReader(
    role === "server" ? "client" : "server",
    limits,
    inflater,
    {
      message: (data) => sink.message(data),
      control: (opcode, payload) => sink.control(opcode, payload),
      worked: () => 1000,
    },
    undefined,
  );
}

const fragmented = (role: Role): Uint8Array[] => [
  frameTo(role, { opcode: Opcode.Text, payload: hex("e2"), fin: false }),
  frameTo(role, { opcode: Opcode.Ping, payload: utf8("in between") }),
  frameTo(role, { opcode: Opcode.Continuation, payload: hex("82"), fin: false }),
  frameTo(role, { opcode: Opcode.Continuation, payload: new Uint8Array(0), fin: false }),
  frameTo(role, { opcode: Opcode.Pong, payload: new Uint8Array(0) }),
  frameTo(role, { opcode: Opcode.Continuation, payload: hex("ac") }),
];

testRoles("FrameReader reads messages and control frames at every split", (role) => {
  const long = "ü".repeat(150);
  const bytes = concat([
    messageTo(role, ""),
    messageTo(role, "ascii"),
    messageTo(role, long),
    messageTo(role, Uint8Array.of(0, 255)),
    messageTo(role, new Uint8Array(300).fill(0x80)),
    ...fragmented(role),
    frameTo(role, { opcode: Opcode.Close, payload: new Uint8Array(125) }),
    messageTo(role, "x".repeat(126)),
  ]);
  forEachSplit(bytes, (chunks, how) => {
    const sink = new Sink();
    const reader = makeReader(role, sink);
    for (const chunk of chunks) reader.receive(chunk);
    const expected: Seen[] = [
      "",
      "ascii",
      long,
      Uint8Array.of(0, 255),
      new Uint8Array(300).fill(0x80),
      [Opcode.Ping, utf8("in between")],
      [Opcode.Pong, new Uint8Array(0)],
      "€",
      [Opcode.Close, new Uint8Array(125)],
      "x".repeat(126),
    ];
    assertEquals(sink.seen, expected, how);
    assert(!reader.unfinished);
  });
});

testRoles("FrameReader.unfinished is true inside headers, payloads and messages", (role) => {
  const bytes = concat([...fragmented(role), messageTo(role, "end")]);
  const whole = bytes.length - messageTo(role, "end").length;
  const sink = new Sink();
  const reader = makeReader(role, sink);
  for (let i = 0; i < bytes.length; i++) {
    assertEquals(reader.unfinished, i !== 0 && i !== whole, `${i}`);
    reader.receive(bytes.slice(i, i + 1));
  }
  assert(!reader.unfinished);
});

testRoles("FrameReader.heldBytes counts an unfinished message only", (role) => {
  const reader = makeReader(role, new Sink());
  reader.receive(messageTo(role, "whole"));
  assertEquals(reader.heldBytes, 0);
  const payload = new Uint8Array(1000);
  reader.receive(frameTo(role, { opcode: Opcode.Binary, payload, fin: false }));
  assert(reader.heldBytes >= 1000);
  reader.receive(frameTo(role, { opcode: Opcode.Continuation, payload: new Uint8Array(0) }));
  assertEquals(reader.heldBytes, 0);
});

testRoles("hostile 97: FrameReader gives messages memory of their own", (role) => {
  const chunk = concat([messageTo(role, Uint8Array.of(1, 2)), messageTo(role, "text")]);
  for (const bytes of [chunk.slice(), Buffer.from(chunk)]) {
    const sink = new Sink();
    makeReader(role, sink).receive(bytes);
    bytes.fill(0);
    const [message] = sink.seen;
    assertEquals(message, Uint8Array.of(1, 2));
    assertEquals((message as Uint8Array).buffer.byteLength, 2);
  }
});

testRoles("FrameReader throws what a header breaks, before its payload", (role) => {
  const frame = frameTo(role, { opcode: Opcode.Ping, payload: new Uint8Array(126) });
  const header = frame.subarray(0, frame.length - 126);
  const reader = makeReader(role, new Sink());
  assertThrows(() => reader.receive(header), ProtocolError, "longer than 125");
});

testRoles("FrameReader refuses text that is not UTF-8, whole or in parts", (role) => {
  for (const padding of [0, 200]) {
    const payload = concat([utf8("é".repeat(padding)), hex("c3 28")]);
    forEachSplit(frameTo(role, { opcode: Opcode.Text, payload }), (chunks, how) => {
      const reader = makeReader(role, new Sink());
      const run = () => {
        for (const chunk of chunks) reader.receive(chunk);
      };
      assertThrows(run, ProtocolError, "UTF-8", how);
    });
  }
});

testRoles("FrameReader takes RSV1 when it has an inflater", (role) => {
  const options = { windowBits: 15, noContextTakeover: true };
  const payload = new Deflater(options).compress(utf8("h€llo h€llo h€llo")).slice();
  const frame = frameTo(role, { opcode: Opcode.Text, payload, rsv1: true });
  forEachSplit(frame, (chunks, how) => {
    const sink = new Sink();
    const reader = makeReader(role, sink, new Inflater(options));
    for (const chunk of chunks) reader.receive(chunk);
    assertEquals(sink.seen, ["h€llo h€llo h€llo"], how);
  });
  assertThrows(() => makeReader(role, new Sink()).receive(frame), ProtocolError, "RSV1");
});

testRoles("FrameReader.pause() stops before the next frame, resume() goes on", (role) => {
  const sink = new Sink();
  const reader = makeReader(role, {
    message(data) {
      sink.message(data);
      reader.pause();
    },
    control: (opcode, payload) => sink.control(opcode, payload),
  });
  reader.receive(concat([
    messageTo(role, "one"),
    frameTo(role, { opcode: Opcode.Ping, payload: new Uint8Array(0) }),
    messageTo(role, "two"),
    messageTo(role, "three").subarray(0, 4),
  ]));
  assertEquals(sink.seen, ["one"]);
  assert(reader.paused);
  reader.resume();
  assertEquals(sink.seen, ["one", [Opcode.Ping, new Uint8Array(0)], "two"]);
  assert(reader.paused);
  reader.resume();
  assert(!reader.paused);
  reader.receive(messageTo(role, "three").subarray(4));
  assertEquals(sink.seen.at(-1), "three");
});

testRoles("FrameReader.resume() reads nothing twice", (role) => {
  const bytes = concat([messageTo(role, "x".repeat(200)), messageTo(role, "end")]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const sink = new Sink();
    const reader = makeReader(role, sink);
    const first = bytes.slice(0, cut);
    reader.receive(first);
    first.fill(0x5a);
    reader.resume();
    reader.pause();
    reader.resume();
    reader.receive(bytes.slice(cut));
    assertEquals(sink.seen, ["x".repeat(200), "end"], `cut at ${cut}`);
  }
});

testRoles("FrameReader.pause() before a chunk keeps the chunk for resume()", (role) => {
  const sink = new Sink();
  const reader = makeReader(role, sink);
  reader.pause();
  reader.receive(messageTo(role, "later"));
  assertEquals(sink.seen, []);
  reader.resume();
  assertEquals(sink.seen, ["later"]);
});

testRoles("FrameReader.resume() in a handler lets the handler end first", (role) => {
  const steps: string[] = [];
  const reader = makeReader(role, {
    message(data) {
      steps.push(`begin ${data}`);
      reader.pause();
      reader.resume();
      steps.push(`end ${data}`);
    },
    control() {},
  });
  reader.receive(concat([messageTo(role, "one"), messageTo(role, "two")]));
  assertEquals(steps, ["begin one", "end one", "begin two", "end two"]);
});

testRoles("FrameReader.receive() refuses a chunk while another is not read to its end", (role) => {
  const sink = new Sink();
  const reader = makeReader(role, {
    message(data) {
      sink.message(data);
      if (data === "one") assertThrows(() => reader.receive(messageTo(role, "no")), TypeError);
      reader.pause();
    },
    control() {},
  });
  reader.receive(concat([messageTo(role, "one"), messageTo(role, "two")]));
  assertThrows(() => reader.receive(messageTo(role, "no")), TypeError);
  reader.resume();
  assertEquals(sink.seen, ["one", "two"]);
});

testRoles("FrameReader goes on behind a message whose handler threw", (role) => {
  const sink = new Sink();
  const reader = makeReader(role, {
    message(data) {
      if (data === "bad") throw new RangeError("From the handler");
      sink.message(data);
    },
    control() {},
  });
  const bytes = concat(["one", "bad", "two"].map((text) => messageTo(role, text)));
  assertThrows(() => reader.receive(bytes), RangeError, "From the handler");
  reader.resume();
  assertEquals(sink.seen, ["one", "two"]);
});

testRoles("FrameReader.stop() ignores all that follows, from within a handler too", (role) => {
  const sink = new Sink();
  const reader = makeReader(role, {
    message(data) {
      sink.message(data);
      reader.stop();
    },
    control() {},
  });
  reader.receive(concat([messageTo(role, "one"), messageTo(role, "two")]));
  reader.receive(messageTo(role, "three"));
  reader.receive(messageTo(role, "four"));
  reader.resume();
  assertEquals(sink.seen, ["one"]);
});

testRoles("FrameReader.stop() forgets what was unfinished", (role) => {
  const bytes = concat(fragmented(role));
  for (let cut = 1; cut < bytes.length; cut++) {
    const reader = makeReader(role, new Sink());
    reader.receive(bytes.slice(0, cut));
    reader.stop();
    assertEquals([reader.unfinished, reader.heldBytes], [false, 0]);
  }
});

testRoles("hostile 54: FrameReader copies each byte a few times at the most", (role) => {
  const size = 100_000;
  for (const data of ["ü".repeat(size / 2), new Uint8Array(size)]) {
    const bytes = messageTo(role, data);
    const sink = new Sink();
    const reader = makeReader(role, sink);
    const work = countWork(() => {
      for (let i = 0; i < bytes.length; i++) reader.receive(bytes.subarray(i, i + 1));
    });
    assertStrictEquals(sink.seen.length, 1);
    assert(work.copied < 3 * size, `${work.copied} bytes copied`);
    assert(work.checked <= size, `${work.checked} bytes checked`);
  }
});

testRoles("hostile 53: FrameReader copies a message that arrives whole once", (role) => {
  const data = new Uint8Array(100_000);
  const bytes = messageTo(role, data);
  const work = countWork(() => makeReader(role, new Sink()).receive(bytes));
  assertEquals(work, { copied: data.length, checked: 0 });
});
