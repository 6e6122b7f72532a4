/** The same bytes cut in every way that a network may cut them. */

/** Bytes of a hex string; spaces are ignored. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-f]/i.test(digits)) {
    throw new TypeError(`Cannot read hex: current value is "${text}"`);
  }
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Hex digits of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
export function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Calls `run` with the bytes whole, byte by byte, and at three sets of random cuts. Each chunk is
 * a fresh copy that is overwritten afterwards, so a view that was kept by mistake is seen.
 */
export function forEachSplit(
  bytes: Uint8Array,
  run: (chunks: Iterable<Uint8Array<ArrayBuffer>>, how: string) => void,
): void {
  run(chunks(bytes, [bytes.length]), "whole");
  run(chunks(bytes, new Array(bytes.length).fill(1)), "byte by byte");
  for (const seed of [1, 2, 3]) {
    const next = random(seed);
    const sizes: number[] = [];
    for (let left = bytes.length; left > 0; left -= sizes.at(-1)!) {
      sizes.push(Math.min(left, 1 + Math.floor(next() * Math.max(2, bytes.length / 3))));
    }
    run(chunks(bytes, sizes), `random cuts ${seed}`);
  }
}

function* chunks(bytes: Uint8Array, sizes: Iterable<number>): Generator<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  for (const size of sizes) {
    const chunk = bytes.slice(offset, offset + size);
    yield chunk;
    chunk.fill(0x5a);
    offset += size;
  }
}
