/** The log of sessions while they poll: a connection of WebSocket has its own. */

import type { Traffic } from "../types.ts";
import type { Entry, SessionLog } from "../wires/wire.ts";
import { closeOf, type EngineEnd } from "./engine_session.ts";

/** A session goes on by WebSocket. */
const upgraded = { code: 1000, reason: "upgraded to WebSocket", wasClean: true };

/**
 * Logs that a session begins to poll.
 *
 * @param log The log, where the server has one.
 * @param entry The client.
 * @returns Logs the end: why, or `undefined` where the session goes on by WebSocket.
 */
export function logPolling(
  log: SessionLog | undefined,
  { request, remoteAddress }: Entry,
): (reason: EngineEnd | undefined, traffic: Traffic) => void {
  if (log === undefined) return () => {};
  // The session's own id is a secret of its client.
  const session = { id: crypto.randomUUID(), remoteAddress, protocol: "" };
  const origin = request.headers.get("origin") ?? undefined;
  log.opened(session, { origin, path: new URL(request.url).pathname }, "poll");
  return (reason, traffic) => {
    log.closed(session, reason === undefined ? upgraded : closeOf(reason));
    log.ended(session, traffic);
  };
}
