/** The runtime's zlib beside pako: tests/protocol/deflate_test.ts has what holds for each alone. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createDeflateRaw } from "node:zlib";
import { Protocol, type ProtocolOptions } from "../../../../protocol/mod.ts";
import { pakoStreams } from "../../../../protocol/deflate.ts";
import type { DeflateStreams, InflaterOptions } from "../../../../protocol/deflate_streams.ts";
import { ProtocolError } from "../../../../protocol/errors.ts";
import { nativeStreams } from "../../../../server/net/websocket/native_deflate.ts";
import { syncFlush, ZlibStream } from "../../../../server/net/websocket/zlib_stream.ts";
import { concat, utf8 } from "../../../support/bytes.ts";
import { hex, random } from "../../../support/splits.ts";

const streams = nativeStreams();
const none = new Uint8Array(0);

/** Inflates messages in parts: each piece of output, and the error that ended it. */
function outcome(
  { makeInflater }: DeflateStreams,
  options: InflaterOptions,
  messages: readonly (readonly Uint8Array[])[],
): { pieces: string[]; error: string | undefined } {
  const inflater = makeInflater(options);
  const pieces: string[] = [];
  const emit = (output: Uint8Array) => void pieces.push(output.join());
  try {
    for (const parts of messages) {
      // The last part comes with the end, as in a frame that arrives whole, or before it.
      const endsBy = parts.length % 2 === 1 ? parts.length - 1 : parts.length;
      for (const part of parts.slice(0, endsBy)) inflater.inflate(part, false, emit);
      inflater.inflate(parts[endsBy] ?? none, true, emit);
      pieces.push("end of message");
    }
    return { pieces, error: undefined };
  } catch (error) {
    assert(error instanceof ProtocolError, String(error));
    return { pieces, error: `${error.code}: ${error.message}` };
  } finally {
    inflater.close();
  }
}

function assertSame(
  options: InflaterOptions,
  messages: readonly (readonly Uint8Array[])[],
): string | undefined {
  const native = outcome(streams, options, messages);
  const pako = outcome(pakoStreams, options, messages);
  assertEquals(native.error, pako.error);
  assertEquals(join(native.pieces), join(pako.pieces));
  return native.error;
}

/** Behind a final block the pieces may be others, the bytes may not. */
function join(pieces: readonly string[]): string {
  return pieces.join().replaceAll("end of message", "\n");
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** Messages whose later ones refer to the earlier, some with final blocks. */
function compressed(options: InflaterOptions, texts: readonly Uint8Array[], level: number) {
  const deflater = pakoStreams.makeDeflater({ ...options, level });
  const finalBlock = hex("0300");
  return texts.map((text, index) => {
    const payload = deflater.compress(text).slice();
    return index % 3 === 2 ? concat([payload, hex("0000ffff"), finalBlock, hex("00")]) : payload;
  });
}

const options = fc.record({
  windowBits: fc.integer({ min: 8, max: 15 }),
  noContextTakeover: fc.boolean(),
});
const text = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 2000 }),
  fc.array(fc.constantFrom("room", "user", '"type":', "é", "12"), { minLength: 1, maxLength: 6000 })
    .map((words) => utf8(words.join(""))),
);
const cuts = fc.array(fc.nat(), { maxLength: 5 });

