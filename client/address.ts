/** Addresses of servers. */

/**
 * Address of a server, with the scheme ws, wss, http or https; in a browser it may be relative,
 * such as `/ws`. A function is called for each attempt.
 */
export type Address = string | URL | (() => string | URL | Promise<string | URL>);

/**
 * Reads the address of a server.
 *
 * @returns A function that returns the address of its WebSocket; rejects where the given one does,
 * or has none.
 * @throws {TypeError} It is none.
 */
export function resolveAddress(address: Address): () => Promise<URL> {
  if (typeof address === "function") return async () => resolveUrl(await address());
  const url = Promise.resolve(resolveUrl(address));
  return () => url;
}

/**
 * Reads a URL.
 *
 * @param url Of any of ws, wss, http and https; in a browser it may be relative.
 * @returns The address of its WebSocket.
 * @throws {TypeError} It is none.
 */
export function resolveUrl(url: string | URL): URL {
  const resolved = new URL(url, globalThis.location?.href);
  resolved.protocol = resolved.protocol.replace(/^http/, "ws");
  if (resolved.protocol !== "ws:" && resolved.protocol !== "wss:") {
    throw new TypeError(`Cannot connect: "${resolved.protocol}" is none of ws, wss, http, https`);
  }
  // RFC 6455 §3: an address has no fragment.
  resolved.hash = "";
  return resolved;
}
