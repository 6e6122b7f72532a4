/** Time as the application sees it: handed in, so that tests can let it pass. */

/**
 * Tells the time and runs things later: the option `clock` of an application. All of its timers go
 * by it; those of connections, such as pings, do not.
 *
 * @example A clock on which no time is long
 * ```ts
 * import { App, type Clock, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const delays: number[] = [];
 * const clock: Clock = {
 *   now: () => 0,
 *   after(delay, run) {
 *     delays.push(delay);
 *     queueMicrotask(run);
 *     return () => {};
 *   },
 * };
 * const app = new App({ clock });
 * app.on("ask", (client) => client.emitWithAck("question", {}).catch(({ code }) => code));
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using client = connect(`ws://127.0.0.1:${server.addr.port}`);
 * assertEquals(await client.emitWithAck("ask"), "ACK_TIMEOUT");
 * assertEquals(delays, [5_000]);
 * ```
 */
export interface Clock {
  /** Milliseconds from any origin; it never goes back. */
  now(): number;
  /**
   * Runs something once, and never before this call has returned.
   *
   * @param delay Milliseconds from now.
   * @param run What to run.
   * @returns A function that calls it off; it does nothing once it has run.
   */
  after(delay: number, run: () => void): () => void;
}

/** The clock of the runtime. Its timers do not keep the process alive: what serves an application does. */
export const systemClock: Clock = {
  now(): number {
    return performance.now();
  },
  after(delay: number, run: () => void): () => void {
    const timer = setTimeout(run, delay);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
