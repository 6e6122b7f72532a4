/** Masking by words: both widths against each other, whichever the engine prefers. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  maskLongWords,
  maskShortWords,
  maskUnseenWords,
  maskWords,
  maskWordsUnseen,
} from "../../protocol/mask_words.ts";

Deno.test("maskLongWords() and maskUnseenWords() do what maskShortWords() does", () => {
  const payloads = fc.array(fc.nat(255), { maxLength: 40, size: "max" })
    .map((bytes) => Uint8Array.from(bytes.concat(bytes, bytes, bytes, bytes, bytes, bytes, bytes)));
  const word = fc.integer();
  fc.assert(fc.property(payloads, word, fc.nat(3), (payload, word, skipped) => {
    const start = Math.min(8 * skipped, payload.length);
    const long = payload.slice();
    const short = payload.slice();
    const seenLong = maskLongWords(long, word, start, long.length);
    const seenShort = maskShortWords(short, word, start, short.length);
    assertEquals([long, seenLong & 0xff], [short, seenShort & 0xff]);
    const unseen = payload.slice();
    maskUnseenWords(unseen, word, start, unseen.length);
    assertEquals(unseen, short);
    const seen = short.subarray(start).reduce((all, byte) => all | byte, 0);
    assertEquals(seenShort & 0xff, seen);
    assertEquals(short.subarray(0, start), payload.subarray(0, start));
  }));
});

Deno.test("maskLongWords() forgets what it has seen before", () => {
  maskLongWords(new Uint8Array(16), -1, 0, 16);
  assertEquals(maskLongWords(new Uint8Array(16), 0, 0, 16), 0);
  assertEquals(maskLongWords(new Uint8Array(0), 0, 0, 0), 0);
});

Deno.test("maskWords() and maskWordsUnseen() take the wide form on V8", () => {
  assertEquals(maskWords, maskLongWords);
  assertEquals(maskWordsUnseen, maskUnseenWords);
});
