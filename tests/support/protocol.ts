/** Drives a Protocol with bytes, and notes down what it calls. */

import { assertEquals } from "@std/assert";
import { Protocol } from "../../protocol/connection.ts";
import type {
  Closed,
  ProtocolHandler,
  ProtocolOptions,
} from "../../protocol/connection_options.ts";
import type { Role } from "../../protocol/frame.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { closePayload, messageTo, parseFrames, testKey } from "./frames.ts";
import { forEachSplit } from "./splits.ts";

/** One call of a handler. */
export type Note =
  | readonly ["message", string | Uint8Array]
  | readonly ["ping" | "pong", Uint8Array]
  | readonly ["closed", Closed];

/** A handler that writes down its calls. */
export class Notes implements ProtocolHandler {
  readonly all: Note[] = [];

  message(data: string | Uint8Array): void {
    this.all.push(["message", data]);
  }

  ping(data: Uint8Array): void {
    this.all.push(["ping", data.slice()]);
  }

  pong(data: Uint8Array): void {
    this.all.push(["pong", data.slice()]);
  }

  closed(close: Closed): void {
    this.all.push(["closed", close]);
  }

  /** The messages among the calls. */
  get messages(): (string | Uint8Array)[] {
    return this.all.flatMap((note) => note[0] === "message" ? [note[1]] : []);
  }

  /** The ends among the calls. */
  get closes(): Closed[] {
    return this.all.flatMap((note) => note[0] === "closed" ? [note[1]] : []);
  }
}

/** A protocol with known masking keys, and its notes. */
export function start(role: Role, options: ProtocolOptions = {}): [Protocol, Notes] {
  const notes = new Notes();
  return [new Protocol(role, { randomKey: () => testKey, ...options }, notes), notes];
}

/** Gives `bytes` to a new protocol, cut in every way; each time the notes must be these. */
export function assertNotes(
  role: Role,
  bytes: Uint8Array,
  expected: readonly Note[],
  options: ProtocolOptions = {},
): void {
  forEachSplit(bytes, (chunks, how) => {
    const [protocol, notes] = start(role, options);
    for (const chunk of chunks) protocol.receive(chunk);
    assertEquals(notes.all, expected, how);
  });
}

/**
 * Gives `bytes` to a new protocol, cut in every way. Each time they must fail the connection: one
 * Close frame with this code and reason as the last output, one call of `closed`, nothing kept, and
 * no ear for what follows.
 */
export function assertFails(
  role: Role,
  bytes: Uint8Array,
  close: { code: number; reason: string; after?: readonly Note[] },
  options: ProtocolOptions = {},
): void {
  const { code, reason, after = [] } = close;
  forEachSplit(bytes, (chunks, how) => {
    const [protocol, notes] = start(role, options);
    for (const chunk of chunks) protocol.receive(chunk);
    protocol.receive(messageTo(role, "too late"));
    protocol.receiveEnd();
    assertEquals(notes.all, [...after, ["closed", { code, reason, wasClean: false }]], how);
    const sent = parseFrames(protocol.takeOutput()).at(-1);
    assertEquals(sent?.opcode, Opcode.Close, how);
    assertEquals(sent?.payload, closePayload(code, reason), how);
    assertEquals(protocol.heldBytes, 0, how);
    assertEquals(protocol.unfinished, false, how);
  });
}
