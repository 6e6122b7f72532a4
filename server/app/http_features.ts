/** What an application offers to clients and back ends that speak plain HTTP. */

import type { Clock } from "../clock.ts";
import type { ResolvedFallbackOptions } from "./fallback.ts";
import type { Publishing } from "./http_publish.ts";

/**
 * What wires over plain HTTP need to know of an application: `app.http`. What is off is
 * `undefined`.
 *
 * @example The paths that an application takes
 * ```ts
 * import { apiKeys, App, type HttpFeatures } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * function pathsOf({ fallback, publishing }: HttpFeatures): (string | undefined)[] {
 *   return [fallback?.ssePath, fallback?.pollPath, fallback?.eventsPath, publishing?.path];
 * }
 * const app = new App({ httpPublish: { auth: apiKeys(["k-4f9b1c"]) } });
 * assertEquals(pathsOf(app.http), [undefined, undefined, undefined, "/api/publish"]);
 * ```
 */
export interface HttpFeatures {
  /** What timers go by. */
  readonly clock: Clock;
  /** The fallback transports, where they are on. */
  readonly fallback: ResolvedFallbackOptions | undefined;
  /** Publishing by HTTP, where it is on. */
  readonly publishing: Publishing | undefined;
}
