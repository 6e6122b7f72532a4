/** History of the chat: how much is kept of what is written, and where. */

import type { HistoryOptions } from "@hawser/ws";

/** How much is kept, for `readFlags`. */
export const historyFlags = {
  history: {
    type: "number",
    metavar: "N",
    default: 100,
    max: 1_000_000,
    help: "Messages kept per room, for those who come back; 0 keeps none",
  },
  database: {
    type: "text",
    metavar: "FILE",
    help: "Keeps them in a file, over restarts; needs permission to read and write it",
  },
} as const;

/** The values of {@linkcode historyFlags}. */
export interface HistoryValues {
  readonly history: number;
  readonly database: string | undefined;
}

/**
 * Opens the history that the flags ask for.
 *
 * @param values Values of the flags.
 * @param say Prints a line for people.
 * @returns The option of the application, which closes the file at its end.
 * @throws {DatabaseError} The file cannot be used.
 */
export async function openHistory(
  { history: size, database }: HistoryValues,
  say: (line: string) => void,
): Promise<HistoryOptions> {
  if (database === undefined) return { size };
  // A chat without a file need not load what writes it.
  const { SqliteHistory } = await import("@hawser/ws/sqlite");
  const history = new SqliteHistory(database, { size });
  if (history.isReplaced) {
    say(`${database} is not the file that was written last: all rooms begin anew.`);
  }
  return history;
}
