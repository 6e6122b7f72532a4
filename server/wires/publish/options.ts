/** Publishing by HTTP: who may publish what. */

import { checkOptions, type OptionType } from "../../../wire/option_checks.ts";
import {
  type Authenticator,
  resolveAuthOptions,
  type ResolvedAuthOptions,
} from "../../app/auth/auth.ts";
import { answerOf } from "../../contain.ts";

/** Where a message is to go: into a room, or to all clients of a user. */
export type PublishTarget = { readonly room: string } | { readonly user: string };

/**
 * Options of publishing by HTTP.
 *
 * @typeParam User What the authenticator makes of a key.
 */
export interface PublishOptions<User = unknown> {
  /** Verifies what stands behind `Authorization: Bearer`; see {@linkcode apiKeys}. */
  auth: Authenticator<User>;
  /** Path of the requests. @default {"/api/publish"} */
  path?: string;
  /**
   * Tells whether who has presented a key may publish there; if not, 403.
   *
   * @default {a key that `apiKeys` has bound to rooms: these only; any other: everywhere}
   */
  mayPublish?: (user: User, target: PublishTarget) => boolean;
  /** Failed attempts per address and minute, then 429 two seconds late; 0: any. @default {10} */
  maxFailures?: number;
}

/** The options, checked and complete. */
export interface ResolvedPublishOptions {
  readonly path: string;
  readonly auth: ResolvedAuthOptions<unknown>;
  readonly mayPublish: (user: unknown, target: PublishTarget) => boolean;
}

const optionTypes = {
  auth: "any",
  path: "any",
  mayPublish: "function",
  maxFailures: "any",
} as const satisfies Record<keyof PublishOptions, OptionType>;

/**
 * Checks and completes the options.
 *
 * @throws {TypeError} An option is not known or of a wrong type, the path does not begin with a
 * slash, or there is no authenticator.
 * @throws {RangeError} A number is out of range.
 */
export function resolvePublishOptions<User>(
  options: PublishOptions<User>,
): ResolvedPublishOptions {
  checkOptions("publish", options, optionTypes);
  const { auth, path = "/api/publish", maxFailures = 10, mayPublish = isInRooms } = options;
  const hasKeys = typeof auth?.verify === "function";
  if (!hasKeys || typeof path !== "string" || !path.startsWith("/")) {
    throw new TypeError(
      `Cannot publish by HTTP at "${path}": it needs auth, and a path that begins with "/"`,
    );
  }
  return {
    path,
    auth: resolveAuthOptions<unknown>({ verify: auth, maxFailures }),
    // The cast: what the authenticator of the same options has made.
    mayPublish: (user, target) =>
      answerOf("publish.mayPublish", () => mayPublish(user as User, target)) === true,
  };
}

/** The user that `apiKeys` makes of a key which is bound to rooms names them. */
function isInRooms(user: unknown, target: PublishTarget): boolean {
  if (typeof user !== "object" || user === null || !("rooms" in user)) return true;
  const { rooms } = user;
  if (rooms === undefined) return true;
  return "room" in target && Array.isArray(rooms) && rooms.includes(target.room);
}
