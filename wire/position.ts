/** Positions in the message streams of rooms, and their form as text. */

/**
 * A place in a room's stream of messages. Two positions can be compared only where their epochs are
 * the same.
 */
export interface Position {
  /** Number of the last message; it grows by one per message and room, from 1 on. 0: none yet. */
  readonly seq: number;
  /** Changes when the stream was lost, and with it the meaning of `seq`. */
  readonly epoch: string;
}

/**
 * A message's place: in which room, and where in its stream. A wire whose clients tell later how
 * far they have come sends it along.
 */
export interface Place extends Position {
  /** Room name. */
  readonly room: string;
}

/** Characters of an epoch; a longer one is none of ours. */
const maxEpochLength = 64;

/** Writes a position for `id:` of an event stream and `since` of a poll: `epoch:seq`. */
export function formatPosition({ seq, epoch }: Position): string {
  return `${epoch}:${seq}`;
}

/**
 * Reads a position. Never throws.
 *
 * @param text As {@linkcode formatPosition} writes it.
 * @returns `undefined` for what is none of ours, such as the id of another server.
 */
export function parsePosition(text: string): Position | undefined {
  const [, epoch, seq] = /^([\w.~-]+):(\d{1,15})$/.exec(text) ?? [];
  if (epoch === undefined || epoch.length > maxEpochLength) return undefined;
  return { epoch, seq: Number(seq) };
}
