/** Tests of protocol/deflate.ts and of the runtime's own zlib, with node:zlib as the peer. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { constants, createDeflateRaw, deflateRawSync, inflateRawSync } from "node:zlib";
import { pakoStreams } from "../../protocol/deflate.ts";
import type {
  DeflateStreams,
  InflaterOptions,
  MessageInflater,
} from "../../protocol/deflate_streams.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { nativeStreams } from "../../server/net/websocket/native_deflate.ts";
import { forEachSplit, hex, random, toHex } from "../support/splits.ts";

const kept: InflaterOptions = { windowBits: 15, noContextTakeover: false };
const alone: InflaterOptions = { windowBits: 15, noContextTakeover: true };
const none = new Uint8Array(0);
const tail = hex("0000ffff");
const hello = new TextEncoder().encode("Hello");

/** The message that the chunks are the payload of. */
function inflate(inflater: MessageInflater, chunks: Iterable<Uint8Array>): Uint8Array {
  const output: Uint8Array[] = [];
  for (const chunk of chunks) inflater.inflate(chunk, false, (bytes) => output.push(bytes.slice()));
  inflater.inflate(none, true, (bytes) => output.push(bytes.slice()));
  return concat(output);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The output of zlib for messages that were compressed one after the other. */
function zlibInflate(payloads: readonly Uint8Array[], windowBits: number): Uint8Array {
  const stream = concat(payloads.flatMap((payload) => [payload, tail]));
  // The smallest output buffer there is: zlib checks distances only beyond it.
  const options = { windowBits, chunkSize: 64, finishFlush: constants.Z_SYNC_FLUSH };
  return new Uint8Array(inflateRawSync(stream, options));
}

/** Payloads of messages as zlib compresses them with context takeover. */
async function zlibDeflate(messages: readonly Uint8Array[], windowBits: number) {
  const stream = createDeflateRaw({ windowBits: Math.max(9, windowBits) });
  let chunks: Uint8Array[] = [];
  stream.on("data", (chunk: Uint8Array) => chunks.push(new Uint8Array(chunk)));
  const payloads: Uint8Array[] = [];
  for (const message of messages) {
    await new Promise<void>((resolve) => {
      stream.write(message, () => stream.flush(constants.Z_SYNC_FLUSH, resolve));
    });
    payloads.push(concat(chunks).slice(0, -tail.length));
    chunks = [];
  }
  stream.close();
  return payloads;
}

/** The start of a message of zeroes, compressed to 64 KiB from 64 MiB. */
function makeBomb(): Uint8Array {
  return new Uint8Array(deflateRawSync(new Uint8Array(64 * 1024 * 1024)));
}

/** Bytes of buffers outside of the heap; those that are held cannot be collected. */
function bufferBytes(): number {
  return Deno.memoryUsage().external;
}

/** Texts and noise, some of them longer than a window. */
function messages(): fc.Arbitrary<Uint8Array[]> {
  const noise = fc.uint8Array({ minLength: 1, maxLength: 3000 });
  const words = fc.array(fc.constantFrom("room", "user", '"type":', "Hello", "\u00e9", "12"), {
    minLength: 1,
    maxLength: 800,
  }).map((list) => new TextEncoder().encode(list.join("")));
  const repeated = fc.tuple(noise, fc.integer({ min: 1, max: 20 }))
    .map(([part, times]) => concat(new Array(times).fill(part)));
  return fc.array(fc.oneof(noise, words, repeated), { minLength: 1, maxLength: 6 });
}

const windows = fc.integer({ min: 8, max: 15 });

/** Bytes that repeat with any distance from 240 to 600, the shorter ones far apart. */
function repetitive(seed: number): Uint8Array[] {
  const next = random(seed);
  return Array.from({ length: 300 }, () => {
    const distance = 240 + Math.floor(360 * next());
    const part = Uint8Array.from({ length: distance }, () => 256 * next());
    return concat([part, part.subarray(0, 30), part]);
  });
}

/** Counts output and throws past a limit, as a connection does. */
class Limited {
  size = 0;

  constructor(readonly limit: number) {}

  readonly emit = (output: Uint8Array): void => {
    this.size += output.length;
    if (this.size > this.limit) throw new ProtocolError("MESSAGE_TOO_BIG", "Message is too large");
  };
}

const vectors = [
  ["one block", ["f248cdc9c90700"], ["Hello"]],
  ["a shared window", ["f248cdc9c90700", "f200110000"], ["Hello", "Hello"]],
  ["a block without compression", ["000500faff48656c6c6f00"], ["Hello"]],
  ["a final block", ["f348cdc9c9070000"], ["Hello"]],
  ["a window shared over a final block", ["f348cdc9c9070000", "f200110000"], ["Hello", "Hello"]],
  ["two blocks in one message", ["f248050000 00ffffcac9c90700"], ["Hello"]],
  ["an empty message", ["00", "f248cdc9c90700", "00"], ["", "Hello", ""]],
] as const;

for (const [zlib, streams] of [["pako", pakoStreams], ["native", nativeStreams()]] as const) {
  testStreams(zlib, streams);
}

/** Tests that hold for all streams, over any zlib. */
function testStreams(zlib: string, { makeDeflater, makeInflater }: DeflateStreams): void {
  // ----- RFC 7692 §7.2.3 -----

  for (const [name, payloads, texts] of vectors) {
    Deno.test(`hostile 81: Inflater.inflate() takes the vector of RFC 7692 with ${name} (${zlib})`, () => {
      const all = payloads.map(hex);
      for (let index = 0; index < all.length; index++) {
        forEachSplit(all[index]!, (chunks, how) => {
          const inflater = makeInflater(kept);
          for (const earlier of all.slice(0, index)) inflate(inflater, [earlier]);
          const text = new TextDecoder().decode(inflate(inflater, chunks));
          assertEquals(text, texts[index], how);
        });
      }
    });
  }

  Deno.test(`hostile 81: Inflater.inflate() takes a message that is nothing but a final block (${zlib})`, () => {
    assertEquals(inflate(makeInflater(alone), [hex("01")]), none);
  });

  Deno.test(`Deflater.compress() makes the vectors of RFC 7692 with context takeover (${zlib})`, () => {
    const deflater = makeDeflater(kept);
    assertEquals(toHex(deflater.compress(hello)), "f248cdc9c90700");
    // The RFC's is one literal and a match; a match alone is a byte shorter.
    const second = toHex(deflater.compress(hello));
    assertEquals(second, zlib === "native" ? "02130000" : "f200110000");
  });

  Deno.test(`Deflater.compress() makes each message stand alone without context takeover (${zlib})`, () => {
    const deflater = makeDeflater(alone);
    assertEquals(toHex(deflater.compress(hello)), "f248cdc9c90700");
    assertEquals(toHex(deflater.compress(hello)), "f248cdc9c90700");
  });

  Deno.test(`Deflater.compress() makes one zero byte of an empty message (${zlib})`, () => {
    for (const options of [kept, alone]) {
      const deflater = makeDeflater(options);
      const payloads = [none, none, hello, none, hello].map((text) =>
        deflater.compress(text).slice()
      );
      assertEquals([0, 1, 3].map((index) => toHex(payloads[index]!)), ["00", "00", "00"]);
      assertEquals(zlibInflate(payloads, 15), concat([hello, hello]));
    }
  });

  // ----- Round trips -----

  for (const noContextTakeover of [false, true]) {
    const how = noContextTakeover ? "without" : "with";

    Deno.test(`Deflater.compress() is understood by zlib ${how} context takeover (${zlib})`, () => {
      const level = fc.integer({ min: 1, max: 9 });
      fc.assert(
        fc.property(messages(), windows, level, level, (texts, windowBits, level, memLevel) => {
          const deflater = makeDeflater({ windowBits, noContextTakeover, level, memLevel });
          const payloads = texts.map((text) => deflater.compress(text).slice());
          if (!noContextTakeover) {
            return assertEquals(zlibInflate(payloads, windowBits), concat(texts));
          }
          for (const [index, payload] of payloads.entries()) {
            assertEquals(zlibInflate([payload], windowBits), texts[index]);
          }
        }),
      );
    });

    Deno.test(`Inflater.inflate() undoes Deflater.compress() ${how} context takeover (${zlib})`, () => {
      fc.assert(fc.property(messages(), windows, (texts, windowBits) => {
        const deflater = makeDeflater({ windowBits, noContextTakeover });
        const inflater = makeInflater({ windowBits, noContextTakeover });
        for (const text of texts) {
          assertEquals(inflate(inflater, [deflater.compress(text)]), text);
        }
      }));
    });
  }

  Deno.test(`Inflater.inflate() understands zlib at any cut (${zlib})`, async () => {
    await fc.assert(
      fc.asyncProperty(messages(), windows, fc.integer(), async (texts, windowBits, seed) => {
        const inflater = makeInflater({ windowBits, noContextTakeover: false });
        const next = random(seed);
        for (const [index, payload] of (await zlibDeflate(texts, windowBits)).entries()) {
          const parts: Uint8Array[] = [];
          for (let at = 0; at < payload.length; at += parts.at(-1)!.length) {
            parts.push(payload.subarray(at, at + 1 + Math.floor(next() * next() * payload.length)));
          }
          assertEquals(inflate(inflater, parts), texts[index]);
        }
      }),
      { numRuns: 50 },
    );
  });

  Deno.test(`Deflater.compress() grows its output for a message that does not get smaller (${zlib})`, () => {
    const next = random(1);
    const noise = Uint8Array.from({ length: 3_000_000 }, () => 256 * next());
    for (const options of [kept, alone]) {
      const deflater = makeDeflater(options);
      const inflater = makeInflater(options);
      assertEquals(inflate(inflater, [deflater.compress(noise)]), noise);
      assertEquals(inflate(inflater, [deflater.compress(hello)]), hello);
    }
  });

  Deno.test(`Deflater.compress() is right when the output just fits its buffer (${zlib})`, () => {
    const next = random(2);
    const deflater = makeDeflater(alone);
    const inflater = makeInflater(alone);
    // Sizes around the buffer's first one and what it may have grown to since.
    for (const buffer of [4096, 8192, 16384]) {
      for (let size = buffer - 24; size < buffer + 8; size++) {
        const noise = Uint8Array.from({ length: size }, () => 256 * next());
        assertEquals(inflate(inflater, [deflater.compress(noise)]), noise);
      }
    }
  });

  Deno.test(`Inflater.inflate() emits at most 16 KiB at a time (${zlib})`, () => {
    const text = new Uint8Array(100_000).fill(7);
    const sizes: number[] = [];
    makeInflater(alone).inflate(
      makeDeflater(alone).compress(text),
      true,
      (output) => sizes.push(output.length),
    );
    assertEquals(Math.max(...sizes), 16 * 1024);
    assertEquals(sizes.reduce((sum, size) => sum + size), text.length);
  });

  Deno.test(`Inflater.inflate() may compress while it emits (${zlib})`, () => {
    const text = new Uint8Array(100_000).map((_, index) => index % 251);
    const compressed = makeDeflater(alone).compress(text).slice();
    const deflater = makeDeflater(alone);
    const output: Uint8Array[] = [];
    makeInflater(alone).inflate(compressed, true, (bytes) => {
      deflater.compress(hello);
      output.push(bytes.slice());
    });
    assertEquals(concat(output), text);
  });

  Deno.test(`Deflater() and Inflater() refuse numbers out of range (${zlib})`, () => {
    for (const windowBits of [7, 16, NaN, 9.5]) {
      assertThrows(() => makeDeflater({ windowBits, noContextTakeover: true }), RangeError);
      assertThrows(() => makeInflater({ windowBits, noContextTakeover: true }), RangeError);
    }
    for (const bad of [{ level: 0 }, { level: 10 }, { memLevel: 0 }, { memLevel: 10 }]) {
      assertThrows(() => makeDeflater({ ...alone, ...bad }), RangeError);
    }
  });

  // ----- The window -----

  Deno.test(`Deflater.compress() never looks back further than a window of 8 bits (${zlib})`, () => {
    for (const noContextTakeover of [false, true]) {
      for (const level of [1, 6, 9]) {
        const texts = repetitive(level);
        const deflater = makeDeflater({ windowBits: 8, noContextTakeover, level });
        const inflater = makeInflater({ windowBits: 8, noContextTakeover });
        const payloads = texts.map((text) => deflater.compress(text).slice());
        assertEquals(zlibInflate(payloads, 8), concat(texts));
        assertEquals(
          concat(payloads.map((payload) => inflate(inflater, [payload]))),
          concat(texts),
        );
      }
    }
  });

  Deno.test(`zlib refuses what looks back further than a window of 8 bits (${zlib})`, () => {
    const deflater = makeDeflater({ windowBits: 10, noContextTakeover: false });
    const payloads = repetitive(1).map((text) => deflater.compress(text).slice());
    assertThrows(() => zlibInflate(payloads, 8), Error, "invalid distance");
  });

  Deno.test(`Inflater.inflate() refuses what looks back too far, at every cut (${zlib})`, () => {
    for (const windowBits of [8, 9, 12]) {
      const next = random(windowBits);
      const part = Uint8Array.from({ length: 1 << windowBits }, () => 256 * next());
      const allowed = concat([part, part]);
      const refused = concat([part, hex("ff"), part]);
      const deflater = makeDeflater(alone);
      forEachSplit(deflater.compress(allowed).slice(), (chunks) => {
        assertEquals(inflate(makeInflater({ ...alone, windowBits }), chunks), allowed);
      });
      const payload = deflater.compress(refused).slice();
      const finalBlock = hex("0300");
      for (const bytes of [payload, concat([finalBlock, payload])]) {
        forEachSplit(bytes, (chunks, how) => {
          const inflater = makeInflater({ ...alone, windowBits });
          assertThrows(() => inflate(inflater, chunks), ProtocolError, "too far back", how);
        });
      }
    }
  });

  // ----- What a peer can do wrong -----

  for (
    const [name, payload] of [
      ["a block of unknown type", "07"],
      ["no payload at all", ""],
      ["a message without its last byte", "f248cdc9c907"],
      ["a message cut inside a block", "f248cd"],
      ["a block that is shorter than it says", "000a00f5ff48656c6c6f"],
      ["a block that ends with the tail", "000900f6ff48656c6c6f"],
      ["lengths that do not match", "00050000ff48656c6c6f00"],
      ["codes that do not fit together", "04ffffffffffffffff"],
      ["a distance before the start", "f200110000"],
      ["a final block and nothing behind it", "f348cdc9c90700"],
      ["garbage behind a final block", "f348cdc9c90700ffff"],
      ["a second final block that is corrupt", "f348cdc9c9070007"],
      ["a header of zlib", "789cf248cdc9c90700"],
      ["a header that asks for a dictionary", "78bb05c00215f248cdc9c90700"],
      ["a header of gzip", "1f8b0800000000000003f248cdc9c90700"],
    ] as const
  ) {
    Deno.test(`hostile 80: Inflater.inflate() refuses ${name} (${zlib})`, () => {
      for (const options of [kept, alone]) {
        forEachSplit(hex(payload), (chunks, how) => {
          const inflater = makeInflater(options);
          const error = assertThrows(
            () => inflate(inflater, chunks),
            ProtocolError,
            undefined,
            how,
          );
          assertEquals(error.code, "INVALID_PAYLOAD");
          assertEquals(inflater.heldBytes, 0);
          assertThrows(() => inflater.inflate(hex("00"), true, () => {}), TypeError);
          assertEquals(inflate(makeInflater(options), [hex("f248cdc9c90700")]), hello);
        });
      }
    });
  }

  Deno.test(`Inflater.inflate() lets no message refer to that of another connection (${zlib})`, () => {
    const [first, second] = [makeInflater(alone), makeInflater(alone)];
    assertEquals(inflate(first, [hex("f248cdc9c90700")]), hello);
    assertThrows(() => inflate(second, [hex("f200110000")]), ProtocolError, "too far back");
    assertThrows(() => inflate(first, [hex("f200110000")]), ProtocolError, "too far back");
  });

  Deno.test(`Inflater.inflate() bounds the final blocks of one message (${zlib})`, () => {
    const blocks = (count: number) => concat(new Array(count).fill(hex("0300")));
    const inflater = makeInflater(alone);
    for (let message = 0; message < 2; message++) {
      assertEquals(inflate(inflater, [blocks(1000), hex("00")]), none);
    }
    const error = assertThrows(() => inflate(inflater, [blocks(1001)]), ProtocolError);
    assertEquals(error.code, "POLICY_VIOLATION");
  });

  for (const options of [kept, alone]) {
    const how = options.noContextTakeover ? "without" : "with";

    Deno.test(`hostile 78: Inflater.inflate() stops a bomb ${how} context takeover (${zlib})`, () => {
      const bomb = makeBomb();
      assert(bomb.length < 66_000);
      inflate(makeInflater(options), [hex("00")]);
      const before = bufferBytes();
      const limited = new Limited(1024 * 1024);
      const inflater = makeInflater(options);
      const error = assertThrows(() => inflater.inflate(bomb, false, limited.emit), ProtocolError);
      assertEquals(error.code, "MESSAGE_TOO_BIG");
      assert(limited.size <= limited.limit + 16 * 1024);
      assert(bufferBytes() - before < 256 * 1024);
      assertEquals(inflater.heldBytes, 0);
      assertThrows(() => inflater.inflate(bomb, false, limited.emit), TypeError);
      assertEquals(inflate(makeInflater(options), [hex("f248cdc9c90700")]), hello);
    });

    Deno.test(`hostile 79: Inflater.inflate() stops a bomb in fragments ${how} takeover (${zlib})`, () => {
      const bomb = makeBomb();
      const limited = new Limited(1024 * 1024);
      const inflater = makeInflater(options);
      let fragments = 0;
      assertThrows(() => {
        for (let at = 0; at < bomb.length; at += 100) {
          inflater.inflate(bomb.subarray(at, at + 100), false, limited.emit);
          fragments++;
        }
      }, ProtocolError);
      assert(fragments < 15, `${fragments} fragments`);
      assert(limited.size <= limited.limit + 16 * 1024);
    });
  }

  Deno.test(`hostile 82: a thousand codecs without context takeover hold no memory (${zlib})`, () => {
    const text = Uint8Array.from({ length: 1000 }, (_, index) => index % 64);
    const payload = makeDeflater(alone).compress(text).slice();
    inflate(makeInflater(alone), [payload]);
    const before = bufferBytes();
    const codecs = Array.from(
      { length: 1000 },
      () => [makeDeflater(alone), makeInflater(alone)] as const,
    );
    for (const [deflater, inflater] of codecs) {
      deflater.compress(text);
      inflater.inflate(payload, true, () => {});
    }
    assert(codecs.every(([, inflater]) => inflater.heldBytes === 0));
    // Kept pairs would hold 300 MiB.
    assert(bufferBytes() - before < 16 * 1024 * 1024);
  });

  Deno.test(`hostile 83: Inflater.inflate() is unharmed by messages that others never end (${zlib})`, () => {
    const half = hex("f248cd");
    const abandoned = Array.from({ length: 20 }, () => makeInflater(alone));
    for (const inflater of abandoned) inflater.inflate(half, false, () => {});
    assert(abandoned.every((inflater) => inflater.heldBytes > 32 * 1024));
    assertEquals(inflate(makeInflater(alone), [hex("f248cdc9c90700")]), hello);
    for (const inflater of abandoned) {
      let text = "";
      inflater.inflate(hex("c9c90700"), true, (output) => text += new TextDecoder().decode(output));
      assertStringIncludes("Hello", text);
      assertEquals(inflater.heldBytes, 0);
    }
  });

  Deno.test(`hostile 84: Deflater.compress() shows nothing of messages to others (${zlib})`, () => {
    // The guess has "abcX" in it and ends with "abc". If a hash took in the byte that the other message
    // has left behind it, the end would match the start for one X only.
    const guess = (byte: number) =>
      new TextEncoder().encode(`: abc${String.fromCharCode(byte)} and then some more text;abc`);
    const size = guess(0).length;
    for (const secret of [0x41, 0x42, 0x43]) {
      const sizes = [0x41, 0x42, 0x43].map((byte) => {
        const others = makeDeflater(alone);
        others.compress(new Uint8Array(size + 1).fill(secret));
        return others.compress(guess(byte)).length;
      });
      assertEquals(new Set(sizes).size, 1, String(sizes));
    }
  });
}
