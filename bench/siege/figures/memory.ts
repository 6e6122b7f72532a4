/** The memory formula of SECURITY.md, for one row. */

import type { Kind } from "../dialects.ts";
import type { Flood } from "../floods/mod.ts";

const kibibyte = 2 ** 10;
const mebibyte = 2 ** 20;

/** The terms of the formula, in bytes, as SECURITY.md has them. */
export const terms = {
  /** For each connection. */
  connection: 16 * kibibyte,
  /** For each client of an App. */
  client: 24 * kibibyte,
  /** For each membership, and for each room that is remembered. */
  membership: kibibyte,
  /** Addresses, users and rates that are remembered. */
  remembered: 16 * mebibyte,
  /** Garbage. */
  garbage: 192 * mebibyte,
  /** The part of the budget that one connection can make the server hold. */
  heldByOne: 20 * mebibyte,
  /** The budget of all. */
  budget: 256 * mebibyte,
  /** The messages of all streams. */
  history: 64 * mebibyte,
} as const;

/** Sessions that one address may have. */
const sessions = 1_000;

/** Rooms that one connection of a flood can join meanwhile, within the rate. */
const roomsOfOne = 500;

/** The arguments of the formula. */
export interface MemoryCase {
  readonly flood: Pick<Flood, "connections">;
  readonly kind: Kind;
  /** Honest clients. */
  readonly clients: number;
  /** Resident memory before the flood: the program and its honest clients, in bytes. */
  readonly before: number;
}

/**
 * The most memory that a server may have under a flood.
 *
 * @returns Bytes.
 */
export function memoryLimit({ flood, kind, clients, before }: MemoryCase): number {
  const connections = flood.connections + clients;
  const isApp = kind === "chat" || kind === "tokens";
  const app = isApp
    ? (connections + sessions) * terms.client + connections * roomsOfOne * terms.membership +
      terms.history
    : 0;
  return before + connections * terms.connection + app +
    Math.min(connections * terms.heldByOne, terms.budget) + terms.remembered + terms.garbage;
}
