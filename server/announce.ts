/** Says where a server listens. */

/** An address, as far as it is said. */
export type ListenAddress = Pick<Deno.NetAddr, "hostname" | "port">;

/**
 * Writes a line on stderr, as `Deno.serve` does: stdout belongs to the program.
 *
 * @param address Where the server listens.
 * @param secure Whether it speaks TLS.
 */
export function announce(address: ListenAddress, secure: boolean): void {
  // deno-lint-ignore no-console -- `onListen` replaces it
  console.error(describeAddress(address, secure));
}

/** Writes the same line for a Unix socket. */
export function announcePath(path: string): void {
  // deno-lint-ignore no-console -- as above; there is no `onListen` then
  console.error(`Listening on ${path}`);
}

/**
 * Says where a server listens, and where its own machine finds it.
 *
 * @param address Where the server listens.
 * @param secure Whether it speaks TLS.
 * @returns A line for people.
 */
export function describeAddress({ hostname, port }: ListenAddress, secure: boolean): string {
  const urlOf = (host: string) => `${secure ? "https" : "http"}://${host}:${port}/`;
  const url = urlOf(hostname.includes(":") ? `[${hostname}]` : hostname);
  const isAny = hostname === "0.0.0.0" || hostname === "::";
  return `Listening on ${url}${isAny ? ` (${urlOf("localhost")})` : ""}`;
}
