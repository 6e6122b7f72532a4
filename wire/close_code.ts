/** Close codes and reasons, and what a client does after them: one table for both ends. */

/**
 * The client's behaviour after a close: it connects again, later and later; it does so, but not
 * before its longest delay is over, as it has sent too fast; or it stays away, as another attempt
 * would end the same way.
 */
export type CloseAdvice = "come back" | "back off" | "stay away";

/** A way in which a server ends a connection. */
export interface CloseKind {
  readonly code: number;
  readonly reason: string;
  readonly advice: CloseAdvice;
}

/**
 * The closes of the application layer and its wires. Reasons are a part of the contract: a code of
 * RFC 6455 stands for several.
 */
export const Closes = {
  /** The first message was no token, and one was to be first. */
  notAuthenticated: { code: 1008, reason: "Not authenticated", advice: "stay away" },
  authenticationFailed: { code: 1008, reason: "Authentication failed", advice: "stay away" },
  authenticationTimeout: { code: 1008, reason: "Authentication timed out", advice: "stay away" },
  tooManyFailedAttempts: { code: 1008, reason: "Too many failed attempts", advice: "stay away" },
  tooManyAttempts: { code: 1013, reason: "Too many attempts at once", advice: "come back" },
  /** A client with another token comes back, though. */
  tokenExpired: { code: 4401, reason: "token expired", advice: "stay away" },
  rateLimited: { code: 1008, reason: "Rate limit exceeded", advice: "back off" },
  tooManyEvents: { code: 1008, reason: "Too many events waiting", advice: "back off" },
  slowConsumer: { code: 1013, reason: "slow consumer", advice: "come back" },
  shortOfMemory: { code: 1013, reason: "Server is short of memory", advice: "come back" },
  tooManySessions: { code: 1013, reason: "Too many sessions", advice: "come back" },
  internalError: { code: 1011, reason: "Internal error", advice: "come back" },
  shutdown: { code: 1012, reason: "Server shutting down", advice: "come back" },
} as const satisfies Readonly<Record<string, CloseKind>>;

/** Gives what a Close frame says of a kind. */
export function closeOf({ code, reason }: CloseKind): { code: number; reason: string } {
  return { code, reason };
}

/**
 * Codes with a name, RFC 6455 §7.4.1 and the IANA registry. After those to stay away, another
 * attempt would end the same way: a wish of the server, a fault in what we speak, or a refusal.
 */
const adviceByCode: ReadonlyMap<number, CloseAdvice> = new Map([
  [1000, "stay away"], // normal closure
  [1001, "come back"], // going away
  [1002, "stay away"], // protocol error
  [1003, "stay away"], // unsupported data
  [1005, "come back"], // no code
  [1006, "come back"], // no Close frame
  [1007, "stay away"], // invalid payload
  [1008, "stay away"], // policy violation
  [1009, "come back"], // message too big
  [1010, "stay away"], // extension expected
  [1011, "come back"], // internal error
  [1012, "come back"], // service restart
  [1013, "come back"], // try again later
  [1014, "come back"], // bad gateway
]);

/** Codes that are registered for applications, and are a refusal as 4401 and 4403 are. */
const registeredRefusals: ReadonlySet<number> = new Set([3000, 3003]); // Unauthorized, Forbidden

/** HTTP statuses that pass with time: Request Timeout, Too Early, Too Many Requests. */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Says what a client does after a close. Codes 4400 to 4499 mirror HTTP's client errors: 4403 is
 * "Forbidden", and stays so; 3000 and 3003 are registered at IANA for the same. All others that
 * applications define pass.
 *
 * @param code Close code.
 * @param reason Close reason: 1008 stands for several.
 * @returns Whether to come back.
 */
export function adviceAfter(code: number, reason: string): CloseAdvice {
  const kinds: readonly CloseKind[] = Object.values(Closes);
  const kind = kinds.find((each) => each.code === code && each.reason === reason);
  if (kind !== undefined) return kind.advice;
  if (code >= 4400 && code <= 4499) {
    return passingStatuses.has(code - 4000) ? "come back" : "stay away";
  }
  if (registeredRefusals.has(code)) return "stay away";
  return adviceByCode.get(code) ?? "come back";
}

/** Lists the codes with a name. */
export function namedCloseCodes(): number[] {
  return [...adviceByCode.keys()];
}
