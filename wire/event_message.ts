/**
 * The two spellings of an event, and the acknowledgement, which both ends read and write.
 *
 * | Message | Meaning |
 * | --- | --- |
 * | `{"type":"say","text":"hi"}` | flat: the event `say`, whose data are the other fields |
 * | `{"event":"say","data":[1]}` | enveloped: the event with any data |
 * | `{"event":"say","args":[1,2]}` | with several arguments |
 * | `{"event":"say"}` | with nothing: `undefined` |
 * | `{"id":"7","event":"say",...}` | wants an acknowledgement |
 * | `{"ack":"7","data":1}`, `{"ack":"7","args":[1,2]}`, `{"ack":"7"}` | acknowledges |
 * | `{"ack":"7","error":{"code":"...","message":"...",...}}` | refuses |
 *
 * A field `type` makes a message flat, whatever else it holds; without one, `event` makes it an
 * event; without both, `ack` an acknowledgement. In the last two, fields that are not named here
 * are ignored. A server writes `"stream":"<room>","seq":<n>` into an event of either spelling where
 * it is a message of a room's stream; in a flat one the two are the place only where both are
 * there, a text and a whole number, and data otherwise.
 *
 * Data is written flat where it is a plain object without fields of these three names, and
 * enveloped otherwise; so are events that are named as what only a flat message can say, such as
 * `ping`.
 */

import { dataFields } from "./data.ts";

/** Where an event stands: in which room's stream, and its number there. */
export interface StreamPlace {
  /** Room name. */
  readonly stream: string;
  /** Number of the message. */
  readonly seq: number;
}

/** An event in either spelling. */
export interface EventMessage {
  readonly kind: "event";
  /** Its name: a text that is not empty. */
  readonly event: string;
  readonly data: unknown;
  /** Present where an acknowledgement is wanted; 1 to 128 characters. */
  readonly id?: string;
}

/** An acknowledgement. */
export interface AnswerMessage {
  readonly kind: "answer";
  /** The id that the event had; 1 to 128 characters. */
  readonly id: string;
  readonly answer: WireAnswer;
}

/** The content of an acknowledgement. */
export type WireAnswer = { readonly data: unknown } | { readonly error: WireError };

/** An error as it is told to the other end. */
export interface WireError {
  /** A stable code, such as `RATE_LIMITED`. */
  readonly code: string;
  /** The same for people. */
  readonly message: string;
  /** Further fields, such as `retryAfter`. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** A message that cannot be read. */
export interface MalformedMessage {
  readonly kind: "malformed";
  /** `PARSE_ERROR`: it is no JSON. `INVALID_MESSAGE`: it is none of the messages. */
  readonly code: "PARSE_ERROR" | "INVALID_MESSAGE";
  readonly message: string;
  /** The event that it was meant to be, where that is known. */
  readonly event?: string;
}

/** The properties of an event besides its name and its data. */
export interface EventFields {
  /** Wants an acknowledgement that names this. */
  readonly id?: string | undefined;
  /** Where it stands. */
  readonly place?: StreamPlace | undefined;
}

/** Names that a flat message has taken: events of these names are enveloped. */
const flatOnly: ReadonlySet<string> = new Set(["auth", "ping", "pong"]);

/** The fields of a flat message that are not data, as `JSON.stringify` writes their names. */
const reservedKey = /"(?:type|stream|seq)":/;

/** Messages of the wire's own that have a field `seq`, and are flat all the same. */
const withSeq: ReadonlySet<string> = new Set(["room:join", "room:joined"]);

/**
 * Writes an event.
 *
 * @param event Event name.
 * @param data Its data, as `encodeData` writes it.
 * @returns JSON text.
 */
export function encodeEvent(event: string, data: string, { id, place }: EventFields = {}): string {
  const name = JSON.stringify(event);
  const end = place === undefined
    ? "}"
    : `,"stream":${JSON.stringify(place.stream)},"seq":${place.seq}}`;
  if (id !== undefined) {
    return `{"id":${JSON.stringify(id)},"event":${name}${dataFields(data)}${end}`;
  }
  if (!isFlat(event, data)) return `{"event":${name}${dataFields(data)}${end}`;
  return data === "{}" ? `{"type":${name}${end}` : `{"type":${name},${data.slice(1, -1)}${end}`;
}

/** Whether the fields of data may stand beside those of the message. */
function isFlat(event: string, data: string): boolean {
  if (!data.startsWith("{") || data.startsWith('{"$base64":') || flatOnly.has(event)) return false;
  // One of the names stands somewhere in it, at the top or below.
  return !reservedKey.test(data) || areFlat(event, JSON.parse(data));
}

function areFlat(event: string, { type, stream, seq }: Readonly<Record<string, unknown>>): boolean {
  return type === undefined && stream === undefined && (seq === undefined || withSeq.has(event));
}

/**
 * Writes a message of the wire's own. The names of its fields are checked without their text:
 * finding them in the text of a list of a hundred members took longer than writing it.
 *
 * @param event Its name, which data may be flat beside.
 * @param fields Its fields.
 * @param data The same, as `encodeData` writes it.
 * @returns JSON text.
 */
export function encodeFields(
  event: string,
  fields: Readonly<Record<string, unknown>>,
  data: string,
): string {
  const isPlain = areFlat(event, fields) && fields["$base64"] === undefined && data !== "{}";
  return isPlain ? `{"type":"${event}",${data.slice(1, -1)}}` : encodeEvent(event, data);
}

/**
 * Writes an acknowledgement.
 *
 * @param id The id of the event.
 * @param data Its data, as `encodeData` writes it.
 * @returns JSON text.
 */
export function encodeAnswer(id: string, data: string): string {
  return `{"ack":${JSON.stringify(id)}${dataFields(data)}}`;
}

/**
 * Writes an acknowledgement that is an error.
 *
 * @param id The id of the event.
 * @param error The error's code, message and details, as `encodeData` writes them.
 * @returns JSON text.
 */
export function encodeRefusal(id: string, error: string): string {
  return `{"ack":${JSON.stringify(id)},"error":${error}}`;
}
