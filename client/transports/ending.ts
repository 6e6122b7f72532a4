/** Ends a transport, also where the server does not answer. */

import type { Clock } from "../../wire/clock.ts";
import type { Transport } from "./transport.ts";

/** Limits of the end of a transport. */
export interface EndOptions {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly closeTimeout: number;
}

/**
 * Ends a transport. Servers need not answer a Close, and runtimes may wait for that for ever.
 *
 * @param transport The transport; nothing else is done with it.
 * @param close Code and reason for the server.
 * @returns Resolves when nothing is left of it, or after the time. Never rejects.
 */
export function endTransport(
  transport: Transport,
  { code, reason }: { readonly code: number; readonly reason: string },
  { clock, closeTimeout }: EndOptions,
): Promise<void> {
  return new Promise((resolve) => {
    const stop = clock.after(closeTimeout, () => {
      transport.terminate();
      resolve();
    });
    function ended(): void {
      stop();
      resolve();
    }
    try {
      transport.close(code, reason).then(ended, ended);
    } catch {
      // A WebSocket class that does not allow what RFC 6455 does.
      ended();
    }
  });
}
