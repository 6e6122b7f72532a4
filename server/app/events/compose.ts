/** Middleware: functions around every event. */

/**
 * Goes on to the next middleware, and at last to the handler. The promise resolves when they are
 * done, and rejects where one of them fails; a second call in the same middleware rejects. A
 * middleware that does not wait for it is waited for all the same, and the failure is the event's.
 */
export type Next = () => Promise<void>;

/**
 * An event as a middleware sees it. Each event has one of its own, which all middleware share.
 *
 * @typeParam Client Who sends events.
 */
export interface EventContext<Client> {
  /** The sender. */
  readonly client: Client;
  /** Its name, as the client wrote it. Nothing may handle it. */
  readonly event: string;
  /** Its data, before validation; a middleware may put something else in its place. */
  data: unknown;
}

/**
 * A function around every event. It calls `next` once to go on; where it does not, the event ends
 * there, acknowledged with nothing. It throws an {@linkcode EventError} to refuse the event.
 *
 * @typeParam Client Who sends events.
 * @param context The event, and who sent it.
 * @param next Goes on.
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
      if (current === undefined) return await last();
      await runAround(current, context, () => run(index + 1));
    }
    await run(0);
  };
}

/**
 * Calls a middleware, and waits for `next` where it has not: else a failure of the handler would be
 * a rejection that nobody handles, which ends the process.
 */
async function runAround<Client>(
  middleware: Middleware<Client>,
  context: EventContext<Client>,
  next: Next,
): Promise<void> {
  const pending = new Set<Promise<void>>();
  await middleware(context, () => {
    const inner = next();
    const settled = () => void pending.delete(inner);
    pending.add(inner);
    inner.then(settled, settled);
    return inner;
  });
  await Promise.all(pending);
}
