/** Compressed data made by hand: blocks that hold nothing. RFC 1951 §3.2. */

/** The three ways in which a block can be compressed. */
export type BlockKind = "stored" | "fixed" | "dynamic";

/** The payload of an empty message in so many blocks of one kind, each of 5, 1.25 or 11.5 bytes. */
export function emptyBlocks(kind: BlockKind, count: number): Uint8Array<ArrayBuffer> {
  const writer = new BitWriter(13 * count + 1);
  for (let i = 0; i < count; i++) appendBlock[kind](writer);
  // The header of one more stored block; its length is the tail that RFC 7692 §7.2.1 takes away.
  writer.put(0, 3);
  return writer.bytes();
}

const appendBlock: Record<BlockKind, (writer: BitWriter) => void> = {
  stored(writer) {
    writer.put(0, 3);
    writer.align();
    writer.put(0x0000, 16);
    writer.put(0xffff, 16);
  },
  fixed(writer) {
    writer.put(0b010, 3);
    writer.put(0, 7); // the end of the block
  },
  dynamic(writer) {
    writer.put(0b100, 3);
    writer.put(0, 5); // 257 codes of literals and lengths
    writer.put(0, 5); // 1 code of distances
    writer.put(14, 4); // 18 codes of code lengths: 1 bit for "many zeros", 2 bits for 0 and for 1
    for (const symbol of codeLengthOrder) {
      writer.put(symbol === 18 ? 1 : symbol <= 1 ? 2 : 0, 3);
    }
    for (const zeros of [138, 118]) {
      writer.put(0, 1);
      writer.put(zeros - 11, 7);
    }
    writer.put(0b11, 2); // the end of the block has a code of 1 bit
    writer.put(0b01, 2); // there are no distances
    writer.put(0, 1); // the end of the block
  },
};

const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1];

/** Bits from the lowest of each byte on. */
class BitWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  put(value: number, bits: number): void {
    for (let i = 0; i < bits; i++, this.#length++) {
      this.#bytes[this.#length >> 3]! |= ((value >> i) & 1) << (this.#length & 7);
    }
  }

  align(): void {
    this.#length = (this.#length + 7) & ~7;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    this.align();
    return this.#bytes.slice(0, this.#length >> 3);
  }
}
