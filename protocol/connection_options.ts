/** The options of a connection: limits, compression, and the handler of its messages. */

import type { Close } from "./close_code.ts";
import { pakoStreams } from "./deflate.ts";
import type { DeflateParameters } from "./deflate_negotiation.ts";
import type { DeflateOptions } from "./deflate_options.ts";
import type {
  DeflateStreams,
  InflaterOptions,
  MessageDeflater,
  MessageInflater,
} from "./deflate_streams.ts";
import type { Role } from "./frame.ts";
import { type BinaryMode, checkBinary, Lending } from "./lending.ts";
import type { MessageLimits } from "./message.ts";
import { checkOptions, type OptionType } from "./option_checks.ts";

/**
 * How a connection ended, as far as frames tell: with the code of the peer's Close frame, with our
 * own where the connection was failed, else with 1006.
 */
export interface Closed extends Close {
  /** `true` when a Close frame was seen in each direction. */
  readonly wasClean: boolean;
}

/**
 * The functions that a {@linkcode Protocol} calls while it reads; each call is synchronous. An
 * error of a handler is thrown by {@linkcode Protocol.receive}.
 */
export interface ProtocolHandler {
  /**
   * A whole message. Bytes belong to the handler, if `binary` of the options does not lend them.
   */
  message(data: string | Uint8Array): void;
  /** A ping, already answered. The bytes are valid during the call only. */
  ping?(data: Uint8Array): void;
  /** A pong. The bytes are valid during the call only. */
  pong?(data: Uint8Array): void;
  /**
   * A piece of work is done, whether it has brought a message or not: a peer can make a receiver
   * work for long by a single chunk of tiny frames or of empty compressed blocks. A driver of many
   * connections may call {@linkcode Protocol.pause} here, to go on when others had their turn.
   *
   * Work is counted in units: 1 for a frame or 512 bytes of payload, 4 for a message, 8 for a
   * chunk, and 1 for 16 bytes of compressed payload. The first call comes at once.
   *
   * @returns Units of work until the next call, as an integer.
   */
  worked?(): number;
  /** The end: exactly one call, and none of the others after it. */
  closed(close: Closed): void;
}

/** The agreement of the handshake, and how hard our own messages are compressed. */
export type AgreedDeflate = DeflateParameters & Pick<DeflateOptions, "level" | "memLevel">;

/**
 * Settings of a {@linkcode Protocol}: what was agreed on, and limits, of which each has a default.
 */
export interface ProtocolOptions extends Partial<MessageLimits> {
  /** permessage-deflate as agreed on in the handshake; without it, no compression. */
  deflate?: AgreedDeflate | undefined;
  /** Makes what compresses and inflates. The default is pako, which runs everywhere. */
  deflateStreams?: DeflateStreams | undefined;
  /**
   * Messages of a lesser `length` (bytes, or UTF-16 units of text) are sent uncompressed.
   *
   * @default {256}
   */
  compressThreshold?: number;
  /**
   * Whether Close frames carry the reason; the handler is told it all the same.
   *
   * @default {true}
   */
  closeReasons?: boolean;
  /**
   * The owner of the bytes of binary messages: `"owned"`, the handler's. `"lent"`, the handler's
   * until it returns; where it has called {@linkcode Protocol.pause}, until {@linkcode
   * Protocol.resume}. They lie in the chunk then, or in a buffer for later messages: what is kept
   * of them changes. `"lent-checked"` overwrites them at that time with 0xDD, for tests. Text is
   * never lent.
   *
   * @default {"owned"}
   */
  binary?: BinaryMode;
  /**
   * Source of masking keys, for a client. The default draws from the runtime's strong generator.
   */
  randomKey?: () => number;
}

/**
 * A connection's states, in their order: `closing` once our Close frame is in the output, `closed`
 * once the peer's has come, the connection was failed or TCP has ended.
 */
export type ProtocolState = "open" | "closing" | "closed";

const optionTypes = {
  maxMessageSize: "number",
  maxFragments: "number",
  deflate: "object",
  deflateStreams: "object",
  compressThreshold: "number",
  closeReasons: "boolean",
  binary: "string",
  randomKey: "function",
} as const satisfies Record<keyof ProtocolOptions, OptionType>;

/**
 * Checks the options of a {@linkcode Protocol}, and fills in the limits of messages.
 *
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} A limit is negative or not a number.
 */
export function resolveLimits(options: ProtocolOptions): MessageLimits {
  checkOptions("Protocol", options, optionTypes);
  const { maxMessageSize = 1_048_576, maxFragments = 16_384 } = options;
  checkLimit("maxMessageSize", maxMessageSize);
  checkLimit("maxFragments", maxFragments);
  return { maxMessageSize, maxFragments };
}

/**
 * Makes what a connection lends its messages by, where it does.
 *
 * @throws {RangeError} There is no such mode.
 */
export function makeLending(mode: BinaryMode = "owned"): Lending | undefined {
  checkBinary(mode);
  return mode === "owned" ? undefined : new Lending(mode);
}

function checkLimit(name: string, value: number): void {
  if (value >= 0) return;
  throw new RangeError(
    `Cannot use ${name} as it must not be negative: current value is ${value}`,
  );
}

/** Compresses what one end sends. */
export function makeDeflater(
  role: Role,
  agreed: AgreedDeflate,
  streams: DeflateStreams = pakoStreams,
): MessageDeflater {
  return streams.makeDeflater({ ...agreed, ...directionOf(role, agreed) });
}

/** Inflates what one end has sent. */
export function makeInflater(
  sender: Role,
  agreed: AgreedDeflate,
  streams: DeflateStreams = pakoStreams,
): MessageInflater {
  return streams.makeInflater(directionOf(sender, agreed));
}

/** The agreement for the messages of one end. */
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
