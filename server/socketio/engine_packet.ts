/** Packets of Engine.IO 4: from and to text and bytes, alone and as payloads of a poll. */

import type { PreparedMessage } from "../types.ts";

/** The types of packets, each at the place of its number. */
const types = ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const;

/** The type of a packet. */
export type EnginePacketType = typeof types[number];

/** One packet. Only a `message` carries bytes. */
export interface EnginePacket {
  readonly type: EnginePacketType;
  readonly data: string | Uint8Array;
}

/** Separates the packets of a payload. */
const separator = "\x1e";

/** Marks bytes in base64, where only text can be sent. */
const binaryMark = "b";

const zero = 0x30;

/**
 * Reads a packet.
 *
 * @param encoded A message of a WebSocket, or one part of a payload.
 * @returns The packet, or `undefined` where it is none.
 */
export function decodeEnginePacket(encoded: string | Uint8Array): EnginePacket | undefined {
  if (typeof encoded !== "string") return { type: "message", data: encoded };
  const type = types[encoded.charCodeAt(0) - zero];
  if (type !== undefined) return { type, data: encoded.slice(1) };
  const bytes = encoded.startsWith(binaryMark) ? decodeBase64(encoded.slice(1)) : undefined;
  return bytes && { type: "message", data: bytes };
}

/** Clients of some languages leave the padding out. */
function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "loose" });
  } catch {
    return undefined;
  }
}

/**
 * Reads the packets of a payload, one after the other: a payload of one byte a packet makes no
 * array of a million objects.
 *
 * @param payload The body of a request.
 * @returns The packets; `undefined` in the place of the first that is none, which is the last.
 */
export function* decodePayload(payload: string): Generator<EnginePacket | undefined, void> {
  for (let start = 0, end = 0; end >= 0; start = end + 1) {
    end = payload.indexOf(separator, start);
    const packet = decodeEnginePacket(payload.slice(start, end < 0 ? undefined : end));
    yield packet;
    if (packet === undefined) return;
  }
}

/**
 * Writes a packet that carries text or nothing.
 *
 * @param type Type of the packet.
 * @param data Its data.
 */
export function encodeEnginePacket(type: EnginePacketType, data = ""): string {
  return `${types.indexOf(type)}${data}`;
}

/** Joins packets to a payload. */
export function encodePayload(packets: readonly string[]): string {
  return packets.join(separator);
}

/** Makes WebSocket frames that several connections send. */
export interface MessagePreparer {
  /** Encodes a message once. */
  prepare(data: string | Uint8Array): PreparedMessage;
}

/** A `message` on its way to one or several clients, written once for each way to send it. */
export class EngineMessage {
  readonly #data: string | Uint8Array;
  #text: string | undefined;
  #prepared: PreparedMessage | undefined;

  /** @param data Its data. Bytes must not change before it is sent. */
  constructor(data: string | Uint8Array) {
    this.#data = data;
  }

  /** How many bytes it takes at the least. */
  get size(): number {
    return this.#data.length + 1;
  }

  /** The packet for a poll. */
  get text(): string {
    return this.#text ??= typeof this.#data === "string"
      ? encodeEnginePacket("message", this.#data)
      : binaryMark + this.#data.toBase64();
  }

  /** The packet for a WebSocket: bytes are sent as they are. */
  get packet(): string | Uint8Array {
    return typeof this.#data === "string" ? this.text : this.#data;
  }

  /** The packet for a WebSocket, to be sent to several clients. */
  prepared(preparer: MessagePreparer): PreparedMessage {
    return this.#prepared ??= preparer.prepare(this.packet);
  }
}
