/** Ports for programs that cannot find one by themselves. */

/** Ports below those that the system gives to connections, and to servers that ask for any. */
const [first, last] = [12_000, 32_000];

/**
 * Finds a port that is free at the moment, and that only another call may take until the program
 * uses it, or while it is being restarted.
 */
export function takePort(): number {
  for (;;) {
    const port = first + Math.floor(Math.random() * (last - first));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
