/** Packets of Socket.IO 5: from and to text, in one pass. Bytes are the business of attachments.ts. */

import { isObject, parseJson } from "../../wire/parse_json.ts";

/** The types of packets, each at the place of its number. */
const types = [
  "connect",
  "disconnect",
  "event",
  "ack",
  "connect_error",
  "binary_event",
  "binary_ack",
] as const;

/** The type of a packet. Bytes beside an event or an acknowledgement do not change that. */
export type PacketType = "connect" | "disconnect" | "event" | "ack" | "connect_error";

/** One packet, as a client or the server means it. */
export interface Packet {
  readonly type: PacketType;
  readonly namespace: string;
  /** Names the event that is acknowledged, or wants to be. */
  readonly id?: number;
  /** An array in an event, which begins with its name, and in an acknowledgement. */
  readonly data?: unknown;
}

/** A packet before its attachments have come. */
export interface PacketHead extends Packet {
  /** How many messages with bytes follow. */
  readonly attachments: number;
}

/** A packet of a client is not what the protocol allows: the connection ends. */
export class PacketError extends Error {
  override readonly name = "PacketError";
}

/**
 * Longest name of a namespace, in characters.
 *
 * @limit characters: the session ends with a parse error
 */
const maxNamespaceSize = 256;

/** Names of events that clients and servers tell themselves, and nobody may send. */
const reservedEvents: ReadonlySet<unknown> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

const zero = 0x30;
const dash = 0x2d;
const slash = 0x2f;

/** What is in front of the payload of a packet. */
export interface PacketStart {
  readonly type: PacketType;
  readonly namespace: string;
  /** How many messages with bytes follow. */
  readonly attachments: number;
  /** Where the id begins, or the payload. */
  readonly end: number;
}

/**
 * Reads the start of a packet: what need be known of one that is not read.
 *
 * @param text The packet.
 * @param maxAttachments How many messages with bytes may follow.
 * @throws {PacketError} It is none.
 */
export function decodePacketStart(text: string, maxAttachments: number): PacketStart {
  const wireType = types[text.charCodeAt(0) - zero];
  if (wireType === undefined) throw new PacketError("Packet is of no known type");
  let end = 1;
  let attachments = 0;
  if (wireType === "binary_event" || wireType === "binary_ack") {
    const dashAt = endOfDigits(text, end);
    attachments = readNumber(text, end, dashAt);
    if (text.charCodeAt(dashAt) !== dash || !(attachments >= 1 && attachments <= maxAttachments)) {
      throw new PacketError("Packet has no acceptable number of attachments");
    }
    end = dashAt + 1;
  }
  let namespace = "/";
  if (text.charCodeAt(end) === slash) {
    const comma = text.indexOf(",", end);
    const namespaceEnd = comma < 0 ? text.length : comma;
    namespace = text.slice(end, namespaceEnd);
    end = Math.min(namespaceEnd + 1, text.length);
  }
  const type = wireType === "binary_event" ? "event" : wireType === "binary_ack" ? "ack" : wireType;
  return { type, namespace, attachments, end };
}

/**
 * Reads a packet, strictly.
 *
 * @param text The packet: `<type>[<attachments>-][<namespace>,][<id>][<JSON>]`.
 * @param maxAttachments How many messages with bytes may follow.
 * @throws {PacketError} It is none.
 */
export function decodePacket(text: string, maxAttachments: number): PacketHead {
  const { type, namespace, attachments, end: start } = decodePacketStart(text, maxAttachments);
  const end = endOfDigits(text, start);
  const id = end > start ? { id: readNumber(text, start, end) } : undefined;
  const data = end < text.length ? parsePayload(text.slice(end)) : undefined;
  const packet = { type, namespace, ...id, data, attachments };
  checkPacket(packet);
  return packet;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  for (let digit; (digit = text.charCodeAt(end) - zero) >= 0 && digit <= 9;) end++;
  return end;
}

/** Reads a number as `JSON.stringify` writes it, up to the last that is exact. */
function readNumber(text: string, start: number, end: number): number {
  const digits = end - start;
  const number = digits >= 1 && digits <= 16 ? Number(text.slice(start, end)) : NaN;
  const isPadded = digits > 1 && text.charCodeAt(start) === zero;
  if (Number.isSafeInteger(number) && !isPadded) return number;
  throw new PacketError("Packet has a number that cannot be");
}

function parsePayload(json: string): unknown {
  try {
    return parseJson(json);
  } catch {
    throw new PacketError("Packet has a payload that is no JSON, or a field __proto__");
  }
}

/**
 * Checks that a packet has what its type asks for, and nothing else.
 *
 * @throws {PacketError} It has not.
 */
export function checkPacket({ type, namespace, id, data }: Packet): void {
  if (namespace.length > maxNamespaceSize) {
    throw new PacketError(`Namespace is longer than ${maxNamespaceSize} characters`);
  }
  if (!isPayloadOf(type, data)) throw new PacketError(`Packet of type ${type} has another payload`);
  const isIdRight = type === "event" || (type === "ack") === (id !== undefined);
  if (!isIdRight) throw new PacketError(`Packet of type ${type} is with an id, or without`);
}

function isPayloadOf(type: PacketType, data: unknown): boolean {
  switch (type) {
    case "connect":
      return data === undefined || isObject(data);
    case "disconnect":
      return data === undefined;
    case "connect_error":
      return typeof data === "string" || isObject(data);
    case "event":
      return Array.isArray(data) && isEventName(data[0]);
    case "ack":
      return Array.isArray(data);
  }
}

/** A number is a name, too: emitters look handlers up by it as by a string. */
function isEventName(value: unknown): boolean {
  return (typeof value === "string" || typeof value === "number") && !reservedEvents.has(value);
}

/**
 * Writes a packet.
 *
 * @param packet The packet without its payload.
 * @param json Its payload, or the empty string.
 * @param attachments How many messages with bytes follow.
 */
export function encodePacket(
  { type, namespace, id }: Pick<Packet, "type" | "namespace" | "id">,
  json = "",
  attachments = 0,
): string {
  const isBinary = attachments > 0;
  const wireType = isBinary ? types.indexOf(type === "ack" ? "binary_ack" : "binary_event") : types
    .indexOf(type);
  const count = isBinary ? `${attachments}-` : "";
  const name = namespace === "/" ? "" : `${namespace},`;
  return `${wireType}${count}${name}${id ?? ""}${json}`;
}
