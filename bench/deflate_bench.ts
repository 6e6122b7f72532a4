/**
 * The cost of compression: JSON messages of 118 bytes on 64 connections in turn, and texts of 128
 * KiB, by pako and by the runtime's own zlib.
 */

import { deflateRawSync } from "node:zlib";
import { pakoStreams } from "../protocol/deflate.ts";
import type { DeflaterOptions } from "../protocol/deflate_streams.ts";
import { nativeStreams } from "../server/net/websocket/native_deflate.ts";

const connections = 64;
const kept = { windowBits: 15, noContextTakeover: false };
const alone = { windowBits: 15, noContextTakeover: true };
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

/** Prose. */
const large = new TextEncoder().encode(
  ["SECURITY.md", "README.md", "CHANGELOG.md", "ARCHITECTURE.md"]
    .map((name) => Deno.readTextFileSync(name)).join(""),
).slice(0, 128 * 1024);

const zlibs = { pako: pakoStreams, native: nativeStreams() };

function ignore(): void {}

/** Calls `run` for one connection after the other, and with the next message after each round. */
function inTurn(run: (connection: number, message: number) => void): () => void {
  let count = 0;
  return () => {
    run(count % connections, Math.floor(count / connections) & 1023);
    count++;
  };
}

function compressInTurn(zlib: keyof typeof zlibs, options: DeflaterOptions): () => void {
  const deflaters = Array.from(
    { length: connections },
    () => zlibs[zlib].makeDeflater(options),
  );
  return inTurn((connection, message) => deflaters[connection]!.compress(messages[message]!));
}

/** The first payload stands alone, so that the list may be received over and over in its order. */
function inflateInTurn(zlib: keyof typeof zlibs, options: DeflaterOptions): () => void {
  const source = pakoStreams.makeDeflater(options);
  const payloads = messages.map((message) => source.compress(message).slice());
  const inflaters = Array.from(
    { length: connections },
    () => zlibs[zlib].makeInflater(options),
  );
  return inTurn((connection, message) =>
    inflaters[connection]!.inflate(payloads[message]!, true, ignore)
  );
}

for (const zlib of ["pako", "native"] as const) {
  const baseline = zlib === "pako";
  for (const level of [1, 4, 5, 6]) {
    const name = `${zlib}, context takeover, level ${level}`;
    const first = baseline && level === 5;
    Deno.bench(
      name,
      { group: "compress", baseline: first },
      compressInTurn(zlib, { ...kept, level }),
    );
  }
  Deno.bench(`${zlib}, messages alone`, { group: "compress" }, compressInTurn(zlib, alone));

  const keptName = `${zlib}, context takeover`;
  Deno.bench(keptName, { group: "inflate", baseline }, inflateInTurn(zlib, kept));
  Deno.bench(`${zlib}, messages alone`, { group: "inflate" }, inflateInTurn(zlib, alone));

  const deflater = zlibs[zlib].makeDeflater(alone);
  Deno.bench(`${zlib}, 128 KiB`, { group: "compress 128 KiB", baseline }, () => {
    deflater.compress(large);
  });
  const payload = deflater.compress(large).slice();
  const inflater = zlibs[zlib].makeInflater(alone);
  Deno.bench(`${zlib}, 128 KiB`, { group: "inflate 128 KiB", baseline }, () => {
    inflater.inflate(payload, true, ignore);
  });

  const bomb = new Uint8Array(deflateRawSync(new Uint8Array(64 * 1024 * 1024)));
  Deno.bench(`${zlib}, 64 KiB, stopped at 1 MiB`, { group: "bomb", baseline }, () => {
    let size = 0;
    try {
      zlibs[zlib].makeInflater(alone).inflate(bomb, false, (output) => {
        size += output.length;
        if (size > 1024 * 1024) throw new RangeError("Message is too large");
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  });
}
