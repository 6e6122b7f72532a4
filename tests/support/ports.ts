/** Ports for programs that cannot find one by themselves. */

/** Finds a port that is free at the moment. */
export function takePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
