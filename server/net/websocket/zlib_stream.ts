/** Drives a stream of `node:zlib` synchronously, step by step. */

/** Emits what is there and ends at a byte (zlib's Z_SYNC_FLUSH). */
export const syncFlush = 2;

/** Stops where a block ends (zlib's Z_BLOCK). */
export const stopAtBlock = 5;

/** The smallest buffer that `node:zlib` lets a stream have; ours brings its own. */
const chunkSize = 64;

const none = new Uint8Array(0);

/** How hard and by what window a stream compresses. */
export interface ZlibSettings {
  /** Window bits, from 9 to 15. */
  readonly windowBits: number;
  /** From 1 to 9. */
  readonly level: number;
  /** From 1 to 9. */
  readonly memLevel: number;
}

/** The native side of a stream, as `node:zlib`'s own synchronous functions use it. */
interface ZlibHandle {
  onerror: (message: string, code: number) => void;
  writeSync(
    flush: number,
    input: Uint8Array,
    inputStart: number,
    inputLength: number,
    output: Uint8Array,
    outputStart: number,
    outputLength: number,
  ): void;
  reset(): void;
  close(): void;
}

/** The fields of a stream of `node:zlib` that are used. */
interface ZlibStreamInternals {
  readonly _handle: ZlibHandle;
  /** The rest of the output, and of the input, after a step. */
  readonly _writeState: Uint32Array;
}

/** The parts of `node:zlib` that are used. */
export type ZlibModule = Pick<typeof import("node:zlib"), "createDeflateRaw" | "createInflateRaw">;

/** One raw stream, which compresses or inflates. Its native memory is held until it is closed. */
export class ZlibStream {
  static #open = 0;
  /** The error of the present step. */
  static #fault = "";
  static readonly #keepFault = (message: string): void => {
    ZlibStream.#fault = message;
  };

  /** Streams that are not closed. */
  static get open(): number {
    return ZlibStream.#open;
  }

  readonly #handle: ZlibHandle;
  readonly #left: Uint32Array;
  #closed = false;

  constructor(stream: object) {
    const { _handle, _writeState } = stream as ZlibStreamInternals;
    this.#handle = _handle;
    this.#left = _writeState;
    _handle.onerror = ZlibStream.#keepFault;
    ZlibStream.#open++;
  }

  /** Opens a stream that compresses. Its first output may refer to the dictionary. */
  static deflate(
    zlib: ZlibModule,
    settings: ZlibSettings,
    dictionary: Uint8Array = none,
  ): ZlibStream {
    const given = dictionary.length > 0 ? { dictionary } : {};
    return new ZlibStream(zlib.createDeflateRaw({ ...settings, ...given, chunkSize }));
  }

  /** Opens a stream that inflates, with a window of 32 KiB. */
  static inflate(zlib: ZlibModule): ZlibStream {
    return new ZlibStream(zlib.createInflateRaw({ windowBits: 15, chunkSize }));
  }

  /** Bytes of input that the last step has not taken. */
  get inputLeft(): number {
    return this.#left[1]!;
  }

  /** Bytes of output that the last step has left free. */
  get outputLeft(): number {
    return this.#left[0]!;
  }

  /**
   * Takes input from `start` to `end`, and writes output from `at` to the end of its buffer. Returns
   * what zlib finds wrong with the input, or nothing.
   */
  step(
    flush: number,
    input: Uint8Array,
    start: number,
    end: number,
    output: Uint8Array,
    at: number,
  ): string {
    ZlibStream.#fault = "";
    this.#handle.writeSync(flush, input, start, end - start, output, at, output.length - at);
    return ZlibStream.#fault;
  }

  /** Forgets what was before. */
  reset(): void {
    this.#handle.reset();
  }

  /** Frees the native memory at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    ZlibStream.#open--;
    this.#handle.close();
  }
}

/**
 * Finds the runtime's zlib. The first call loads it, which takes 10 ms. Returns `undefined` where
 * there is none, or where its streams cannot be driven as above: it is asked, not believed.
 */
export function findZlib(): ZlibModule | undefined {
  const { process } = globalThis; // Deno loads it at its first use, an import at the start
  const zlib = process.getBuiltinModule?.("node:zlib");
  return zlib !== undefined && isDrivable(zlib) ? zlib : undefined;
}

/** Whether both kinds of streams do what is asked of them, and tell what is wrong with an input. */
export function isDrivable(zlib: ZlibModule): boolean {
  const opened: ZlibStream[] = [];
  try {
    const deflate = ZlibStream.deflate(zlib, { windowBits: 9, level: 6, memLevel: 1 });
    opened.push(deflate);
    const inflate = ZlibStream.inflate(zlib);
    opened.push(inflate);
    const message = Uint8Array.of(7, 7, 7, 7, 7, 7, 7, 7);
    const compressed = new Uint8Array(64);
    const inflated = new Uint8Array(64);
    let isRight = true;
    for (let round = 0; round < 2; round++) {
      deflate.reset();
      inflate.reset();
      const faults = deflate.step(syncFlush, message, 0, message.length, compressed, 0);
      const size = compressed.length - deflate.outputLeft;
      const fault = inflate.step(syncFlush, compressed, 0, size, inflated, 0);
      const restored = inflated.subarray(0, inflated.length - inflate.outputLeft);
      isRight &&= faults + fault === "" && deflate.inputLeft + inflate.inputLeft === 0 &&
        restored.join() === message.join();
    }
    const wrong = Uint8Array.of(0xff);
    return isRight && inflate.step(syncFlush, wrong, 0, 1, inflated, 0) === "invalid block type";
  } catch {
    return false; // it is another runtime's
  } finally {
    for (const stream of opened) stream.close();
  }
}