Deno.test("either zlib inflates what the other has compressed", () => {
  const settings = fc.record({
    windowBits: fc.integer({ min: 8, max: 15 }),
    noContextTakeover: fc.boolean(),
    level: fc.integer({ min: 1, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(
      settings,
      fc.array(text, { minLength: 1, maxLength: 5 }),
      cuts,
      (given, texts, at) => {
        for (const [from, to] of [[streams, pakoStreams], [pakoStreams, streams]] as const) {
          const deflater = from.makeDeflater(given);
          const messages = texts.map((bytes) => cutAt(deflater.compress(bytes).slice(), at));
          const { pieces, error } = outcome(to, given, messages);
          assertEquals(error, undefined);
          assertEquals(join(pieces).replaceAll(/,?\n,?/g, ","), texts.join() + ",");
          deflater.close();
        }
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("either zlib gives the same output and the same refusal, whatever the bytes and cuts", () => {
  const change = fc.record({ at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(
      options,
      fc.array(text, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(change, { maxLength: 3 }),
      fc.nat(),
      cuts,
      (given, texts, level, changes, length, at) => {
        const messages = compressed(given, texts, level);
        const victim = messages.at(-1)!;
        for (const { at, bits } of changes) victim[at % victim.length]! ^= bits;
        const shortened = length % 3 === 0 ? victim.subarray(0, length % victim.length) : victim;
        const all = [...messages.slice(0, -1), shortened, ...messages.slice(0, 1)];
        assertSame(given, all.map((payload) => cutAt(payload, at)));
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("either zlib gives the same for random bytes", () => {
  fc.assert(
    fc.property(options, fc.uint8Array({ maxLength: 40 }), cuts, (given, bytes, at) => {
      assertSame(given, [cutAt(bytes, at)]);
      assertSame(given, [cutAt(concat([hex("f348cdc9c9070000"), bytes]), at), [hex("f200110000")]]);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("either zlib refuses a block of its own codes that is cut anywhere", () => {
  const words = ["hello", "there", "coffee", "later", "maybe", "lunch", "today", "never"];
  const message = utf8(
    Array.from({ length: 300 }, (_, i) => words[(i * 37 + (i >> 3)) % 8]).join(" "),
  );
  const payload = pakoStreams.makeDeflater({ windowBits: 15, noContextTakeover: true })
    .compress(message).slice();
  assertEquals(payload[0]! >> 1 & 3, 2, "no block of its own codes");
  for (const noContextTakeover of [false, true]) {
    let refused = 0;
    for (let end = 0; end <= payload.length; end++) {
      for (let bits = 0; bits < 8; bits++) {
        const bytes = payload.slice(0, end);
        if (end > 0) bytes[end - 1]! &= 0xff >> bits;
        const error = assertSame({ windowBits: 15, noContextTakeover }, [[bytes]]);
        if (error !== undefined) refused++;
      }
    }
    assert(refused > 7 * payload.length);
  }
});

Deno.test("either zlib goes on behind final blocks, also where the tail ends one", () => {
  const given = { windowBits: 15, noContextTakeover: false };
  for (
    const bytes of ["01", "f348cdc9c9070000", "f348cdc9c90700", "03", "0300", "030000", "0301"]
  ) {
    const payload = hex(bytes);
    for (let cut = 0; cut <= payload.length; cut++) {
      assertSame(given, [
        [hex("f248cdc9c90700")],
        [payload.subarray(0, cut), payload.subarray(cut)],
        [hex("f200110000")],
      ]);
    }
  }
});

Deno.test("hostile 84: a message that stands alone is compressed as if there were no other", () => {
  const next = random(7);
  const letters = (size: number) => Uint8Array.from({ length: 3 + size }, () => 97 + 4 * next());
  for (const level of [1, 2, 3, 6, 9]) {
    for (const windowBits of [9, 12, 15]) {
      const given = { windowBits, noContextTakeover: true, level, memLevel: 8 };
      for (const most of [300, 3000, 20_000, 70_000, 140_000]) {
        for (let count = 0; count < (most > 20_000 ? 2 : 25); count++) {
          streams.makeDeflater(given).compress(letters(most * next()));
          const message = letters(most * next());
          const compressed = streams.makeDeflater(given).compress(message);
          assert(
            isSame(compressed, compressByNew(given, message)),
            `level ${level}, ${most} bytes`,
          );
        }
      }
    }
  }
});

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

/** Compresses by a stream that has seen nothing else. */
function compressByNew(
  settings: { windowBits: number; level: number; memLevel: number },
  message: Uint8Array,
): Uint8Array {
  const output = new Uint8Array(2 * message.length + 100);
  const stream = ZlibStream.deflate({ createDeflateRaw } as never, settings);
  stream.step(syncFlush, message, 0, message.length, output, 0);
  stream.close();
  return output.slice(0, output.length - stream.outputLeft - 4);
}

Deno.test("a stream that is kept at a low memory level is pako's, and small", () => {
  const before = ZlibStream.open;
  for (const memLevel of [1, 7]) {
    const given = { windowBits: 15, noContextTakeover: false, memLevel };
    streams.makeDeflater(given).compress(utf8("Hello"));
  }
  assertEquals(ZlibStream.open, before);
  const deflater = streams.makeDeflater({ windowBits: 15, noContextTakeover: false });
  deflater.compress(new Uint8Array(5000));
  assertEquals(ZlibStream.open, before + 1);
  deflater.close();
});

// ----- Small messages and zlib's stream -----

/** A message of a chat: what repeats is found in those before it. */
function chat(index: number): Uint8Array {
  return utf8(
    `{"type":"message","id":${5000 + index},"room":"r${index % 5}","text":"hello ${index}"}`,
  );
}

/** Noise, which no code makes smaller. */
function noise(size: number, seed: number): Uint8Array {
  const next = random(seed);
  return Uint8Array.from({ length: size }, () => 256 * next());
}

Deno.test("a connection with small messages has no stream of zlib, and gets it with the first large one", () => {
  const given = { windowBits: 15, noContextTakeover: false };
  const deflater = streams.makeDeflater(given);
  const inflater = pakoStreams.makeInflater(given);
  const before = ZlibStream.open;
  const streamed: number[] = [];
  for (let index = 0; index < 400; index++) {
    const isLarge = index === 100;
    const message = isLarge
      ? utf8(Array.from({ length: 60 }, (_, n) => chat(n)).join())
      : chat(index);
    const received: number[] = [];
    inflater.inflate(deflater.compress(message), true, (output) => received.push(...output));
    assertEquals(received, [...message]);
    if (ZlibStream.open > before) streamed.push(index);
  }
  // The first may repeat too little of itself; many small ones in a row bring it back.
  assert(streamed.includes(100) && streamed.includes(150));
  assert(!streamed.includes(99) && !streamed.includes(399), String(streamed));
  deflater.close();
  assertEquals(ZlibStream.open, before);
});

Deno.test("what zlib's stream refers to was sent before, in whatever order small and large come", () => {
  const kinds = fc.constantFrom("chat", "long chat", "noise", "large");
  const settings = fc.record({
    windowBits: fc.integer({ min: 8, max: 15 }),
    noContextTakeover: fc.constant(false),
    level: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(
      settings,
      fc.array(fc.tuple(kinds, fc.nat(90)), { maxLength: 8 }),
      (given, runs) => {
        const deflater = streams.makeDeflater(given);
        const ends = [pakoStreams.makeInflater(given), streams.makeInflater(given)];
        let seed = 1;
        for (const [kind, count] of runs) {
          for (let index = 0; index < (kind === "chat" ? count : 1 + count % 3); index++, seed++) {
            const message = kind === "noise"
              ? noise(1 + count * 20, seed)
              : kind === "large"
              ? concat([noise(3000, seed), chat(seed), chat(seed), noise(40_000, seed)])
              : kind === "chat"
              ? chat(seed)
              : concat([chat(seed), chat(seed + 1), chat(seed * 7), chat(seed * 11)]);
            const payload = deflater.compress(message).slice();
            for (const end of ends) {
              const pieces: Uint8Array[] = [];
              end.inflate(payload, true, (output) => pieces.push(output.slice()));
              assert(isSame(concat(pieces), message), `${kind} ${seed}`);
            }
          }
        }
        deflater.close();
        for (const end of ends) end.close();
      },
    ),
    { numRuns: 60 },
  );
});

// ----- The end of a connection -----

const takeover: ProtocolOptions = {
  deflate: {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: 15,
    clientMaxWindowBits: 15,
  },
  deflateStreams: streams,
};

/** Two ends that have each sent a compressed message. */
function talkingPair() {
  const before = ZlibStream.open;
  const handler = { message() {}, closed() {} };
  const server = new Protocol("server", takeover, handler);
  const client = new Protocol("client", { ...takeover, deflateStreams: undefined }, handler);
  // Too much for the paths of small messages.
  client.send(noise(5000, 1));
  server.receive(client.takeOutput().slice());
  server.send("good morning ".repeat(100));
  return { server, client, before };
}

const endings: Record<string, (pair: ReturnType<typeof talkingPair>) => void> = {
  "the end of TCP": ({ server }) => server.receiveEnd(),
  "a failure": ({ server }) => server.fail(1008, "no"),
  "the peer's Close": ({ server, client }) => {
    client.close(1000);
    server.receive(client.takeOutput().slice());
  },
  "a closing handshake of ours": ({ server, client }) => {
    server.close(1000);
    client.receive(server.takeOutput().slice());
    server.receive(client.takeOutput().slice());
  },
  "a broken rule": ({ server }) => server.receive(hex("b1 80 00000000")),
  "a corrupt message": ({ server }) => server.receive(hex("c1 81 00000000 07")),
  "the end of TCP within a message": ({ server }) => {
    server.receive(hex("41 83 00000000 f248cd"));
    server.receiveEnd();
  },
};

for (const [name, end] of Object.entries(endings)) {
  Deno.test(`Protocol frees its streams at ${name}`, () => {
    // More of them than the process keeps for the next connections.
    const pairs = Array.from({ length: 20 }, talkingPair);
    const before = pairs[0]!.before;
    assert(ZlibStream.open >= before + 2 * pairs.length - 8);
    for (const pair of pairs) end(pair);
    assert(ZlibStream.open <= before, `${ZlibStream.open} streams, ${before} before`);
  });
}

Deno.test("Protocol frees what it compresses by as soon as it has sent its Close", () => {
  const { server } = talkingPair();
  const open = ZlibStream.open;
  server.close(1000);
  assertEquals(ZlibStream.open, open - 1);
  server.receiveEnd();
});

Deno.test("messages that stand alone leave no more streams open than a fixed few", () => {
  const options = { ...takeover, deflate: undefined };
  const before = ZlibStream.open;
  const pairs = Array.from({ length: 50 }, () => {
    const inflater = streams.makeInflater({ windowBits: 15, noContextTakeover: true });
    inflater.inflate(hex("f248cd"), false, () => {});
    return inflater;
  });
  assert(ZlibStream.open >= before + 42, String(options));
  for (const inflater of pairs) inflater.inflate(hex("c9c90700"), true, () => {});
  assert(ZlibStream.open <= before + 8);
});
