/** The fallback transports as a wire that users hand to `serve`. */

import type { Wire } from "../wire.ts";
import { Fallback } from "./fallback.ts";
import { type FallbackOptions, resolveFallbackOptions } from "./options.ts";

/**
 * Server-Sent Events and long polling, for clients that WebSocket does not get through to. The
 * `upgrade` hook, the allowed origins and the application's sign-in and guards decide about them as
 * about a WebSocket.
 *
 * @param options Paths, times and limits.
 * @returns The wire, for the option `wires` of `serve`.
 * @throws {TypeError} An option is not known, or of a wrong type.
 * @throws {RangeError} A number is out of range.
 *
 * @example A client that polls
 * ```ts
 * import { App, fallback, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * app.on("how", ({ request }) => new URL(request.url).pathname);
 * const wires = [fallback({ pollPath: "/wait", eventsPath: "/send" })];
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app, wires });
 *
 * await using client = connect(`http://127.0.0.1:${server.addr.port}`, {
 *   transports: ["poll"],
 *   paths: { poll: "/wait", events: "/send" },
 * });
 * assertEquals(await client.emitWithAck("how"), "/wait");
 * ```
 */
export function fallback(options: FallbackOptions = {}): Wire {
  const resolved = resolveFallbackOptions(options);
  return (context) => new Fallback(resolved, context);
}
