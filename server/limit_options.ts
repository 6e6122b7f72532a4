/** The limits and timeouts of `serve`, which are numbers: their meaning, default and check. */

import { checkNumber } from "../wire/option_checks.ts";
import type { HeadLimits, MessageLimits } from "../protocol/mod.ts";

/** Limits and timeouts, each a number. Sizes are in bytes, times in milliseconds. */
export interface LimitOptions extends Partial<MessageLimits>, Partial<HeadLimits> {
  /** Largest body of a plain request; beyond it 413. @default {1_048_576} */
  maxBodySize?: number;
  /** Chunks of fewer than 128 bytes in such a body; beyond them 413. @default {16_384} */
  maxSmallChunks?: number;
  /** Time from accept to the 101, TLS included; then 408 or the end. @default {10_000} */
  handshakeTimeout?: number;
  /**
   * Time that an idle keep-alive HTTP connection stays open; `Keep-Alive` tells one second less. Let
   * it be longer than that of a proxy in front: nginx keeps connections for 60 s.
   *
   * @default {65_000}
   */
  idleTimeout?: number;
  /** Time for a plain request's body, and in which a response must move on. @default {60_000} */
  bodyTimeout?: number;
  /** Time between two pings; 0 sends none. @default {25_000} */
  pingInterval?: number;
  /**
   * Time after a ping in which something must arrive, else 1006; 0 waits for ever. It begins when a
   * peer that reads 32 KiB a second has read what was sent before: up to 6 times as long after the
   * ping, and longer only while the peer takes more.
   *
   * @default {20_000}
   */
  pingTimeout?: number;
  /** Time that one message may take to arrive, else 1008; 0 is any. @default {60_000} */
  messageTimeout?: number;
  /**
   * Time for the closing handshake, then TCP is destroyed. It begins when a peer that reads 32 KiB a
   * second has read what was sent before; in all, closing may take 12 times as long.
   *
   * @default {10_000}
   */
  closeTimeout?: number;
  /** Queue of a connection from which on `send` says `"queued"`. @default {65_536} */
  highWaterMark?: number;
  /**
   * Queue of a connection from which on it is full: its peer must read, see `slowTimeout`. Until it
   * is found slow, up to 16 times as much is taken on top; never more. @default {1_048_576}
   */
  maxQueuedBytes?: number;
  /** Time in which a peer whose queue is full must take something, else 1013. @default {20_000} */
  slowTimeout?: number;
  /** Unanswered pings of a peer that does not read, then it is cut off. @default {64} */
  maxPendingPongs?: number;
  /** Connections in all, beyond which 503; 0 is any number. @default {0} */
  maxConnections?: number;
  /**
   * Connections of one address, or IPv6 network of 64 bits, beyond which 429; 0 is any number.
   * Behind a trusted proxy, the client's connections count.
   *
   * @default {0}
   */
  maxConnectionsPerAddress?: number;
  /**
   * Bytes that all peers together may make the server hold: messages, bodies and heads that have
   * not come whole, heads of open connections, and what waits for slow readers. Beyond it, those
   * that hold most and have done so for the longest time are sent away, by 1013 or 503, or cut off.
   *
   * @default {268_435_456}
   */
  memoryBudget?: number;
}

interface NumberRule {
  readonly default: number;
  readonly least: number;
  readonly unit?: string;
}

/** All numbers, with the least value that makes sense. Defaults stand here and nowhere else. */
const numbers = {
  port: { default: 8080, least: 0 },
  maxMessageSize: { default: 1_048_576, least: 1, unit: "bytes" },
  maxFragments: { default: 16_384, least: 1 },
  maxRequestLine: { default: 8_192, least: 64, unit: "bytes" },
  maxHeaderSize: { default: 16_384, least: 256, unit: "bytes" },
  maxHeaders: { default: 100, least: 8 },
  maxBodySize: { default: 1_048_576, least: 0, unit: "bytes" },
  maxSmallChunks: { default: 16_384, least: 0 },
  handshakeTimeout: { default: 10_000, least: 1, unit: "ms" },
  idleTimeout: { default: 65_000, least: 1, unit: "ms" },
  bodyTimeout: { default: 60_000, least: 1, unit: "ms" },
  pingInterval: { default: 25_000, least: 0, unit: "ms" },
  pingTimeout: { default: 20_000, least: 0, unit: "ms" },
  messageTimeout: { default: 60_000, least: 0, unit: "ms" },
  closeTimeout: { default: 10_000, least: 1, unit: "ms" },
  highWaterMark: { default: 65_536, least: 0, unit: "bytes" },
  maxQueuedBytes: { default: 1_048_576, least: 0, unit: "bytes" },
  slowTimeout: { default: 20_000, least: 0, unit: "ms" },
  maxPendingPongs: { default: 64, least: 16 },
  maxConnections: { default: 0, least: 0 },
  maxConnectionsPerAddress: { default: 0, least: 0 },
  memoryBudget: { default: 268_435_456, least: 1, unit: "bytes" },
} as const satisfies Record<string, NumberRule>;

/** Their names. */
export type NumberName = keyof typeof numbers;

/** Their names, in the order in which errors list them. */
export const numberNames = Object.keys(numbers) as readonly NumberName[];

/**
 * Checks the numbers among the options, and fills in the defaults.
 *
 * @throws {TypeError} One is no number.
 * @throws {RangeError} One is out of range.
 */
export function resolveNumbers(
  options: LimitOptions & { port?: number },
): Record<NumberName, number> {
  const entries = Object.entries(numbers).map(([name, { default: usual, ...least }]) => {
    const value = options[name as NumberName] ?? usual;
    return [name, checkNumber(name, value, { ...least, fractions: true, endless: true })];
  });
  return Object.fromEntries(entries);
}
