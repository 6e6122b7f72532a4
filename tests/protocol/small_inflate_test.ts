/** Small messages beside pako, which is the truth: what is taken must be the same. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { constants, deflateRawSync } from "node:zlib";
import { pakoStreams } from "../../protocol/deflate.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { inflateSmall, mostSmallOutput } from "../../protocol/small_inflate.ts";
import { OutputHistory } from "../../server/net/websocket/output_history.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { hex } from "../support/splits.ts";

const given = { windowBits: 15, noContextTakeover: false };
const output = new Uint8Array(mostSmallOutput);

/** What came before: its payload for pako, and itself for the fast path. */
const before = utf8("What was sent before this message, and may be referred to.");

function historyOf(bytes: Uint8Array): OutputHistory {
  const history = new OutputHistory();
  history.push(bytes);
  return history;
}

/** What pako makes of a payload behind `before`, or `undefined` where it refuses it. */
function byPako(payload: Uint8Array): Uint8Array | undefined {
  const inflater = pakoStreams.makeInflater(given);
  const first = pakoStreams.makeDeflater(given).compress(before).slice();
  inflater.inflate(first, true, () => {});
  const pieces: Uint8Array[] = [];
  try {
    inflater.inflate(payload, true, (piece) => pieces.push(piece.slice()));
  } catch (error) {
    assert(error instanceof ProtocolError);
    return undefined;
  }
  return concat(pieces);
}

function assertTakenRightly(payload: Uint8Array): boolean {
  const size = inflateSmall(payload, historyOf(before), output);
  if (size >= 0) assertEquals(output.slice(0, size), byPako(payload));
  return size >= 0;
}

Deno.test("inflateSmall() takes the messages of RFC 7692 §7.2.3", () => {
  assert(assertTakenRightly(hex("f248cdc9c90700")));
  assert(assertTakenRightly(hex("0200")));
});

Deno.test("inflateSmall() leaves other blocks, and what is wrong, to others", () => {
  const payloads = [
    "", // no block
    "00", // stored
    "f348cdc9c9070000", // the last block
    "f248cdc9c907", // cut short
    "f248cdc9c90700" + "00", // more behind the stored block's header
    "f2", // no end
    "050000", // codes of its own
  ];
  for (const payload of payloads) {
    assertEquals(inflateSmall(hex(payload), historyOf(before), output), -1, payload);
  }
});

Deno.test("inflateSmall() leaves what looks back too far to others", () => {
  const deflater = pakoStreams.makeDeflater(given);
  deflater.compress(before);
  const payload = deflater.compress(before).slice();
  assertEquals(inflateSmall(payload, historyOf(before), output), before.length);
  assertEquals(inflateSmall(payload, historyOf(before.subarray(2)), output), -1);
  assertEquals(inflateSmall(payload, new OutputHistory(), output), -1);
});

/** A message as a sender with nothing but fixed codes makes it. */
function withFixedCodes(message: Uint8Array): Uint8Array {
  const strategy = constants.Z_FIXED;
  return deflateRawSync(message, { strategy, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

Deno.test("hostile 430: a small bomb is left to those who have limits", () => {
  const history = new OutputHistory();
  const most = withFixedCodes(new Uint8Array(mostSmallOutput));
  assertEquals(inflateSmall(most, history, output), mostSmallOutput);
  const bomb = withFixedCodes(new Uint8Array(mostSmallOutput + 1));
  assertEquals(inflateSmall(bomb, history, output), -1);
});

Deno.test("inflateSmall() gives what pako gives, whatever the bytes", () => {
  const anyPayload = fc.uint8Array({ maxLength: 40 }).map((bytes) => {
    if (bytes.length > 0) bytes[0] = bytes[0]! & 0xf8 | 2;
    return bytes;
  });
  const message = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.array(fc.constantFrom("What", " was", "sent", "\u00e9", "12"), {
      minLength: 1,
      maxLength: 90,
    })
      .map((words) => utf8(words.join(""))),
  );
  const changed = fc.tuple(message, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat()).map(
    ([bytes, at, bits, cut]) => {
      const deflater = pakoStreams.makeDeflater(given);
      deflater.compress(before);
      const payload = deflater.compress(bytes).slice();
      payload[at % payload.length]! ^= bits;
      return cut % 4 === 0 ? payload.subarray(0, cut % payload.length) : payload;
    },
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(anyPayload, changed), (payload) => {
      if (assertTakenRightly(payload)) taken++;
    }),
    { numRuns: 4000 },
  );
  assert(taken > 50, String(taken));
});
