/** Writes the errors of handlers where no `onError` is given. */

import { writeError } from "../../contain.ts";

/** The place of a handler's error, as far as the log names it. */
export interface LoggedPlace {
  readonly event: string;
  readonly client?: { readonly id: string; readonly userId: string | undefined } | undefined;
}

/** Characters of a user's id in the log. */
const maxLoggedId = 64;

/**
 * Writes an error of a handler to stderr: one that nobody has asked for must not go unseen.
 *
 * @param error The thrown error.
 * @param place The client and the event.
 */
export function logError(error: unknown, { event, client }: LoggedPlace): void {
  writeError(`Handler of "${event}" failed${client === undefined ? "" : ownerOf(client)}:`, error);
}

/** The id of a user comes from a token: control sequences of terminals are replaced. */
function ownerOf({ id, userId }: NonNullable<LoggedPlace["client"]>): string {
  if (userId === undefined) return ` for client ${id}`;
  const shown = userId.slice(0, maxLoggedId).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return ` for client ${id} of user ${JSON.stringify(shown)}`;
}
