/** Events of the application as messages of Socket.IO, written once for all who are sent them. */

import { mayHoldBytes } from "../../wire/bytes.ts";
import type { Outgoing } from "../app/events/outgoing.ts";
import { argumentsOf } from "./event_args.ts";
import { encodePacket } from "./packet.ts";
import type { Codec } from "./parser.ts";

/** Arguments that are added behind those of an event. */
export type MoreArguments = readonly unknown[];

/** The start of several arguments in the text of an event. */
const severalMark = "args[";

/**
 * Writes an event.
 *
 * @param codec Writes packets.
 * @param namespace Where it is sent.
 * @param outgoing The event.
 * @param more Further arguments, added behind its own.
 */
export function encodeOutgoing(
  codec: Codec,
  namespace: string,
  outgoing: Outgoing,
  more: MoreArguments,
): (string | Uint8Array)[] {
  const { event, ackId } = outgoing;
  const packet = {
    type: "event",
    namespace,
    ...(ackId === undefined ? {} : { id: ackId }),
  } as const;
  // The application has written the data as JSON for others, or is spared to do it twice.
  if (!codec.isJson || mayHoldBytes(outgoing.text)) {
    return codec.encode({ ...packet, data: [event, ...argumentsOf(outgoing.data), ...more] });
  }
  const values = [JSON.stringify(event), ...textOf(outgoing.text), ...more.map(stringify)];
  return [encodePacket(packet, `[${values.join(",")}]`)];
}

function stringify(value: unknown): string {
  return JSON.stringify(value);
}

/** The arguments as JSON, joined by commas. */
function textOf(text: string): readonly string[] {
  if (text === "") return [];
  return [text.startsWith(severalMark) ? text.slice(severalMark.length, -1) : text];
}
