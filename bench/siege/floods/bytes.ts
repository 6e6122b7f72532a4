/** Bytes that floods send again and again. */

/** Bytes of one write: enough that the network costs little, not so many that a write takes long. */
const chunkSize = 65_536;

/** The same bytes, as often as they fit into one write. */
export interface Repeated {
  readonly bytes: Uint8Array;
  /** How often they are in it. */
  readonly times: number;
}

/** Encodes text. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Joins bytes. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Repeats bytes.
 *
 * @param part Bytes.
 * @param times How often; without it, as often as they fit into 64 KiB.
 */
export function repeat(
  part: Uint8Array,
  times: number = Math.max(1, Math.floor(chunkSize / part.length)),
): Repeated {
  const bytes = new Uint8Array(part.length * times);
  for (let at = 0; at < bytes.length; at += part.length) bytes.set(part, at);
  return { bytes, times };
}
