/** Time as the application sees it: handed in, so that tests can let it pass. */

import { type Clock, runtimeClock } from "../wire/clock.ts";

export type { Clock } from "../wire/clock.ts";

/**
 * The clock of the runtime. Its timers do not keep the process alive: a server of the application
 * does.
 *
 * @example A timer that is not needed any more
 * ```ts
 * import { systemClock } from "@hawser/ws";
 * import { assert } from "@std/assert";
 *
 * const start = systemClock.now();
 * const cancel = systemClock.after(60_000, () => {});
 * cancel();
 * assert(systemClock.now() >= start);
 * ```
 */
export const systemClock: Clock = runtimeClock((timer) => Deno.unrefTimer(timer));
