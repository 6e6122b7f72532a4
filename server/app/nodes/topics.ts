/** Chooses the topic of a message between nodes. */

import type { Selection } from "../clients/selection.ts";
import type { Topic } from "../streams/broker.ts";

/** How the ids of clients begin, where there are several nodes. */
const clientIdPattern = /^([0-9a-z]{8})\./;

/** Tells the node of a client; `undefined` where its id names none. */
export function nodeOf(clientId: string): string | undefined {
  return clientIdPattern.exec(clientId)?.[1];
}

/**
 * Picks the one topic that fits: that of the only room, user or client, so that nodes without clients
 * there are not woken. Anything else goes to all, and each node selects among its own clients.
 */
export function topicOf({ rooms, users, clients }: Selection): Topic {
  if (rooms.length + users.length + clients.length !== 1) return "all";
  const [room] = rooms;
  // The name of a room may be the id of a client, on whichever node that is.
  if (room !== undefined) return nodeOf(room) === undefined ? `room:${room}` : "all";
  const [user] = users;
  if (user !== undefined) return `user:${user}`;
  const [client = ""] = clients;
  return `node:${nodeOf(client) ?? ""}`;
}
