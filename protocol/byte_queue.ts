/** Bytes that gather at the end of one growing buffer, which is used again once they are taken. */

const none = new Uint8Array(0);

/** An empty queue keeps a buffer up to this size; larger ones go from queue to queue. */
const keptCapacity = 1024;

/** Buffers of one size that no queue needs at present: new memory costs as much as filling it. */
interface BufferPool {
  readonly size: number;
  /** Most of them that are kept. */
  readonly most: number;
  readonly free: Uint8Array<ArrayBuffer>[];
}

const pools: readonly BufferPool[] = [
  { size: 4 * 1024, most: 256, free: [] },
  { size: 16 * 1024, most: 64, free: [] },
  { size: 64 * 1024, most: 64, free: [] },
];

/** Larger ones are as large as they were needed. */
const largeSpares: Uint8Array<ArrayBuffer>[] = [];
const mostLarge = 4;
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
      const outgrown = this.bytes;
      this.bytes = takeBuffer(Math.max(256, 2 * outgrown.length, wanted));
      this.bytes.set(outgrown.subarray(0, this.length));
      keepBuffer(outgrown);
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
   * Empties the queue. Its buffer is kept for the next bytes; a large one goes to whichever queue
   * needs it next.
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
    keepBuffer(this.bytes);
    this.bytes = none;
  }
}

function takeBuffer(size: number): Uint8Array<ArrayBuffer> {
  if (size <= keptCapacity) return new Uint8Array(size);
  for (const spare of pools) {
    if (size <= spare.size) return spare.free.pop() ?? new Uint8Array(spare.size);
  }
  const index = largeSpares.findIndex((spare) => spare.length >= size);
  return index < 0 ? new Uint8Array(size) : largeSpares.splice(index, 1)[0]!;
}

function keepBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  const size = buffer.length;
  if (size <= keptCapacity) return;
  for (const spare of pools) {
    if (size > spare.size) continue;
    if (spare.free.length < spare.most) spare.free.push(buffer);
    return;
  }
  if (largeSpares.length < mostLarge && size <= largestSpare) largeSpares.push(buffer);
}
