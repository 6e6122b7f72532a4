/** The options of one side of permessage-deflate. RFC 7692 §7.1. */

import { checkOptions, type OptionType } from "./option_checks.ts";

/**
 * How one side compresses, and what it asks of the other.
 *
 * Messages stand alone unless the `NoContextTakeover` options are `false`. Context takeover makes
 * small messages smaller, 15 bytes instead of 102 for chat messages of 118, and faster. But a peer
 * that can place its text beside a secret in one window can guess the secret from the lengths
 * (CRIME, BREACH), and each connection then holds memory from its first compressed message on:
 *
 * | window bits | `memLevel` | sending | receiving |
 * | --- | --- | --- | --- |
 * | 15 | 8 | 303 KiB, pako 257 | 80 KiB, pako 50 |
 * | 15 | 5 | 149 KiB | as above |
 * | 12 | 5 | 48 KiB | 23 KiB |
 * | 9 | 1 | 18 KiB | 21 KiB |
 *
 * Measured in Deno 2.9 as the growth of the process by 300 codecs, each after a message of 100 kB.
 * A server compresses by the runtime's own zlib, four times as fast as pako, where `memLevel` is 8
 * or 9 or messages stand alone, and inflates by it where the window has 15 bits; else it takes
 * pako, whose streams can be small. Both are freed when the connection ends, for the next ones to
 * use. While all messages are small and repeat others, neither is needed: sending then takes 80 KiB,
 * and receiving 32. Without context takeover a connection holds nothing, but for the last column
 * while a message of the peer has begun and not ended.
 */
export interface DeflateOptions {
  /**
   * Whether each message of the server stands alone. `false` lets the server keep its window from
   * message to message, unless the client asks it not to.
   *
   * @default {true}
   */
  serverNoContextTakeover?: boolean;
  /**
   * Whether each message of the client stands alone. `false` lets the client keep its window from
   * message to message.
   *
   * @default {true}
   */
  clientNoContextTakeover?: boolean;
  /**
   * Window of the server's messages, from 8 (256 bytes) to 15 (32 KiB). The smaller of both sides'
   * values holds.
   *
   * @default {15}
   */
  serverMaxWindowBits?: number;
  /**
   * Window of the client's messages, from 8 (256 bytes) to 15 (32 KiB). The smaller of both sides'
   * values holds. A server may limit only clients that offer it: others use 15.
   *
   * @default {15}
   */
  clientMaxWindowBits?: number;
  /**
   * How hard our messages are compressed, from 1 (fastest) to 9 (smallest). zlib's own default of 6
   * takes 1.6 times as long as 5 for a chat message with context takeover, for 3 % fewer bytes.
   *
   * @default {5}
   */
  level?: number;
  /**
   * How much memory compressing may take beside the window, from 1 to 9: see {@linkcode
   * DeflateOptions}.
   *
   * @default {8}
   */
  memLevel?: number;
}

/** The options, by name. */
export const deflateOptionTypes = {
  serverNoContextTakeover: "boolean",
  clientNoContextTakeover: "boolean",
  serverMaxWindowBits: "number",
  clientMaxWindowBits: "number",
  level: "number",
  memLevel: "number",
} as const satisfies Record<keyof DeflateOptions, OptionType>;

/**
 * Fills in the defaults.
 *
 * @param options The configured options.
 * @returns All options, in a new object.
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} A number is out of range or not whole.
 *
 * @example Context takeover for what the server sends
 * ```ts
 * import { resolveDeflateOptions } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * const options = resolveDeflateOptions({ serverNoContextTakeover: false });
 * assertEquals(options.serverNoContextTakeover, false);
 * assertEquals(options.clientNoContextTakeover, true);
 * assertEquals(options.serverMaxWindowBits, 15);
 * ```
 */
export function resolveDeflateOptions(options: DeflateOptions): Required<DeflateOptions> {
  checkOptions("permessage-deflate", options, deflateOptionTypes);
  const {
    serverNoContextTakeover = true,
    clientNoContextTakeover = true,
    serverMaxWindowBits = 15,
    clientMaxWindowBits = 15,
    level = 5,
    memLevel = 8,
  } = options;
  checkInteger("serverMaxWindowBits", serverMaxWindowBits, 8, 15);
  checkInteger("clientMaxWindowBits", clientMaxWindowBits, 8, 15);
  checkInteger("level", level, 1, 9);
  checkInteger("memLevel", memLevel, 1, 9);
  return {
    serverNoContextTakeover,
    clientNoContextTakeover,
    serverMaxWindowBits,
    clientMaxWindowBits,
    level,
    memLevel,
  };
}

/** Throws an error that names the option, unless its value is in range. */
export function checkInteger(name: string, value: unknown, lowest: number, highest: number): void {
  const text = `Cannot use ${name} as it must be an integer from ${lowest} to ${highest}: ` +
    `current value is ${String(value)}`;
  if (typeof value !== "number") throw new TypeError(text);
  if (!Number.isInteger(value) || value < lowest || value > highest) throw new RangeError(text);
}
