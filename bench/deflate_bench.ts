/** What compressing costs: a JSON message of 118 bytes, kept streams against messages alone. */

import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { Deflater, Inflater } from "../protocol/deflate.ts";

const kept = { windowBits: 15, noContextTakeover: false };
const alone = { windowBits: 15, noContextTakeover: true };
const flush = { finishFlush: constants.Z_SYNC_FLUSH };
const words = ["hello", "there", "coffee", "later", "maybe", "lunch", "today", "never"];

/** Chat messages that differ as those of a busy room do. */
const messages = Array.from({ length: 1024 }, (_, index) => {
  const content = [0, 1, 2, 3].map((n) => words[(index * 37 + n * 11 + (index >> n)) % 8]).join(
    " ",
  );
  const text = `{"type":"chat:message","id":${10_000 + index},"userId":"u${index % 7}",` +
    `"content":"${content}","ts":${1_700_000_000 + index * 3},"roomId":"abc"}`;
  return new TextEncoder().encode(text.padEnd(118).slice(0, 118));
});

const keptDeflater = new Deflater(kept);
const loneDeflater = new Deflater(alone);
const lonePayloads = messages.map((message) => loneDeflater.compress(message).slice());
const zlibPayloads = messages.map((message) => deflateRawSync(message, flush));

/** The first stands alone, so the list may be received over and over, but only in its order. */
const source = new Deflater(kept);
const keptPayloads = messages.map((message) => source.compress(message).slice());
const keptInflater = new Inflater(kept);
let nextKept = 0;

const loneInflater = new Inflater(alone);

let next = 0;

function ignore(): void {}

function pick<T>(list: readonly T[]): T {
  return list[next++ & 1023]!;
}

Deno.bench("Deflater, context takeover", { group: "compress", baseline: true }, () => {
  keptDeflater.compress(pick(messages));
});

Deno.bench("Deflater, no context takeover", { group: "compress" }, () => {
  loneDeflater.compress(pick(messages));
});

Deno.bench("node:zlib, one shot", { group: "compress" }, () => {
  deflateRawSync(pick(messages), flush);
});

Deno.bench("Inflater, context takeover", { group: "inflate", baseline: true }, () => {
  keptInflater.inflate(keptPayloads[nextKept++ & 1023]!, true, ignore);
});

Deno.bench("Inflater, no context takeover", { group: "inflate" }, () => {
  loneInflater.inflate(pick(lonePayloads), true, ignore);
});

Deno.bench("node:zlib, one shot", { group: "inflate" }, () => {
  inflateRawSync(pick(zlibPayloads), flush);
});

const bomb = new Uint8Array(deflateRawSync(new Uint8Array(64 * 1024 * 1024)));

Deno.bench("bomb of 64 KiB, stopped at 1 MiB", { group: "bomb" }, () => {
  let size = 0;
  try {
    new Inflater(alone).inflate(bomb, false, (output) => {
      size += output.length;
      if (size > 1024 * 1024) throw new RangeError("Message is too large");
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
});
