/** Positions in the message streams of rooms. */

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

/** The newest messages of a room, for a client that enters it. */
export interface Newest {
  /** How many at the most. */
  readonly last: number;
}

/**
 * What a client that joins a room is sent first: what has followed a position, or the newest
 * messages. These are for who enters; a client that is in the room already is sent nothing twice.
 */
export type JoinFrom = Position | Newest;

/**
 * A message's place: in which room, and where in its stream. A wire whose clients tell later how
 * far they have come sends it along.
 */
export interface Place extends Position {
  /** Room name. */
  readonly room: string;
}

/**
 * What a client finds in a room that it has joined: what `client.join` resolves to, and announces.
 */
export interface Joined {
  /** Where the room's stream stands: the messages that come next follow it. */
  readonly position: Position;
  /**
   * `true` when a position was given, and all that has followed it was sent to the client.
   * Otherwise nothing is known of what the client has missed.
   */
  readonly recovered: boolean;
  /** What the option `rooms` of the application has added for the client. */
  readonly fields?: Readonly<Record<string, unknown>>;
}
