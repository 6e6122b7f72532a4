/** Who is in which room, over all nodes. */

import type { Presence } from "../app/presence/presence.ts";
import type { Connections, ScriptCall } from "./connections.ts";
import type { Outbox } from "./outbox.ts";
import { enter, leave, type Names, type Script } from "./scripts.ts";

/** What presence stands on. */
export interface PresenceContext {
  readonly node: string;
  readonly names: Names;
  readonly connections: Connections;
  readonly outbox: Outbox;
  /** What this node holds, in the form of {@linkcode heldOf}, of all scopes. */
  readonly held: Set<string>;
}

/** One user in one room. */
interface Place {
  readonly room: string;
  readonly userId: string;
  readonly holder: string;
}

/** Presence of one scope. Calls wait for Redis in order, and take effect once, over all cuts. */
export class RedisPresence implements Presence {
  readonly #scope: string;
  readonly #context: PresenceContext;

  constructor(scope: string, context: PresenceContext) {
    this.#scope = scope;
    this.#context = context;
  }

  enter(room: string, userId: string, holder: string): Promise<boolean> {
    return this.#do(enter, { room, userId, holder });
  }

  leave(room: string, userId: string, holder: string): Promise<boolean> {
    return this.#do(leave, { room, userId, holder });
  }

  #do(script: Script, place: Place): Promise<boolean> {
    const { connections, outbox, held } = this.#context;
    connections.start().catch(() => {});
    const call = callOf(this.#context, script, this.#scope, place);
    return outbox.add({
      size: place.room.length + place.userId.length,
      send: async (isDoubtful) => {
        const reply = await connections.send({ ...call, args: [...call.args, isDoubtful ? 1 : 0] });
        // Only now, as what waits still must not be brought in before its turn.
        if (script === enter) held.add(heldOf(this.#scope, place));
        else held.delete(heldOf(this.#scope, place));
        return reply === 1;
      },
    });
  }

  async users(room: string, limit: number): Promise<string[]> {
    const { names, connections } = this.#context;
    const users = await connections.askCommand([
      "SRANDMEMBER",
      names.presence(this.#scope, room)[1],
      String(Math.max(0, Math.min(limit, Number.MAX_SAFE_INTEGER))),
    ]);
    return (users as string[]).map(decodeUser);
  }

  async count(room: string): Promise<number> {
    const { names, connections } = this.#context;
    return Number(await connections.askCommand(["SCARD", names.presence(this.#scope, room)[1]]));
  }
}

/** Brings in again what a node holds, after Redis has lost it. */
export async function enterAgain(context: PresenceContext): Promise<void> {
  const entering = [...context.held].map((each) => {
    const { scope, ...place } = placeOf(each);
    const call = callOf(context, enter, scope, place);
    return context.connections.ask({ ...call, args: [...call.args, 1] });
  });
  await Promise.all(entering);
}

function callOf(
  { names, node }: PresenceContext,
  script: Script,
  scope: string,
  place: Place,
): ScriptCall {
  return {
    script,
    keys: [...names.presence(scope, place.room), names.held(node)],
    args: [encodeUser(place.userId), place.holder, heldOf(scope, place)],
  };
}

/** Writes what a node holds: scope, room, user and holder. */
function heldOf(scope: string, { room, userId, holder }: Place): string {
  return [encodeURIComponent(scope), room, encodeUser(userId), holder].join("\0");
}

function placeOf(held: string): Place & { scope: string } {
  const parts = held.split("\0");
  const [userId = "", holder = ""] = parts.slice(-2);
  return {
    scope: decodeURIComponent(parts[0]!),
    room: parts.slice(1, -2).join("\0"),
    userId: decodeUser(userId),
    holder,
  };
}

/** A user's id ends with NUL in Redis, and so has none. */
function encodeUser(userId: string): string {
  return userId.replace(/[%\0]/g, encodeURIComponent);
}

/** Reads a user's id as Redis holds it. */
export function decodeUser(text: string): string {
  return text.replaceAll("%00", "\0").replaceAll("%25", "%");
}
