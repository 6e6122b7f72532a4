/** The log of the chat's connections. */

import { jsonLog, type LogSink, textLog } from "@hawser/ws";

/** How it is said, for `readFlags`. */
export const logFlags = {
  log: {
    type: "text",
    metavar: "FORMAT",
    choices: ["text", "json"],
    help:
      "Print a line for each open, close and refusal, as text; or as json, and all else on stderr",
  },
} as const;

/**
 * Makes the log.
 *
 * @param format Value of the flag.
 * @param write Prints a line.
 * @returns A function that writes the lines, or `undefined` where there are none.
 */
export function openLog(
  format: string | undefined,
  write: (line: string) => void,
): LogSink | undefined {
  if (format === undefined) return undefined;
  return format === "json" ? jsonLog(write) : textLog(write);
}
