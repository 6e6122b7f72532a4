/** Bytes that gather at the end of one growing buffer, which is used again once they are taken. */

const none = new Uint8Array(0);

/** An empty queue keeps a buffer up to this size; larger ones go from queue to queue. */
const keptCapacity = 64 * 1024;

/** Large buffers that no queue needs at present: new memory costs as much as filling it. */
const spares: Uint8Array<ArrayBuffer>[] = [];
const mostSpares = 4;
const largestSpare = 4 * 1024 * 1024;

/**
 * A buffer that grows at its end. Writers reserve room and fill it in place, or append copies.
 *
 * @example Gathering two pieces
 * ```ts
 * import { ByteQueue } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const queue = new ByteQueue();
 * queue.append(Uint8Array.of(1, 2));
 * queue.append(Uint8Array.of(3));
 * assertEquals(queue.peek(), Uint8Array.of(1, 2, 3));
 * ```
 */
export class ByteQueue {
  /** The buffer; bytes from {@linkcode ByteQueue.length} on mean nothing. */
  bytes: Uint8Array<ArrayBuffer> = none;
  /** How many bytes are in the queue. */
  length = 0;

  /**
   * Makes room at the end, without counting it as content yet: fill `bytes` from `length` on, then
   * raise `length`.
   *
   * @param size Bytes wanted behind the present content.
   * @returns The buffer to write into; a later reserve may replace it.
   *
   * @example Text encoded in its place
   * ```ts
   * import { ByteQueue } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const queue = new ByteQueue();
   * queue.append(Uint8Array.of(0x24));
   * const room = queue.reserve(3 * "€".length).subarray(queue.length);
   * queue.length += new TextEncoder().encodeInto("€", room).written;
   * assertEquals(queue.peek(), new TextEncoder().encode("$€"));
   * ```
   */
  reserve(size: number): Uint8Array<ArrayBuffer> {
    const wanted = this.length + size;
    if (wanted > this.bytes.length) {
      const grown = makeBuffer(Math.max(256, 2 * this.bytes.length, wanted));
      grown.set(this.bytes.subarray(0, this.length));
      this.bytes = grown;
    }
    return this.bytes;
  }

  /**
   * Copies bytes to the end.
   *
   * @param part The bytes to copy.
   *
   * @example A buffer that is used again
   * ```ts
   * import { ByteQueue } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const queue = new ByteQueue();
   * const buffer = new Uint8Array(1);
   * for (const byte of [1, 2, 3]) {
   *   buffer[0] = byte;
   *   queue.append(buffer);
   * }
   * assertEquals([...queue.peek()], [1, 2, 3]);
   * ```
   */
  append(part: Uint8Array): void {
    this.reserve(part.length).set(part, this.length);
    this.length += part.length;
  }

  /**
   * Shows the content.
   *
   * @returns A view that is valid until the queue changes.
   *
   * @example What is reserved is not content
   * ```ts
   * import { ByteQueue } from "@hawser/ws/protocol";
   * import { assertEquals } from "@std/assert";
   *
   * const queue = new ByteQueue();
   * queue.append(Uint8Array.of(1, 2));
   * queue.reserve(1000);
   * assertEquals([...queue.peek()], [1, 2]);
   * ```
   */
  peek(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /**
   * Empties the queue. Its buffer is kept for the next bytes, unless it has grown over 64 KiB.
   *
   * @example The next bytes in the same buffer
   * ```ts
   * import { ByteQueue } from "@hawser/ws/protocol";
   * import { assertEquals, assertStrictEquals } from "@std/assert";
   *
   * const queue = new ByteQueue();
   * const buffer = queue.reserve(100);
   * queue.length = 100;
   * queue.clear();
   * assertEquals(queue.length, 0);
   * assertStrictEquals(queue.reserve(100), buffer);
   * ```
   */
  clear(): void {
    this.length = 0;
    if (this.bytes.length <= keptCapacity) return;
    if (spares.length < mostSpares && this.bytes.length <= largestSpare) spares.push(this.bytes);
    this.bytes = none;
  }
}

function makeBuffer(size: number): Uint8Array<ArrayBuffer> {
  const index = size > keptCapacity ? spares.findIndex((spare) => spare.length >= size) : -1;
  return index < 0 ? new Uint8Array(size) : spares.splice(index, 1)[0]!;
}
