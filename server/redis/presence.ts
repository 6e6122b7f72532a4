/** Presence, over all nodes. */

import type { Presence } from "../app/presence/presence.ts";
import type { Connections, ScriptCall } from "./connections.ts";
import type { Outbox } from "./outbox.ts";
import { enter, leave, type Names, type Script } from "./scripts.ts";

/** The parts of presence. */
export interface PresenceContext {
  readonly node: string;
  readonly names: Names;
  readonly connections: Connections;
  readonly outbox: Outbox;
  /** The users that this node holds, in the form of {@linkcode heldOf}, of all scopes. */
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

/** Users that are brought in again at a time. */
const enteredAtOnce = 100;

/**
 * Brings in again what a node holds, after Redis has lost it. Nothing of the outbox may be sent
 * meanwhile.
 *
 * @param entered Called with each user who is in a room that nobody else holds there.
 */
export async function enterAgain(
  context: PresenceContext,
  entered: (scope: string, room: string, userId: string) => void,
): Promise<void> {
  const all = [...context.held];
  for (let start = 0; start < all.length; start += enteredAtOnce) {
    await Promise.all(
      all.slice(start, start + enteredAtOnce).map(async (each) => {
        const { scope, ...place } = placeOf(each);
        const ask = (script: Script) => {
          const call = callOf(context, script, scope, place);
          return context.connections.ask({ ...call, args: [...call.args, 1] });
        };
        const isFirst = await ask(enter) === 1;
        // The answer to what was sent before may have come meanwhile.
        if (!context.held.has(each)) await ask(leave);
        else if (isFirst) entered(scope, place.room, place.userId);
      }),
    );
  }
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
