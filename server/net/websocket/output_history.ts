/** Keeps the last output of a stream: what compressed data may refer to. */

/** No distance in compressed data is longer. RFC 1951 §3.2.5. */
export const longestDistance = 32 * 1024;

/** Room at the start; most messages need no more. */
const leastRoom = 512;

/** The last 32 KiB of a stream of bytes. Its memory grows with what was pushed. */
export class OutputHistory {
  #bytes = new Uint8Array(leastRoom);
  /** Where the next byte goes. */
  #at = 0;
  /** Whether the ring is full, so that the oldest byte is the next one to be overwritten. */
  #full = false;

  /** Bytes of memory that it holds. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  /** How many bytes may be referred to. */
  get size(): number {
    return this.#full ? this.#bytes.length : this.#at;
  }

  /** The byte so far back from the end: 1 is the last one, {@linkcode size} the oldest. */
  byteAt(distance: number): number {
    // The ring's length is a power of two.
    return this.#bytes[(this.#at - distance) & (this.#bytes.length - 1)]!;
  }

  /** Appends bytes, which are copied. */
  push(bytes: Uint8Array): void {
    const end = this.#at + bytes.length;
    if (end > this.#bytes.length && this.#bytes.length < longestDistance) this.#grow(end);
    const size = this.#bytes.length;
    if (end <= size) {
      this.#bytes.set(bytes, this.#at);
      this.#at = end;
      return;
    }
    const last = bytes.subarray(-size);
    const head = Math.min(last.length, size - this.#at);
    this.#bytes.set(last.subarray(0, head), this.#at);
    this.#bytes.set(last.subarray(head), 0);
    this.#at = (this.#at + last.length) % size;
    this.#full = true;
  }

  #grow(size: number): void {
    let room = this.#bytes.length;
    while (room < size && room < longestDistance) room *= 2;
    const grown = new Uint8Array(room);
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
  }

  /** Copies what is there, oldest first. */
  copy(): Uint8Array {
    const newest = this.#bytes.subarray(0, this.#at);
    if (!this.#full) return newest.slice();
    const copy = new Uint8Array(this.#bytes.length);
    copy.set(this.#bytes.subarray(this.#at));
    copy.set(newest, this.#bytes.length - this.#at);
    return copy;
  }

  /** Forgets all of it, and keeps the memory for the next stream. */
  clear(): void {
    this.#at = 0;
    this.#full = false;
  }
}
