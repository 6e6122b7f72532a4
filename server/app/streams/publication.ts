/** Messages of a room's stream, between the history and the members. */

import { checkSentName } from "../events/events.ts";
import type { HistoryMessage } from "./history.ts";
import { Outgoing } from "../events/outgoing.ts";
import type { Position } from "./position.ts";

/**
 * Writes what a message carries, for the history.
 *
 * @returns JSON text of an object.
 * @throws {TypeError} The name is reserved, or the data cannot be encoded or is no object.
 */
export function encodeData(event: string, data: unknown): string {
  checkSentName(event);
  const text: string | undefined = JSON.stringify(data);
  if (text === undefined || !text.startsWith("{")) {
    throw new TypeError(`Cannot publish "${event}": the data is not an object`);
  }
  return text;
}

/** A message on its way to the members of its room. */
export interface Publication {
  /** Where it stands in the stream. */
  readonly position: Position;
  /** The event, with its `seq`. */
  readonly outgoing: Outgoing;
  /** Characters of its data. */
  readonly size: number;
}

/**
 * Makes what members get of a message. One that is replayed looks exactly as it did at first, as
 * both are made of the same text.
 */
export function makePublication(
  room: string,
  epoch: string,
  { seq, event, data }: HistoryMessage,
): Publication {
  const position = { seq, epoch };
  const outgoing = new Outgoing(event, { ...JSON.parse(data), seq }, undefined, {
    room,
    ...position,
  });
  return { position, outgoing, size: data.length };
}
