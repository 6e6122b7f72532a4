/** Bytes in events: out of one that is sent, and back into one that has arrived. */

import { checkPacket, decodePacket, encodePacket, type Packet, PacketError } from "./packet.ts";
import type { PacketHead } from "./packet.ts";

/** How much one packet may hold. */
export interface AttachmentLimits {
  /** Messages with bytes that may belong to one packet. */
  readonly maxAttachments: number;
  /** Bytes of a packet, with all that belongs to it. */
  readonly maxPacketSize: number;
}

/** As deep as data is looked through; what is deeper is taken to have bytes. */
const maxDepth = 256;

/**
 * Tells whether a value has bytes in it, at any depth.
 *
 * @param value The value to send.
 */
export function hasBytes(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isBytes(value)) return true;
  if (depth > maxDepth) return true;
  if (Array.isArray(value)) return value.some((each) => hasBytes(each, depth + 1));
  if ("toJSON" in value) return !(value instanceof Date);
  for (const key in value) {
    // The cast: the key is one of its own, or of its prototype.
    if (hasBytes((value as Record<string, unknown>)[key], depth + 1)) return true;
  }
  return false;
}

function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

/** Copies bytes, as the caller may change them before they are sent. */
function copyOf(bytes: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes.slice(0));
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice();
}

/**
 * Writes a packet as the messages that it takes: text, and one message for each of the bytes in it.
 *
 * @param packet The packet to send.
 * @throws {TypeError} Its data cannot be written as JSON.
 */
export function encodeMessages(packet: Packet): (string | Uint8Array)[] {
  if (packet.data === undefined) return [encodePacket(packet)];
  if (!hasBytes(packet.data)) return [encodePacket(packet, JSON.stringify(packet.data))];
  const attachments: Uint8Array[] = [];
  const json = JSON.stringify(packet.data, function (this: Record<string, unknown>, key, value) {
    // The result of `toJSON` of bytes, as Node's Buffer has it, is not sent.
    const original = this[key];
    if (!isBytes(original)) return value;
    attachments.push(copyOf(original));
    return { _placeholder: true, num: attachments.length - 1 };
  });
  return [encodePacket(packet, json, attachments.length), ...attachments];
}

/**
 * Puts bytes back into the data of a packet. Each of them has one place there.
 *
 * @param data Data of a peer, of any depth; it is changed.
 * @param attachments The bytes.
 * @returns The data.
 * @throws {PacketError} A place names no attachment or the same as another, or one is missing.
 */
export function restoreBytes(data: unknown, attachments: readonly Uint8Array[]): unknown {
  const holder = [data];
  const waiting: object[] = [holder];
  const isPlaced = attachments.map(() => false);
  for (let each; (each = waiting.pop()) !== undefined;) {
    for (const [key, value] of Object.entries(each)) {
      if (typeof value !== "object" || value === null) continue;
      if (!isPlaceholder(value)) waiting.push(value);
      else Reflect.set(each, key, takeAttachment(value.num, attachments, isPlaced));
    }
  }
  if (isPlaced.every(Boolean)) return holder[0];
  throw new PacketError("Packet has an attachment without a place");
}

function isPlaceholder(value: object): value is { readonly num: unknown } {
  return Object.hasOwn(value, "_placeholder") &&
    (value as { _placeholder: unknown })._placeholder === true;
}

function takeAttachment(
  index: unknown,
  attachments: readonly Uint8Array[],
  isPlaced: boolean[],
): Uint8Array {
  const bytes = typeof index === "number" ? attachments[index] : undefined;
  // The cast: only a number has found something.
  const place = index as number;
  if (bytes === undefined || isPlaced[place]) {
    throw new PacketError("Packet has a place for an attachment that cannot be");
  }
  isPlaced[place] = true;
  return bytes;
}

/** Puts packets together from the messages of one client. */
export class PacketAssembler {
  readonly #limits: AttachmentLimits;
  /** The packet whose attachments are awaited. */
  #head: PacketHead | undefined;
  /** Made with the first packet that has some: most clients send none. */
  #attachments: Uint8Array[] | undefined;
  #heldBytes = 0;

  constructor(limits: AttachmentLimits) {
    this.#limits = limits;
  }

  /** Bytes of a packet that is not complete. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Takes the next message.
   *
   * @param message Text, or bytes of the packet before it.
   * @returns The packet that is complete by it, if one is.
   * @throws {PacketError} It is no packet, or not what must come now.
   */
  push(message: string | Uint8Array): Packet | undefined {
    this.#heldBytes += message.length;
    if (this.#heldBytes > this.#limits.maxPacketSize) {
      throw new PacketError(`Packet is larger than ${this.#limits.maxPacketSize} bytes`);
    }
    if (typeof message === "string") return this.#begin(message);
    if (this.#head === undefined) throw new PacketError("Bytes belong to no packet");
    const attachments = this.#attachments ??= [];
    attachments.push(message);
    return attachments.length < this.#head.attachments ? undefined : this.#end(this.#head);
  }

  #begin(text: string): Packet | undefined {
    if (this.#head !== undefined) throw new PacketError("Packet lacks attachments");
    const head = decodePacket(text, this.#limits.maxAttachments);
    if (head.attachments === 0) return this.#end(head);
    this.#head = head;
    return undefined;
  }

  #end({ attachments, ...packet }: PacketHead): Packet {
    const bytes = this.#attachments ?? [];
    this.#head = undefined;
    this.#attachments = undefined;
    this.#heldBytes = 0;
    if (attachments === 0) return packet;
    const whole = { ...packet, data: restoreBytes(packet.data, bytes) };
    checkPacket(whole);
    return whole;
  }
}
