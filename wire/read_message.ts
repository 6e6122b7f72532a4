/**
 * Reading of messages that both ends send: events, acknowledgements, and what is wrong with them.
 */

import { argsOf } from "./args.ts";
import { decodeBytes, mayHoldBytes } from "./bytes.ts";
import type { AnswerMessage, EventMessage, MalformedMessage, WireError } from "./event_message.ts";
import { isObject, parseJson, ProtoKeyError } from "./parse_json.ts";

/** Characters of the id by which an acknowledgement is wanted; a UUID has 36. */
const maxIdLength = 128;

// Made once: a flood of what is wrong costs no more than one of what is right.
const notText = malformed("INVALID_MESSAGE", "Message must be text");
const notJson = malformed("PARSE_ERROR", "Invalid JSON");
const withProtoKey = malformed("INVALID_MESSAGE", "Message must not have a field __proto__");
const notBase64 = malformed("INVALID_MESSAGE", "Bytes must be in base64");
const twoFields = malformed("INVALID_MESSAGE", "Message must not have both data and args");
const badArgs = malformed("INVALID_MESSAGE", "Field args must be an array");
const badId = malformed(
  "INVALID_MESSAGE",
  `Message id must be a string of 1 to ${maxIdLength} characters`,
);

/** A message that is none of the wire's. */
export const unnamedEvent: MalformedMessage = malformed(
  "INVALID_MESSAGE",
  "Message must have a type field",
);

/** Makes what stands for a message that cannot be read. */
export function malformed(
  code: MalformedMessage["code"],
  message: string,
  event?: string,
): MalformedMessage {
  return { kind: "malformed", code, message, ...(event !== undefined && { event }) };
}

/** Reads a value as data: bytes take the place of what stands for them. */
export type ReadData = (value: unknown) => unknown;

/** Reads what a value of JSON says. */
export type ReadMessage<Message> = (value: unknown, readData: ReadData) => Message;

/**
 * Parses a message. Never throws.
 *
 * @param text JSON text; bytes are no message.
 * @param read Reads the value.
 * @returns The result of `read`, or the reason why there is none.
 */
export function parseMessage<Message>(
  text: string | Uint8Array,
  read: ReadMessage<Message>,
): Message | MalformedMessage {
  if (typeof text !== "string") return notText;
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return unreadable(error);
  }
  return readValue(value, mayHoldBytes(text), read);
}

/**
 * Parses one message, or several in an array. Never throws.
 *
 * @returns Each as {@linkcode parseMessage} has it.
 */
export function parseMessages<Message>(
  text: string,
  read: ReadMessage<Message>,
): (Message | MalformedMessage)[] {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return [unreadable(error)];
  }
  const hasBytes = mayHoldBytes(text);
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.map((each) => readValue(each, hasBytes, read));
}

function unreadable(error: unknown): MalformedMessage {
  return error instanceof ProtoKeyError ? withProtoKey : notJson;
}

const asParsed: ReadData = (value) => value;

function readValue<Message>(
  value: unknown,
  hasBytes: boolean,
  read: ReadMessage<Message>,
): Message | MalformedMessage {
  if (!hasBytes) return read(value, asParsed);
  try {
    return read(value, decodeBytes);
  } catch {
    return notBase64;
  }
}

/** Reads a message without a field `type`: an event, or an acknowledgement. */
export function readEnveloped(
  message: Readonly<Record<string, unknown>>,
  readData: ReadData,
): EventMessage | AnswerMessage | MalformedMessage {
  const { id, event, ack } = message;
  if (isName(event)) {
    if (id !== undefined && !isId(id)) return { ...badId, event };
    const carried = readCarried(message, readData);
    if ("kind" in carried) return { ...carried, event };
    const { data } = carried;
    return id === undefined ? { kind: "event", event, data } : { kind: "event", event, data, id };
  }
  if (event !== undefined || !isId(ack)) return unnamedEvent;
  if (message.error !== undefined) {
    return { kind: "answer", id: ack, answer: { error: readError(readData(message.error)) } };
  }
  const answer = readCarried(message, readData);
  return "kind" in answer ? answer : { kind: "answer", id: ack, answer };
}

/** Reads what a message carries by its fields `data` or `args`; `undefined` without both. */
export function readCarried(
  { data, args }: Readonly<Record<string, unknown>>,
  readData: ReadData,
): { readonly data: unknown } | MalformedMessage {
  if (args === undefined) return { data: data === undefined ? undefined : readData(data) };
  if (!Array.isArray(args)) return badArgs;
  if (data !== undefined) return twoFields;
  // The cast: what is in an array is read within it.
  return { data: argsOf(readData(args) as unknown[]) };
}

/** An error of the other end, whatever is missing in it. */
function readError(error: unknown): WireError {
  const { code, message, ...details } = isObject(error) ? error : {};
  return {
    code: isName(code) ? code : "ERROR",
    message: isName(message) ? message : "Answered with an error",
    details,
  };
}

/** Tells whether a value can name an event. */
export function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isId(value: unknown): value is string {
  return isName(value) && value.length <= maxIdLength;
}
