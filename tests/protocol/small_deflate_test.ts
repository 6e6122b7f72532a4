/** Small messages, with zlib as the peer. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createDeflateRaw } from "node:zlib";
import { pakoStreams } from "../../protocol/deflate.ts";
import { longestSmall } from "../../protocol/recent_matches.ts";
import { leastSmallWindow, SmallDeflate, smallRoom } from "../../protocol/small_deflate.ts";
import { syncFlush, ZlibStream } from "../../server/net/websocket/zlib_stream.ts";
import { hex } from "../support/splits.ts";
import { utf8 } from "../support/bytes.ts";

const output = new Uint8Array(smallRoom);

/** As a room is busy with: most of each message was in others. */
function chat(index: number): Uint8Array {
  const words = ["hello", "there", "coffee", "later", "maybe", "lunch", "today", "never"];
  const text = [0, 1, 2, 3].map((n) => words[(index * 37 + n * 11 + (index >> n)) % 8]).join(" ");
  return utf8(
    `{"type":"chat:message","id":${10_000 + index},"user":"u${index % 7}","text":"${text}"}`,
  );
}

Deno.test("SmallDeflate makes the vector of RFC 7692 §7.2.3.1, and refers to it", () => {
  const deflate = new SmallDeflate(15);
  const hello = utf8("Hello");
  assertEquals(output.slice(0, deflate.compress(hello, output)), hex("f248cdc9c90700"));
  assertEquals(output.slice(0, deflate.compress(hello, output)), hex("02130000"));
});

Deno.test("SmallDeflate is understood by an inflater with the same window", () => {
  const message = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: longestSmall }),
    fc.nat(2000).map(chat),
    fc.array(fc.constantFrom("room", '"user":', "\u00e9", "12"), { minLength: 1, maxLength: 200 })
      .map((words) => utf8(words.join("")).slice(0, longestSmall)),
    fc.integer({ min: 1, max: longestSmall }).map((size) => new Uint8Array(size)),
  );
  const isLearnt = fc.integer({ min: 0, max: 9 }).map((draw) => draw === 0);
  const messages = fc.array(fc.tuple(message, isLearnt), { minLength: 1, maxLength: 120 });
  const window = fc.integer({ min: leastSmallWindow, max: 15 });
  fc.assert(
    fc.property(messages, window, (sent, windowBits) => {
      const given = { windowBits, noContextTakeover: false };
      const deflate = new SmallDeflate(windowBits);
      const other = pakoStreams.makeDeflater(given);
      const inflater = pakoStreams.makeInflater(given);
      for (const [bytes, isLearnt] of sent) {
        if (isLearnt) deflate.learn(bytes);
        // Learnt messages must reach the peer by other means: as if they stood alone.
        const payload = isLearnt
          ? pakoStreams.makeDeflater({ ...given, noContextTakeover: true }).compress(bytes)
          : output.subarray(0, deflate.compress(bytes, output));
        const received: number[] = [];
        inflater.inflate(payload, true, (piece) => received.push(...piece));
        assertEquals(received, [...bytes]);
      }
      other.close();
    }),
    { numRuns: 100 },
  );
});

Deno.test("SmallDeflate takes no more room than it says", () => {
  const message = new Uint8Array(longestSmall);
  for (let at = 0; at < message.length; at++) message[at] = 144 + (at * at * 31 + (at >> 3)) % 112;
  assert(new SmallDeflate(15).compress(message, output) <= smallRoom);
});

/** As instruments send: fields of fixed names and widths, with digits that hardly repeat. */
function reading(index: number): Uint8Array {
  const ports = ["amsterdam", "barcelona", "cape-town", "edinburgh", "gibraltar"];
  const draw = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return utf8(
    `{"type":"moored","id":${500_000 + index},"port":"${ports[draw % 5]}","berth":${draw >>> 23},` +
      `"lat":${100_000 + draw % 89_999},"lon":${100_000 + (draw >>> 7) % 89_999},` +
      `"at":${1_760_000_000 + 7 * index},"tag":"${(draw & 0xfffff).toString(16)}"}`,
  );
}

for (const [name, level, make] of [["a chat", 5, chat], ["readings", 6, reading]] as const) {
  Deno.test(`SmallDeflate makes no more bytes of ${name} than zlib's level ${level} here`, () => {
    const deflate = new SmallDeflate(15);
    const settings = { windowBits: 15, level, memLevel: 8 };
    const zlib = ZlibStream.deflate({ createDeflateRaw } as never, settings);
    const room = new Uint8Array(4096);
    let ours = 0;
    let theirs = 0;
    for (let index = 0; index < 2000; index++) {
      const message = make(index);
      ours += deflate.compress(message, output);
      zlib.step(syncFlush, message, 0, message.length, room, 0);
      theirs += room.length - zlib.outputLeft - 4;
    }
    zlib.close();
    assert(ours <= 1.01 * theirs, `${ours} bytes, zlib ${theirs}`);
  });
}

Deno.test("SmallDeflate.history() is what was sent, without the end", () => {
  const deflate = new SmallDeflate(15);
  deflate.compress(utf8("one"), output);
  deflate.learn(utf8("two"));
  deflate.compress(utf8("three"), output);
  assertEquals(deflate.history(5), utf8("onetwo"));
  deflate.close();
});
