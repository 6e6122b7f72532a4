/** How the chat ends: at a signal, in its own time, and with 0. */

import type { Server } from "@hawser/ws";

/** How patient the end is, for `readFlags`. */
export const signalFlags = {
  "shutdown-delay": {
    type: "number",
    metavar: "MS",
    default: 0,
    help: "Time after a signal when /readyz says no and connections are still accepted",
  },
  "shutdown-deadline": {
    type: "number",
    metavar: "MS",
    default: 10_000,
    help: "Time after that when clients that have not gone are cut off",
  },
} as const;

/** The values of {@linkcode signalFlags}. */
export interface SignalValues {
  readonly "shutdown-delay": number;
  readonly "shutdown-deadline": number;
}

/** For each connection that the server has, the Close frames take this much longer. Milliseconds. */
const pace = 1;

/** Longest time over which the Close frames are spread. Milliseconds. */
const longestSpread = 5_000;

/**
 * Shuts a server down at SIGINT and SIGTERM, and ends the program. A second signal changes nothing:
 * the deadline holds.
 *
 * @param server The server.
 * @param values Values of the flags.
 */
export function shutDownOnSignals(server: Server, values: SignalValues): void {
  const end = async () => {
    await shutDown(server, values);
    Deno.exit(0);
  };
  Deno.addSignalListener("SIGINT", end);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", end);
}

/**
 * Shuts a server down: its clients hear that it starts anew.
 *
 * @param server The server.
 * @param values Values of the flags.
 * @returns Resolves when all connections have ended.
 */
export function shutDown(server: Server, values: SignalValues): Promise<void> {
  return server.shutdown({
    code: 1012,
    reason: "Server shutting down",
    delay: values["shutdown-delay"],
    deadline: values["shutdown-deadline"],
    spread: spreadFor(server.connections.size),
  });
}

/**
 * Tells how long a shutdown takes at the most.
 *
 * @param values Values of the flags.
 * @returns Milliseconds.
 */
export function timeToEnd(values: SignalValues): number {
  return values["shutdown-delay"] + values["shutdown-deadline"] + longestSpread;
}

/**
 * Gives clients who are many more time: they all come back at once, each with a handshake.
 *
 * @param connections How many there are.
 * @returns Milliseconds over which to close them.
 */
export function spreadFor(connections: number): number {
  return connections < 100 ? 0 : Math.min(longestSpread, connections * pace);
}
