/** What a connection is made with: limits, compression, and who is told what was read. */

import type { Close } from "./close_code.ts";
import { Deflater, Inflater, type InflaterOptions } from "./deflate.ts";
import type { DeflateParameters } from "./deflate_negotiation.ts";
import type { DeflateOptions } from "./deflate_options.ts";
import type { Role } from "./frame.ts";
import type { MessageLimits } from "./message.ts";

/** How a connection ended, as far as frames tell. */
export interface Closed extends Close {
  /** `true` when a Close frame was seen in each direction. */
  readonly wasClean: boolean;
}

/** What a {@linkcode Protocol} calls while it reads; each call is synchronous. */
export interface ProtocolHandler {
  /** A whole message. Bytes belong to the handler. */
  message(data: string | Uint8Array): void;
  /** A ping, already answered. The bytes are valid during the call only. */
  ping?(data: Uint8Array): void;
  /** A pong. The bytes are valid during the call only. */
  pong?(data: Uint8Array): void;
  /** The end: exactly one call, and none of the others after it. */
  closed(close: Closed): void;
}

/** What was agreed on, and how hard our own messages are compressed. */
export type AgreedDeflate = DeflateParameters & Pick<DeflateOptions, "level" | "memLevel">;

/** Settings of a {@linkcode Protocol}. */
export interface ProtocolOptions extends Partial<MessageLimits> {
  /** permessage-deflate as agreed on in the handshake; without it, no compression. */
  deflate?: AgreedDeflate | undefined;
  /**
   * Messages of a lesser `length` (bytes, or UTF-16 units of text) are sent uncompressed.
   *
   * @default {256}
   */
  compressThreshold?: number;
  /** Source of masking keys, for a client. The default draws from the runtime's strong generator. */
  randomKey?: () => number;
}

/** A connection's states, in their order. */
export type ProtocolState = "open" | "closing" | "closed";

/**
 * Fills in the limits of messages.
 *
 * @throws {RangeError} A limit is negative or not a number.
 */
export function resolveLimits(options: Partial<MessageLimits>): MessageLimits {
  const { maxMessageSize = 1_048_576, maxFragments = 16_384 } = options;
  for (const [name, value] of Object.entries({ maxMessageSize, maxFragments })) {
    if (value >= 0) continue;
    throw new RangeError(
      `Cannot use ${name} as it must not be negative: current value is ${value}`,
    );
  }
  return { maxMessageSize, maxFragments };
}

/** Compresses what one end sends. */
export function makeDeflater(role: Role, agreed: AgreedDeflate): Deflater {
  return new Deflater({ ...agreed, ...directionOf(role, agreed) });
}

/** Inflates what one end has sent. */
export function makeInflater(sender: Role, agreed: AgreedDeflate): Inflater {
  return new Inflater(directionOf(sender, agreed));
}

/** What was agreed on for the messages of one end. */
function directionOf(sender: Role, agreed: DeflateParameters): InflaterOptions {
  return sender === "server"
    ? {
      windowBits: agreed.serverMaxWindowBits,
      noContextTakeover: agreed.serverNoContextTakeover,
    }
    : {
      windowBits: agreed.clientMaxWindowBits,
      noContextTakeover: agreed.clientNoContextTakeover,
    };
}
