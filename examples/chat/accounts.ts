/** Accounts of the chat: a JSON Web Token says who somebody is. */

import { type AuthOptions, jwt, type JwtClaims } from "@hawser/ws";
import { usageError } from "../flags.ts";
import { cleanName, type Guest } from "./guests.ts";

/** How people sign in, for `readFlags`. */
export const accountFlags = {
  "jwt-secret": {
    type: "text",
    metavar: "SECRET",
    help:
      "Secret that tokens are signed with (HS256), 32 bytes or more; without one, all are guests",
  },
  "jwks-url": { type: "text", metavar: "URL", help: "JWK Set with the keys of tokens, instead" },
  auth: {
    type: "text",
    metavar: "WHEN",
    choices: ["before", "message", "either"],
    default: "either",
    help: "A token comes before the upgrade, by the first message, or either",
  },
  "auth-cookie": {
    type: "text",
    metavar: "NAME",
    help: "Cookie in which the upgrade request may carry the token, too",
  },
} as const;

/** The values of {@linkcode accountFlags}. */
export interface AccountValues {
  readonly "jwt-secret": string | undefined;
  readonly "jwks-url": string | undefined;
  readonly auth: "before" | "message" | "either";
  readonly "auth-cookie": string | undefined;
}

/** Options of an `App` whose people have accounts. */
export interface ChatAccounts {
  /** How they say who they are. */
  readonly auth: AuthOptions<Guest>;
}

/** Characters of a user's id. */
const maxUserIdLength = 256;

/**
 * Makes the chat's options of the flags. Ends the program where they contradict each other.
 *
 * @param values Values of the flags.
 * @returns The options, or `undefined` where everybody is a guest.
 */
export function readAccounts(values: AccountValues): ChatAccounts | undefined {
  const { "jwt-secret": secret, "jwks-url": jwksUrl, auth: mode } = values;
  const cookie = values["auth-cookie"];
  if (secret !== undefined && jwksUrl !== undefined) {
    usageError("Flags --jwt-secret and --jwks-url exclude each other: see --help");
  }
  const how = { mode, ...(cookie !== undefined && { cookie }) };
  if (secret !== undefined) return { auth: { verify: jwt({ secret, user: userOf }), ...how } };
  if (jwksUrl !== undefined) return { auth: { verify: jwt({ jwksUrl, user: userOf }), ...how } };
  if (mode !== "either") needsKey(`--auth ${mode}`);
  if (cookie !== undefined) needsKey("--auth-cookie");
  return undefined;
}

function needsKey(flag: string): never {
  usageError(`Flag ${flag} needs --jwt-secret or --jwks-url: see --help`);
}

/**
 * Says at start who may come in.
 *
 * @param values Values of the flags.
 * @returns A line for the terminal.
 */
export function describeAccounts(values: AccountValues): string {
  const { "jwt-secret": secret, "jwks-url": jwksUrl } = values;
  if (secret === undefined && jwksUrl === undefined) {
    return "Everybody is a guest: there are no accounts.";
  }
  const whens = {
    before: "in the upgrade request",
    message: "by their first message",
    either: "in the upgrade request or by their first message",
  };
  return `Clients sign in with a token, ${whens[values.auth]}.`;
}

/**
 * Tells who somebody is.
 *
 * @param claims The claims of the token: `sub` is the user's id, `name` is shown.
 * @returns The user, or `undefined` where the token names nobody.
 */
export function userOf({ sub, name }: JwtClaims): Guest | undefined {
  if (typeof sub !== "string" || sub === "" || sub.length > maxUserIdLength) return undefined;
  const shown = cleanName(typeof name === "string" ? name : "") || cleanName(sub);
  return { userId: sub, name: shown || "nameless" };
}
