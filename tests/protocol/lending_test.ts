/** Messages that are lent: the same bytes as those that are given, for as long as was promised. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Protocol } from "../../protocol/connection.ts";
import type { Role } from "../../protocol/frame.ts";
import {
  type BinaryMode,
  checkBinary,
  keepBuffer,
  Lending,
  takeBuffer,
  takeKept,
} from "../../protocol/lending.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { frameTo, messageTo } from "../support/frames.ts";
import { start } from "../support/protocol.ts";
import { testRoles } from "../support/roles.ts";
import { random } from "../support/splits.ts";

const deflate = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
};

/** A connection whose handler looks at what it is lent, and may ask for it to stay. */
class Borrower {
  readonly protocol: Protocol;
  readonly seen: (string | Uint8Array)[] = [];
  /** The messages that the handler has not returned. */
  #held: { readonly view: Uint8Array; readonly copy: Uint8Array } | undefined;
  readonly #isSlow: () => boolean;

  constructor(role: Role, isSlow: () => boolean) {
    this.#isSlow = isSlow;
    this.protocol = new Protocol(role, { binary: "lent-checked", deflate }, {
      message: (data) => this.#message(data),
      closed() {},
    });
  }

  #message(data: string | Uint8Array): void {
    const copy = typeof data === "string" ? data : data.slice();
    this.seen.push(copy);
    if (typeof data === "string" || typeof copy === "string") return;
    if (!this.#isSlow()) return;
    this.#held = { view: data, copy };
    this.protocol.pause();
  }

  /** The handler is done with what it holds. */
  settle(): void {
    if (!this.protocol.paused) return;
    const held = this.#held!;
    this.#held = undefined;
    assertEquals(held.view, held.copy, "changed before it was given back");
    this.protocol.resume();
  }

  /** Reads as a driver does: into the room that is offered, else through its own buffer. */
  read(bytes: Uint8Array, buffer: Uint8Array<ArrayBuffer>, most: number): number {
    const room = this.protocol.payloadRoom() ?? buffer;
    const size = Math.min(most, room.length, bytes.length);
    room.set(bytes.subarray(0, size));
    this.protocol.receive(room.subarray(0, size));
    return size;
  }
}

interface Sent {
  readonly data: string | Uint8Array;
  readonly times: number;
  readonly cuts: readonly number[];
  readonly compress: boolean;
}

const messages: fc.Arbitrary<Sent[]> = fc.array(
  fc.record({
    data: fc.oneof(
      fc.string({ unit: "binary", maxLength: 80, size: "max" }),
      fc.uint8Array({ maxLength: 400, size: "max" }),
    ),
    times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 400 })),
    cuts: fc.array(fc.nat(30_000), { maxLength: 3, size: "max" }),
    compress: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6, size: "max" },
);

/** The messages on their way: compressed in one frame, or plain in several. */
function encode(role: Role, sent: readonly Sent[]): [Uint8Array, (string | Uint8Array)[]] {
  const [sender] = start(role === "server" ? "client" : "server", {
    deflate,
    compressThreshold: 1,
  });
  const parts: Uint8Array[] = [];
  const expected = sent.map(({ data, times, cuts, compress }) => {
    const whole = typeof data === "string"
      ? data.repeat(times)
      : concat(new Array(times).fill(data));
    if (compress) {
      sender.send(whole);
      parts.push(sender.takeOutput().slice());
      return whole;
    }
    const payload = typeof whole === "string" ? utf8(whole) : whole;
    let at = 0;
    for (let i = 0; i <= cuts.length; i++) {
      const end = i === cuts.length ? payload.length : Math.min(payload.length, at + cuts[i]!);
      const first = typeof whole === "string" ? Opcode.Text : Opcode.Binary;
      const opcode = i === 0 ? first : Opcode.Continuation;
      const fin = i === cuts.length;
      parts.push(frameTo(role, { opcode, payload: payload.slice(at, end), fin }));
      if (!fin) parts.push(frameTo(role, { opcode: Opcode.Ping, payload: utf8("now") }));
      at = end;
    }
    return whole;
  });
  return [concat(parts), expected];
}

testRoles(
  "Protocol lends the same messages as it gives, at every cut, on two connections at once",
  (role) => {
    fc.assert(
      fc.property(messages, messages, fc.nat(), (first, second, seed) => {
        const next = random(seed);
        const sides = [first, second].map((sent) => {
          const [bytes, expected] = encode(role, sent);
          const borrower = new Borrower(role, () => next() < 0.5);
          return { borrower, bytes, expected, at: 0, buffer: new Uint8Array(65_536) };
        });
        const exponent = 1 + 4 * next();
        while (
          sides.some(({ at, bytes, borrower }) => at < bytes.length || borrower.protocol.paused)
        ) {
          const side = sides[next() < 0.5 ? 0 : 1]!;
          if (side.borrower.protocol.paused) {
            side.borrower.settle();
          } else if (side.at < side.bytes.length) {
            const most = 1 + Math.floor(next() * 10 ** exponent);
            side.at += side.borrower.read(side.bytes.subarray(side.at), side.buffer, most);
          }
        }
        for (const { borrower, expected } of sides) {
          assertEquals(borrower.seen, expected);
          assertEquals([borrower.protocol.unfinished, borrower.protocol.heldBytes], [false, 0]);
        }
      }),
      { numRuns: 200 },
    );
  },
);

