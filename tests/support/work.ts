/** Counts what a piece of code does, so that tests of its cost need no clock. */

import { Utf8Validator } from "../../protocol/utf8.ts";

/** Bytes that were touched by the parts of the code that go over bytes. */
export interface Work {
  /** Bytes copied by `set` and `slice` of typed arrays. */
  copied: number;
  /** Bytes given to the UTF-8 check. */
  checked: number;
}

/** Runs synchronous code and counts its work. */
export function countWork(run: () => void): Work {
  const work: Work = { copied: 0, checked: 0 };
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
  const { set, slice } = typedArray;
  const { push } = Utf8Validator.prototype;
  typedArray.set = function (this: Uint8Array, source: Uint8Array, offset?: number): void {
    work.copied += source.length;
    set.call(this, source, offset);
  };
  typedArray.slice = function (this: Uint8Array, start?: number, end?: number): Uint8Array {
    const copy = slice.call(this, start, end);
    work.copied += copy.length;
    return copy;
  };
  Utf8Validator.prototype.push = function (bytes, start = 0, end = bytes.length): boolean {
    work.checked += end - start;
    return push.call(this, bytes, start, end);
  };
  try {
    run();
  } finally {
    Object.assign(typedArray, { set, slice });
    Object.assign(Utf8Validator.prototype, { push });
  }
  return work;
}
