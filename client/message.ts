/** The messages of the JSON wire, from text and to text. */

import { ServerError } from "./errors.ts";

/** What an acknowledgement says. */
export type Answer = { readonly data: unknown } | { readonly error: ServerError };

/** What a message of the server turned out to be. */
export type ServerMessage =
  | { readonly kind: "event"; readonly event: string; readonly data: Record<string, unknown> }
  | {
    readonly kind: "request";
    readonly id: string;
    readonly event: string;
    readonly data: unknown;
  }
  | { readonly kind: "ack"; readonly id: string; readonly answer: Answer };

/** Text that may hold the key `__proto__`, plainly or with one of its characters escaped. */
const mayHoldProto = /__proto__|\\u00(?:5f|6f|7[024])/i;

/** The longest id of a request that is answered with it; a UUID has 36 characters. */
const maxIdLength = 128;

/**
 * Reads a message of the server. Never throws.
 *
 * @returns `undefined` for what is none of the JSON wire.
 */
export function decodeMessage(text: string): ServerMessage | undefined {
  const value = parse(text);
  return isObject(value) ? classify(value) : undefined;
}

/** Parses JSON without keys that would change an object's prototype when they are copied. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (mayHoldProto.test(text)) dropProto(value);
    return value;
  } catch {
    return undefined;
  }
}

/** By a pass of its own: a reviver makes parsing 20 times as dear, and deep nesting fail. */
function dropProto(value: unknown): void {
  const rest = [value];
  while (rest.length > 0) {
    const each = rest.pop();
    if (typeof each !== "object" || each === null) continue;
    if (Object.hasOwn(each, "__proto__")) Reflect.deleteProperty(each, "__proto__");
    for (const part of Object.values(each)) if (typeof part === "object") rest.push(part);
  }
}

function classify(message: Record<string, unknown>): ServerMessage | undefined {
  const { type, ...fields } = message;
  if (typeof type === "string") return { kind: "event", event: type, data: fields };
  const { id, event, ack, data } = message;
  if (typeof ack === "string") return { kind: "ack", id: ack, answer: readAnswer(message) };
  if (typeof id !== "string" || id.length > maxIdLength) return undefined;
  if (typeof event !== "string") return undefined;
  return { kind: "request", id, event, data };
}

function readAnswer({ data, error }: Record<string, unknown>): Answer {
  if (error === undefined) return { data };
  const { code, message, ...details } = isObject(error) ? error : {};
  return { error: new ServerError(text(code, "ERROR"), text(message, "Server error"), details) };
}

function text(value: unknown, instead: string): string {
  return typeof value === "string" ? value : instead;
}

/** Tells whether a value of JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkEvent(event: string): void {
  if (typeof event === "string" && event !== "") return;
  throw new TypeError("Cannot send an event without a name");
}

/**
 * Writes an event.
 *
 * @param event Event name; it takes the place of a field `type` of the data.
 * @param data An object, whose fields become the message's; anything else goes into a field `data`.
 * @returns JSON text.
 * @throws {TypeError} The data holds a circle or a BigInt, or there is no name.
 */
export function encodeEvent(event: string, data?: unknown): string {
  checkEvent(event);
  if (!isObject(data) || "toJSON" in data) return JSON.stringify({ type: event, data });
  const message: Record<string, unknown> = { type: event, ...data };
  message.type = event;
  return JSON.stringify(message);
}

/**
 * Writes an event that asks for an acknowledgement.
 *
 * @returns JSON text.
 * @throws {TypeError} The data holds a circle or a BigInt, or there is no name.
 */
export function encodeRequest(id: string, event: string, data: unknown): string {
  checkEvent(event);
  return JSON.stringify({ id, event, data: data ?? null });
}

/**
 * Writes the answer to a request of the server.
 *
 * @returns JSON text.
 * @throws {TypeError} The data holds a circle or a BigInt.
 */
export function encodeAnswer(ack: string, answer: Answer): string {
  if (!("error" in answer)) return JSON.stringify({ ack, data: answer.data ?? null });
  const { code, message } = answer.error;
  return JSON.stringify({ ack, error: { code, message } });
}
