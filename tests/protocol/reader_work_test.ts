/** The work that a FrameReader counts, and stopping at any point. */

import { assert, assertEquals } from "@std/assert";
import { Deflater, Inflater } from "../../protocol/deflate.ts";
import type { Role } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { FrameReader } from "../../protocol/reader.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { emptyBlocks } from "../support/deflate_blocks.ts";
import { frameTo, messageTo } from "../support/frames.ts";
import { testRoles } from "../support/roles.ts";
import { forEachSplit, hex } from "../support/splits.ts";

const none = new Uint8Array(0);
const deflate = { windowBits: 15, noContextTakeover: true };

/** A reader that is stopped after each `piece` of work, until it is told to go on. */
class Stopper {
  readonly seen: (string | Uint8Array | number)[] = [];
  readonly reader: FrameReader<void>;
  /** How often work was reported. */
  calls = 0;

  constructor(role: Role, readonly piece: number) {
    const sender = role === "server" ? "client" : "server";
    const limits = { maxMessageSize: 1_048_576, maxFragments: 16_384 };
    this.reader = new FrameReader(sender, limits, new Inflater(deflate), {
      message: (data) => this.seen.push(data),
      control: (opcode, payload) => this.seen.push(opcode, payload.slice()),
      worked: () => this.#stop(),
    }, undefined);
  }

  #stop(): number {
    this.calls++;
    this.reader.pause();
    return this.piece;
  }

  /** Reads a chunk to its end, and calls `between` whenever it was stopped. */
  receive(chunk: Uint8Array, between = (): void => {}): void {
    this.reader.receive(chunk);
    while (this.reader.paused) {
      between();
      this.reader.resume();
    }
  }
}

/** All that a reader treats differently: whole, cut, fragmented, compressed, in between. */
function everything(role: Role): Uint8Array {
  const compressed = new Deflater(deflate).compress(utf8("h€llo ".repeat(2000))).slice();
  return concat([
    messageTo(role, "text"),
    frameTo(role, { opcode: Opcode.Ping, payload: utf8("ping") }),
    frameTo(role, { opcode: Opcode.Text, payload: hex("e2"), fin: false }),
    frameTo(role, { opcode: Opcode.Pong, payload: none }),
    frameTo(role, { opcode: Opcode.Continuation, payload: hex("82ac") }),
    frameTo(role, {
      opcode: Opcode.Text,
      payload: compressed.slice(0, 20),
      rsv1: true,
      fin: false,
    }),
    frameTo(role, { opcode: Opcode.Ping, payload: none }),
    frameTo(role, { opcode: Opcode.Continuation, payload: compressed.slice(20) }),
    frameTo(role, { opcode: Opcode.Binary, payload: emptyBlocks("stored", 1000), rsv1: true }),
    messageTo(role, new Uint8Array(300)),
  ]);
}

testRoles("FrameReader reads the same wherever it is stopped, beside another one", (role) => {
  const bytes = everything(role);
  const expected = new Stopper(role, 1_000_000);
  expected.receive(bytes.slice());
  assertEquals(expected.seen.length, 11);
  for (const piece of [1, 5, 40]) {
    forEachSplit(bytes, (chunks, how) => {
      const first = new Stopper(role, piece);
      const second = new Stopper(role, piece);
      const noise = messageTo(role, new Uint8Array(5));
      for (const chunk of chunks) first.receive(chunk, () => second.receive(noise.slice()));
      assertEquals(first.seen, expected.seen, `${how}, pieces of ${piece}`);
      assertEquals(second.seen.length, first.calls);
    });
  }
});

testRoles("FrameReader tells of its work when there was as much as was asked for", (role) => {
  const pings = concat(new Array(1000).fill(frameTo(role, { opcode: Opcode.Ping, payload: none })));
  const texts = concat(new Array(1000).fill(messageTo(role, "")));
  const long = messageTo(role, "x".repeat(1_000_000));
  for (const [bytes, units] of [[pings, 1000], [texts, 4000], [long, 1953]] as const) {
    const stopper = new Stopper(role, 100);
    for (let at = 0; at < bytes.length; at += 1000) stopper.receive(bytes.slice(at, at + 1000));
    const withChunks = units + 8 * bytes.length / 1000;
    assert(Math.abs(stopper.calls - withChunks / 100) < 0.3 * stopper.calls, `${stopper.calls}`);
  }
});

testRoles("hostile 126: FrameReader stops within a chunk of tiny frames", (role) => {
  for (const opcode of [Opcode.Ping, Opcode.Pong, Opcode.Text]) {
    const frame = frameTo(role, { opcode, payload: none });
    const stopper = new Stopper(role, 64);
    const most = Math.max(1, ...countsBetweenStops(stopper, concat(new Array(5000).fill(frame))));
    assert(most <= 128, `${most} frames without a stop`);
  }
});

testRoles("hostile 154: FrameReader stops within a message of empty blocks", (role) => {
  for (const kind of ["stored", "fixed", "dynamic"] as const) {
    const payload = emptyBlocks(kind, 5000);
    const bytes = frameTo(role, { opcode: Opcode.Binary, payload, rsv1: true });
    const stopper = new Stopper(role, 64);
    stopper.receive(bytes);
    assertEquals(stopper.seen, [none]);
    const bytesBetween = payload.length / stopper.calls;
    assert(bytesBetween <= 1024, `${bytesBetween} bytes inflated without a stop`);
  }
});

/** How much is seen from one stop to the next. */
function countsBetweenStops(stopper: Stopper, bytes: Uint8Array): number[] {
  const counts: number[] = [];
  let before = 0;
  stopper.receive(bytes, () => {
    counts.push(stopper.seen.length - before);
    before = stopper.seen.length;
  });
  return counts;
}
