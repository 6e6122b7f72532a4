/** The wires of a server: made of its options, and asked about upgrade requests. */

import { EventError } from "./app/events/errors.ts";
import { systemClock } from "./clock.ts";
import { isAllowedOrigin } from "./net/origin.ts";
import type { UpgradeOptions } from "./net/websocket/upgrade.ts";
import type { ResolvedOptions } from "./resolved_options.ts";
import { json } from "./wires/json/json.ts";
import type { WireContext } from "./wires/wire.ts";
import { SharedSessions } from "./wires/shared_sessions.ts";
import { WireSet } from "./wires/wire_set.ts";

/** Makes those that the options name, and JSON where there is an application. */
export function makeWires(
  options: ResolvedOptions,
  parts: Pick<WireContext, "memory" | "log" | "notify">,
): WireSet {
  const { app, upgrade, wires, sharedPort, sessionPrefix } = options;
  const sessions = sharedPort && new SharedSessions(sharedPort, sessionPrefix);
  const idPrefix = sessions?.idPrefix ?? sessionPrefix;
  const context: WireContext = {
    ...parts,
    app: app && {
      hasNamespace: (name) => app.hasNamespace?.(name) ?? name === "/",
      publish: (room, event, data) => app.publish?.(room, event, data) ?? noPublishing(),
      emitToUser: (user, event, data) => app.emitToUser?.(user, event, data),
    },
    path: options.path,
    newSessionId: () => idPrefix + crypto.randomUUID(),
    clock: app?.clock ?? systemClock,
    limits: options,
    maxMessageSize: options.maxMessageSize,
    failed: options.onError,
  };
  const all = app === undefined ? wires : [...wires, json];
  const made = new WireSet(all.map((wire) => wire(context)), {
    app,
    sessions,
    upgrade,
    notify: context.notify,
    gate: { allowsOrigin: (origin, url) => isAllowedOrigin(origin, url, options) },
  });
  sessions?.receive((maker, info) => made.fetch(maker, info), options.onError);
  return made;
}

/**
 * Tells who decides about upgrade requests; `undefined`: nobody, as no wire upgrades and the handler
 * of connections takes all.
 *
 * @param hasHandler Whether there is such a handler.
 */
export function deciderOf(wires: WireSet, hasHandler: boolean): UpgradeOptions["decide"] {
  if (!wires.upgrades && hasHandler) return undefined;
  return (request, info) => {
    const decision = wires.decide(request, info);
    if (decision !== undefined || hasHandler) return decision;
    return Promise.resolve(new Response("No WebSocket at this path\n", { status: 404 }));
  };
}

function noPublishing(): Promise<never> {
  return Promise.reject(new EventError("UNAVAILABLE", "The application publishes nothing"));
}
