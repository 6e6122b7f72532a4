/** Other parsers in the place of ours: packages of npm such as `socket.io-msgpack-parser`. */

import type { Buffer } from "node:buffer";
import { type AttachmentLimits, encodeMessages, PacketAssembler } from "./attachments.ts";
import { checkPacket, type Packet, PacketError } from "./packet.ts";

/** A packet of npm's parsers. */
export interface ParserPacket {
  /** Number of the type. */
  readonly type: number;
  /** The namespace. */
  readonly nsp: string;
  /** Names the event that is acknowledged, or wants to be. */
  readonly id?: number | undefined;
  /** The payload. */
  readonly data?: unknown;
}

/** A package of npm that reads and writes packets, for the server and its clients alike. */
export interface Parser {
  /** Writes packets. */
  readonly Encoder: new () => {
    /** Encodes a packet as messages: always an array, unlike its type. */
    encode(packet: ParserPacket): unknown;
  };
  /** Reads packets. */
  readonly Decoder: new () => {
    /** Takes a message. */
    add(message: unknown): void;
    /** Adds a handler of packets. */
    on(event: "decoded", handler: (packet: unknown) => void): unknown;
    /** Drops its state. */
    destroy(): void;
  };
}

/** Reads the packets of one client. */
export interface PacketReader {
  /** Bytes of a packet that is not complete. */
  readonly heldBytes: number;
  /**
   * Takes the next message.
   *
   * @returns The packet that is complete by it, if one is.
   * @throws {PacketError} It is no packet, or not what must come now.
   */
  push(message: string | Uint8Array): Packet | undefined;
}

/** How packets are read and written. */
export interface Codec {
  /** Whether packets without bytes are text as `encodePacket` writes it. */
  readonly isJson: boolean;
  /** Writes a packet as the messages that it takes. */
  encode(packet: Packet): (string | Uint8Array)[];
  /** Makes a reader for one client. */
  makeReader(): PacketReader;
}

/** The types of packets of a parser of npm, each at the place of its number; two are with bytes. */
const types = [
  "connect",
  "disconnect",
  "event",
  "ack",
  "connect_error",
  "event",
  "ack",
] as const;

/**
 * Reads and writes packets as Socket.IO does without a parser of the user's.
 *
 * @param limits How much one packet may hold.
 */
export function makeCodec(limits: AttachmentLimits): Codec {
  return { isJson: true, encode: encodeMessages, makeReader: () => new PacketAssembler(limits) };
}

/**
 * Reads and writes packets by a parser of the user's. Its packets are checked as ours are.
 *
 * @param parser The package.
 */
export function makeForeignCodec(parser: Parser): Codec {
  const encoder = new parser.Encoder();
  return {
    isJson: false,
    encode({ type, namespace, id, data }) {
      const packet = { type: types.indexOf(type), nsp: namespace, data: withBuffers(data) };
      const messages = encoder.encode(id === undefined ? packet : { ...packet, id });
      return Array.isArray(messages) ? messages.map(messageOf) : [messageOf(messages)];
    },
    makeReader: () => new ForeignReader(parser),
  };
}

function messageOf(message: unknown): string | Uint8Array {
  if (typeof message === "string" || message instanceof Uint8Array) return message;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  throw new TypeError("Cannot send what the parser has made: it is neither text nor bytes");
}

/** Reads by a parser of the user's. */
class ForeignReader implements PacketReader {
  readonly #decoder: InstanceType<Parser["Decoder"]>;
  #decoded: unknown;
  readonly heldBytes = 0;

  constructor(parser: Parser) {
    this.#decoder = new parser.Decoder();
    this.#decoder.on("decoded", (packet) => void (this.#decoded = packet));
  }

  push(message: string | Uint8Array): Packet | undefined {
    try {
      // Packages of npm expect Node's kind of bytes, and call its methods.
      this.#decoder.add(typeof message === "string" ? message : bufferOf(message));
    } catch {
      throw new PacketError("The parser cannot read the packet");
    }
    const decoded = this.#decoded;
    this.#decoded = undefined;
    return decoded === undefined ? undefined : packetOf(decoded);
  }
}

/** Packages of npm know bytes by Node's kind of them. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return bufferOf(value);
  if (Array.isArray(value)) return value.map(withBuffers);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, withBuffers(field)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** By the global, which Deno loads when it is asked for: only such parsers need it. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  // The cast: our types do not have Node's globals.
  const node = globalThis as unknown as { readonly Buffer: typeof Buffer };
  return node.Buffer.from(buffer, byteOffset, byteLength);
}

/** Checks what a parser has read: some check nothing. */
function packetOf(decoded: unknown): Packet {
  if (typeof decoded !== "object" || decoded === null) throw new PacketError("Packet is no object");
  const { type: number, nsp: namespace, id, data } = decoded as Partial<Record<string, unknown>>;
  const type = typeof number === "number" ? types[number] : undefined;
  const isIdRight = id === undefined || typeof id === "number" && Number.isSafeInteger(id);
  if (type === undefined || typeof namespace !== "string" || !isIdRight) {
    throw new PacketError("Packet is not complete");
  }
  const packet: Packet = { type, namespace, ...(id === undefined ? {} : { id }), data };
  checkPacket(packet);
  return packet;
}
