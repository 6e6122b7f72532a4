/** What a message repeats of those before it. */

import { assert, assertEquals } from "@std/assert";
import { longestSmall, RecentMatches } from "../../protocol/recent_matches.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { random } from "../support/splits.ts";

function add(recent: RecentMatches, message: Uint8Array): void {
  recent.begin(message);
  for (let at = 0; at < message.length; at++) recent.keep(at);
  recent.end();
}

Deno.test("RecentMatches.find() finds a repetition, in earlier messages and in the same", () => {
  const recent = new RecentMatches(15);
  add(recent, utf8("the first of the messages"));
  recent.begin(utf8("--first of the messages, messages"));
  recent.find(2);
  assertEquals([recent.length, recent.distance], [21, 23]);
  for (let at = 0; at < 25; at++) recent.keep(at);
  recent.find(25);
  assertEquals([recent.length, recent.distance], [8, 10]);
  recent.find(0);
  assertEquals([recent.length, recent.distance, recent.saved], [0, 0, 0]);
});

Deno.test("RecentMatches.find() finds only what is there, and not too far back", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const next = random(seed);
    const windowBits = 11 + seed % 5;
    const recent = new RecentMatches(windowBits);
    let all: Uint8Array = new Uint8Array(0);
    let found = 0;
    // Places are counted modulo 65,536: that is passed.
    while (all.length < 150_000) {
      const size = Math.ceil(longestSmall * next() ** 3);
      const message = Uint8Array.from({ length: size }, () => 97 + 3 * next() ** 2);
      const whole = concat([all, message]);
      recent.begin(message);
      for (let at = 0; at < size; at++) {
        if (next() < 0.1) {
          recent.find(at);
          const { length, distance } = recent;
          const place = all.length + at;
          assert(distance <= place && distance <= 1 << windowBits);
          assert(length <= Math.min(258, size - at));
          for (let n = 0; n < length; n++) {
            assertEquals(whole[place - distance + n], whole[place + n]);
          }
          if (length > 0) found++;
        }
        recent.keep(at);
      }
      recent.end();
      all = whole;
    }
    assert(found > 100);
    const history = all.subarray(-(1 << windowBits));
    assertEquals(recent.copy(10), history.slice(0, -10));
  }
});

Deno.test("RecentMatches.keepMatch() keeps the first places of a match", () => {
  const recent = new RecentMatches(15);
  const match = utf8("abcdefghijklmnopqrstuvwxyz");
  recent.begin(match);
  recent.keepMatch(1, match.length);
  recent.end();
  recent.begin(match);
  const found = Array.from(match, (_, at) => (recent.find(at), recent.length));
  assertEquals(found, [0, 25, 24, 23, 22, ...new Array(21).fill(0)]);
});

Deno.test("RecentMatches.keepAll() has each part of a message found, from one place or the next", () => {
  const recent = new RecentMatches(15);
  const message = utf8("abcdefghijklmnopqrstuvwxyz");
  recent.begin(message);
  recent.keepAll();
  recent.end();
  recent.begin(message);
  for (let at = 0; at + 5 <= message.length; at++) {
    recent.find(at + at % 2);
    assertEquals(recent.length, message.length - at - at % 2);
  }
});

Deno.test("RecentMatches.free() lets go of the memory at once", () => {
  const recent = new RecentMatches(15);
  add(recent, utf8("some message"));
  recent.free();
  assertEquals(recent.copy(12).length, 0);
});
