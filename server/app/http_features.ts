/** What an application offers to clients and back ends that speak plain HTTP. */

import type { Clock } from "../clock.ts";
import type { ResolvedFallbackOptions } from "./fallback.ts";
import type { Publishing } from "./http_publish.ts";

/**
 * What wires over plain HTTP need to know of an application: `app.http`. What is off is
 * `undefined`.
 */
export interface HttpFeatures {
  /** What timers go by. */
  readonly clock: Clock;
  /** The fallback transports, where they are on. */
  readonly fallback: ResolvedFallbackOptions | undefined;
  /** Publishing by HTTP, where it is on. */
  readonly publishing: Publishing | undefined;
}
