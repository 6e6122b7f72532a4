/** Messages of a room's stream, between the history and the members. */

import { encodeData } from "../../../wire/data.ts";
import type { Position } from "../../../wire/position.ts";
import { checkSentName } from "../events/events.ts";
import { Outgoing } from "../events/outgoing.ts";
import type { HistoryMessage } from "./history.ts";

/**
 * Makes a message to be published. Its data is text from here on: what its members get does
 * not depend on what becomes of the data.
 *
 * @returns The message, but for its number.
 * @throws {TypeError} The name is reserved, or JSON cannot carry the data.
 */
export function toMessage(event: string, data: unknown): Omit<HistoryMessage, "seq"> {
  checkSentName(event);
  return { event, data: encodeData(data) };
}

/** A message on its way to the members of its room. */
export interface Publication {
  /** Where it stands in the stream. */
  readonly position: Position;
  /** The event, with its place. */
  readonly outgoing: Outgoing;
  /** Characters of its data. */
  readonly size: number;
}

/**
 * Makes what members get of a message. A replayed message is equal to the first one, as
 * both are made of the same text.
 */
export function makePublication(
  room: string,
  epoch: string,
  { seq, event, data }: HistoryMessage,
): Publication {
  const outgoing = Outgoing.ofText(event, data, { room, seq, epoch });
  return { position: { seq, epoch }, outgoing, size: data.length };
}
