/** Users who are online, and in which rooms: the guarantees of an implementation. */

/**
 * Remembers which users are where. A user is in a room as long as at least one holder, which is a
 * node, keeps it there. The room whose name is empty is the application as a whole.
 *
 * - **Once.** To enter twice by the same holder counts once; to leave where one is not does
 * nothing.
 *   Users and rooms are no more than names: one that nobody is in takes no memory.
 * - **Atomicity.** Of all the calls that bring a user into a room, exactly one is told that it was
 *   the first, until one that took the user out was told that it was the last.
 * - **Order.** Calls of one holder for the same room and user take effect, and are answered, in the
 *   order in which they are made, whether or not the earlier ones have settled.
 * - **Loss.** What the holder of a dead node has held is forgotten in time, where there are
 * several.
 *
 * Nothing here calls back, and nothing waits: a grace time is kept by the application.
 */
export interface Presence {
  /**
   * Brings a user into a room.
   *
   * @param room Room name, or the empty string.
   * @param userId The user's id.
   * @param holder The node that keeps the user present.
   * @returns `true` when nobody has kept the user there before.
   */
  enter(room: string, userId: string, holder: string): Promise<boolean>;
  /**
   * Takes a user out of a room.
   *
   * @param room Room name, or the empty string.
   * @param userId The user's id.
   * @param holder The node that has kept the user present.
   * @returns `true` when nobody keeps the user there any more, and this holder did.
   */
  leave(room: string, userId: string, holder: string): Promise<boolean>;
  /**
   * Lists users of a room.
   *
   * @param room Room name, or the empty string.
   * @param limit How many at the most.
   * @returns Their ids, each once.
   */
  users(room: string, limit: number): Promise<string[]>;
  /**
   * Counts the users of a room.
   *
   * @param room Room name, or the empty string.
   * @returns How many there are.
   */
  count(room: string): Promise<number>;
  /** Closes it; called when the server that serves its application has shut down. */
  [Symbol.asyncDispose]?(): Promise<void>;
  /** The same, where it can be closed at once. */
  [Symbol.dispose]?(): void;
}

/**
 * The data of `presence:update` of an application with presence: never to the user whom it is
 * about.
 */
export interface PresenceUpdate {
  /** The user. */
  readonly userId: string;
  /** `"online"` with the first connection, `"offline"` when the last one has gone for good. */
  readonly status: "online" | "offline";
  /** Room name; only with the audience `"rooms"`. */
  readonly roomId?: string;
}
