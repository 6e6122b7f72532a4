/** The memory formula of SECURITY.md, for one row. */

import type { Flood } from "./floods/mod.ts";

const mebibyte = 2 ** 20;

/** What one connection may hold at the most: a message, its copy, a full queue and buffers. */
const perConnection = 6 * mebibyte;

/** What the runtime may have beside it in garbage that it has not collected. */
const garbage = 192 * mebibyte;

/** The server without clients. */
const base = 96 * mebibyte;

/**
 * The most memory that a server may have under a flood.
 *
 * @param flood The flood.
 * @param clients Honest clients.
 * @returns Bytes.
 */
export function memoryLimit({ connections }: Pick<Flood, "connections">, clients: number): number {
  const held = Math.min(connections * perConnection, 256 * mebibyte + connections * mebibyte);
  return base + garbage + held + clients * mebibyte / 8;
}
