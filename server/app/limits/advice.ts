/** Advice to the operator of a server whose clients' messages are refused: the option to set. */

import type { EventError } from "../events/errors.ts";
import type { ResolvedRateLimit } from "./rate_limit.ts";

/** The settings that advice depends on. */
export interface AdviceContext {
  readonly rateLimit: ResolvedRateLimit | undefined;
  /** Events that are handled. */
  readonly events: Iterable<string>;
  /** Whether clients may join rooms by themselves. */
  readonly clientsJoin: boolean;
}

/** Characters of a name or a reason that a client has a part in. @limit characters: cut off */
const maxQuoted = 64;

/** Changed characters up to which a name is taken for another one, mistyped. */
const maxTypos = 2;

/**
 * Says what has happened to a message and what to set, where the cause may be the program itself.
 *
 * @param error The error that was sent to the client.
 * @param event The event that it is about, where it is about one.
 * @param context The application's events and rates.
 * @returns One sentence, or `undefined` for errors that are the application's own.
 */
export function adviceOn(
  error: EventError,
  event: string | undefined,
  context: AdviceContext,
): string | undefined {
  const what = event === undefined ? "A message" : `Event ${quote(event)}`;
  switch (error.code) {
    case "RATE_LIMITED":
      return `${what} came faster than ${describeRate(event, context.rateLimit)}`;
    case "INVALID_MESSAGE":
      if (event === undefined) return undefined;
      return `${what} was refused, check its schema and what clients send: ${quote(error.message)}`;
    case "FORBIDDEN":
      return event === "room:join" && !context.clientsJoin
        ? "A client wants to join a room: set the option rooms of the App where clients may"
        : undefined;
    case "UNKNOWN_EVENT":
      return event && `${what} has no handler: ${hint(event, context)}`;
    default:
      return undefined;
  }
}

function describeRate(event: string | undefined, limit: ResolvedRateLimit | undefined): string {
  const own = event === undefined ? undefined : limit?.events.get(event);
  const rate = own ?? limit;
  const name = own === undefined ? "rateLimit" : `rateLimit.events[${quote(event ?? "")}]`;
  const is = rate === undefined ? "" : `, ${rate.perSecond} a second and ${rate.burst} at once`;
  return `${name} of the App allows${is}: raise it where clients are meant to`;
}

function hint(event: string, { events }: AdviceContext): string {
  const near = nearestName(event, events);
  return near === undefined ? "add one by app.on()" : `did you mean ${quote(near)}`;
}

/**
 * Finds the name that another one may have been meant for.
 *
 * @param name A name that is none of these.
 * @param names Names.
 * @returns The nearest one, or `undefined` where none is near.
 */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let least = maxTypos + 1;
  for (const each of names) {
    if (Math.abs(each.length - name.length) > maxTypos) continue;
    const distance = each.toLowerCase() === name.toLowerCase() ? 0 : distanceOf(name, each);
    if (distance >= least) continue;
    nearest = each;
    least = distance;
  }
  return nearest;
}

/** How many characters are to be added, removed or changed: by Levenshtein, row by row. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = one[i - 1] === other[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + change));
    }
    row = next;
  }
  return row[other.length]!;
}

function quote(text: string): string {
  return JSON.stringify(text.length > maxQuoted ? `${text.slice(0, maxQuoted)}…` : text);
}
