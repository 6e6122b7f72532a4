/** Positions in the streams of rooms. */

import type { Position } from "../../../wire/position.ts";

export type { Place, Position } from "../../../wire/position.ts";

/** The newest messages of a room, for a client that enters it. */
export interface Newest {
  /** How many at the most. */
  readonly last: number;
}

/**
 * The messages that a client is sent first when it joins a room: those behind a position, or the
 * newest messages. These are for who enters; a client that is in the room already is sent nothing
 * twice.
 */
export type JoinFrom = Position | Newest;

/**
 * The result of joining a room: `client.join` resolves to it, and announces it.
 */
export interface Joined {
  /** Where the room's stream stands: the messages that come next follow it. */
  readonly position: Position;
  /**
   * `true` when a position was given, and all that has followed it was sent to the client.
   * Otherwise nothing is known of what the client has missed.
   */
  readonly recovered: boolean;
  /** Fields that the option `rooms` of the application has added for the client. */
  readonly fields?: Readonly<Record<string, unknown>>;
}
