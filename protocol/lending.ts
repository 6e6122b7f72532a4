/** Binary messages that are lent to their handler instead of given to it. */

/**
 * The owner of the bytes of a binary message: `"owned"`, the handler's, for as long as it likes;
 * `"lent"`, the handler's for as long as it runs; `"lent-checked"`, the same for tests: afterwards
 * the bytes are overwritten with 0xDD, so that a handler that has kept them is found out.
 */
export type BinaryMode = "owned" | "lent" | "lent-checked";

const modes: readonly string[] = ["owned", "lent", "lent-checked"] satisfies BinaryMode[];

/**
 * Checks the option `binary`.
 *
 * @throws {RangeError} There is no such mode.
 */
export function checkBinary(mode: BinaryMode): BinaryMode {
  if (modes.includes(mode)) return mode;
  throw new RangeError(`Cannot use binary "${mode}": it must be one of ${modes.join(", ")}`);
}

/** Bytes of one thread's buffers that wait for messages. @limit bytes: buffers are dropped */
const mostKept = 8 * 1024 * 1024;

const smallestBits = 8;
const largestBits = 20;

/** Overwrites a message that was lent and is checked. */
const overwrite = 0xdd;

/** Buffers that wait, by the binary logarithm of their size. */
const free: Uint8Array<ArrayBuffer>[][] = [];
for (let bits = 0; bits <= largestBits; bits++) free.push([]);
let kept = 0;

/**
 * Finds or makes a buffer for a message that is to be lent; its content means nothing.
 *
 * @param size Bytes that it must have; it may have up to twice as many.
 */
export function takeBuffer(size: number): Uint8Array<ArrayBuffer> {
  return takeKept(size) ?? new Uint8Array(size > 1 << largestBits ? size : 1 << bitsOf(size));
}

/** Finds a buffer of {@linkcode takeBuffer} that waits, as that takes no more memory. */
export function takeKept(size: number): Uint8Array<ArrayBuffer> | undefined {
  if (size > 1 << largestBits) return undefined;
  const buffer = free[bitsOf(size)]!.pop();
  if (buffer !== undefined) kept -= buffer.length;
  return buffer;
}

function bitsOf(size: number): number {
  return Math.max(smallestBits, 32 - Math.clz32(size - 1));
}

/** Keeps a buffer of {@linkcode takeBuffer} for the next message. Nobody else may hold it. */
export function keepBuffer(buffer: Uint8Array<ArrayBuffer>): void {
  const { length } = buffer;
  if (length === 0 || length > 1 << largestBits || kept + length > mostKept) return;
  kept += length;
  free[bitsOf(length)]!.push(buffer);
}

/** The message that one connection has lent. */
export class Lending {
  readonly #isChecked: boolean;
  #view: Uint8Array | undefined;
  #isPooled = false;

  constructor(mode: Exclude<BinaryMode, "owned">) {
    this.#isChecked = mode === "lent-checked";
  }

  /**
   * A message is about to be handed on.
   *
   * @param view The message.
   * @param isPooled Whether it lies in a buffer of {@linkcode takeBuffer}.
   */
  lend(view: Uint8Array, isPooled: boolean): void {
    this.#view = view;
    this.#isPooled = isPooled;
  }

  /** The handler is done with the message, if there is one. */
  takeBack(): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#view = undefined;
    if (this.#isChecked) view.fill(overwrite);
    if (this.#isPooled) keepBuffer(new Uint8Array(view.buffer as ArrayBuffer));
  }

  /** Nobody knows how long the handler needs the message: it is left to the garbage collector. */
  forget(): void {
    this.#view = undefined;
  }
}