testRoles(
  "a view that is kept is found by the checked mode: whole, cut, in fragments, compressed",
  (role) => {
    const payload = new Uint8Array(5_000).fill(7);
    const [sender] = start(role === "server" ? "client" : "server", { deflate });
    sender.send(payload);
    const whole = messageTo(role, payload);
    const half = payload.subarray(0, 2_500);
    const fragments = [
      frameTo(role, { opcode: Opcode.Binary, payload: half, fin: false }),
      frameTo(role, { opcode: Opcode.Continuation, payload: half }),
    ];
    const ways = [[whole], [whole.slice(0, 99), whole.slice(99)], fragments, [sender.takeOutput()]];
    for (const chunks of ways) {
      const kept: Uint8Array[] = [];
      const lengths: number[] = [];
      const protocol = new Protocol(role, { binary: "lent-checked", deflate }, {
        message(data) {
          if (typeof data === "string") return;
          assertEquals(data, payload);
          lengths.push(data.length);
          kept.push(data);
        },
        closed() {},
      });
      for (const chunk of chunks) protocol.receive(chunk.slice());
      assertEquals(lengths, [5_000]);
      assertEquals(new Set(kept[0]), new Set([0xdd]));
    }
  },
);

testRoles(
  "hostile 391: a message that is lent stays as it is while the handler waits, and a peer ends the connection",
  (role) => {
    const payload = new Uint8Array(5_000).map((_, i) => i);
    const frame = messageTo(role, payload);
    for (const chunks of [[frame], [frame.slice(0, 99), frame.slice(99)]]) {
      let held: Uint8Array | undefined;
      const protocol = new Protocol(role, { binary: "lent-checked" }, {
        message(data) {
          held = data as Uint8Array;
          protocol.pause();
        },
        closed() {},
      });
      for (const chunk of chunks) protocol.receive(chunk.slice());
      protocol.receiveEnd();
      protocol.resume();
      const [other] = start(role, { binary: "lent" });
      other.receive(frame.slice(0, 99));
      other.receive(frame.slice(99).fill(0));
      assertEquals(held, payload);
    }
  },
);

testRoles("resume() within the handler does not end what it was lent", (role) => {
  const payload = new Uint8Array(300).fill(1);
  const protocol = new Protocol(role, { binary: "lent-checked" }, {
    message(data) {
      protocol.pause();
      protocol.resume();
      assertEquals(data, payload);
    },
    closed() {},
  });
  protocol.receive(messageTo(role, payload));
  assertEquals(protocol.state, "open");
});

Deno.test("hostile 392: takeBuffer() reserves no more than twice what it is asked for", () => {
  for (const size of [1, 255, 256, 257, 4_096, 65_537, 2 ** 20, 2 ** 20 + 1]) {
    const { length } = takeBuffer(size);
    assert(length >= size && length < Math.max(257, 2 * size), `${size}: ${length}`);
  }
  const [protocol] = start("server", { binary: "lent" });
  const frame = messageTo("server", new Uint8Array(1_000_000));
  protocol.receive(frame.slice(0, 20));
  assert(protocol.payloadRoom()!.length <= 256);
  assert(protocol.heldBytes <= 512);
});

Deno.test("keepBuffer() keeps at most 8 MiB, and none that is longer than 1 MiB", () => {
  while (takeKept(2 ** 20) !== undefined);
  for (let i = 0; i < 20; i++) keepBuffer(new Uint8Array(2 ** 20));
  let kept = 0;
  while (takeKept(2 ** 20) !== undefined) kept++;
  assert(kept >= 1 && kept <= 8, `${kept}`);
  keepBuffer(new Uint8Array(2 ** 21));
  keepBuffer(new Uint8Array(0));
  assertEquals(takeKept(2 ** 21), undefined);
  assertEquals(takeKept(2 ** 20), undefined);
});

Deno.test("Lending gives a buffer to the next message once it is taken back, and not before", () => {
  while (takeKept(2 ** 20) !== undefined);
  const lending = new Lending("lent");
  const buffer = takeBuffer(2 ** 20);
  lending.lend(buffer.subarray(0, 700_000), true);
  assert(takeBuffer(2 ** 20).buffer !== buffer.buffer);
  lending.takeBack();
  lending.takeBack();
  assertEquals(takeKept(2 ** 20)?.buffer, buffer.buffer);
  assertEquals(takeKept(2 ** 20), undefined);
  lending.lend(buffer, true);
  lending.forget();
  lending.takeBack();
  assertEquals(takeKept(2 ** 20), undefined);
});

Deno.test("checkBinary() knows three modes", () => {
  assertEquals(checkBinary("lent"), "lent");
  const wrong = "borrowed" as BinaryMode;
  assertThrows(() => checkBinary(wrong), RangeError, 'Cannot use binary "borrowed"');
  assertThrows(() => start("server", { binary: wrong }), RangeError, "owned, lent, lent-checked");
});
