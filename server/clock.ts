/** Time as the application sees it: handed in, so that tests can let it pass. */

import { type Clock, runtimeClock } from "../wire/clock.ts";

export type { Clock } from "../wire/clock.ts";

/** The clock of the runtime. Its timers do not keep the process alive: what serves an application does. */
export const systemClock: Clock = runtimeClock((timer) => Deno.unrefTimer(timer));
