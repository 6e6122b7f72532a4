/** Positions in the message streams of rooms. */

/** A place in a room's stream of messages. */
export interface Position {
  /** Sequence number of the last message; it grows by one per message and room. */
  readonly seq: number;
  /** Changes when the stream was lost, and with it the meaning of `seq`. */
  readonly epoch: string;
}

/** A message's place: in which room, and where in its stream. */
export interface Place extends Position {
  /** Room name. */
  readonly room: string;
}

/** What a client finds in a room that it has joined. */
export interface Joined {
  /** Where the room's stream stands. */
  readonly position: Position;
  /** `true` when a position was given and nothing was missed since. */
  readonly recovered: boolean;
}

/** Tells whether two positions are the same place. */
export function isSamePosition(one: Position, other: Position): boolean {
  return one.seq === other.seq && one.epoch === other.epoch;
}

/** Streams of empty rooms that are remembered, so that a lone member may reconnect. */
const maxIdle = 1_000;

/**
 * Counts the messages of each room. The streams of the rooms that emptied last are kept; where an
 * older one is needed again, it begins anew under another epoch.
 */
export class Positions {
  readonly #positions = new Map<string, Position>();
  /** Rooms without members, those longest without first. */
  readonly #idle = new Set<string>();

  /** How many rooms are remembered. */
  get size(): number {
    return this.#positions.size;
  }

  /** A room has its first member. */
  occupied(room: string): void {
    this.current(room);
    this.#idle.delete(room);
  }

  /** A room has lost its last member. */
  emptied(room: string): void {
    this.#idle.add(room);
    const oldest = this.#idle.values().next().value;
    if (this.#idle.size <= maxIdle || oldest === undefined) return;
    this.#idle.delete(oldest);
    this.#positions.delete(oldest);
  }

  /** The position of a room's last message. */
  current(room: string): Position {
    const position = this.#positions.get(room);
    if (position !== undefined) return position;
    const first = { seq: 0, epoch: crypto.randomUUID().slice(0, 8) };
    this.#positions.set(room, first);
    this.emptied(room);
    return first;
  }

  /** Takes the next position of a room. */
  next(room: string): Position {
    const { seq, epoch } = this.current(room);
    const position = { seq: seq + 1, epoch };
    this.#positions.set(room, position);
    return position;
  }
}
