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
  /** Where the room's stream stands: the messages that come next follow it. */
  readonly position: Position;
  /**
   * `true` when a position was given, and all that has followed it was sent to the client.
   * Otherwise nothing is known of what the client has missed.
   */
  readonly recovered: boolean;
}
