/** Middleware: functions around every event. */

/** Goes on to the next middleware, and at last to the handler. */
export type Next = () => Promise<void>;

/** What a middleware sees of an event. */
export interface EventContext<Client> {
  /** Who sent it. */
  readonly client: Client;
  /** Its name, as the client wrote it. Nothing may handle it. */
  readonly event: string;
  /** What it carries, before validation; a middleware may put something else in its place. */
  data: unknown;
}

/**
 * A function around every event. It calls `next` once to go on; where it does not, the event ends
 * there. It throws an {@linkcode EventError} to refuse the event.
 */
export type Middleware<Client> = (context: EventContext<Client>, next: Next) => Promise<void>;

/**
 * Joins middleware into one, the first outermost.
 *
 * @throws {Error} The returned function rejects when a middleware calls `next` twice.
 */
export function compose<Client>(middleware: readonly Middleware<Client>[]): Middleware<Client> {
  return async function composed(context, last): Promise<void> {
    let reached = -1;
    async function run(index: number): Promise<void> {
      if (index <= reached) throw new Error("Cannot call next(): it was called before");
      reached = index;
      const current = middleware[index];
      await (current === undefined ? last() : current(context, () => run(index + 1)));
    }
    await run(0);
  };
}
