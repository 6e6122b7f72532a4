/** Which pages and which host names may open a connection. RFC 6455 §10.2. */

import { HandshakeError, type RequestHead } from "../../protocol/mod.ts";

/** Who may open a connection. */
export interface OriginOptions {
  /** Origins that pass, each exactly as a browser sends it; `undefined`: the host's own pages. */
  allowedOrigins: readonly string[] | "*" | undefined;
  /** Values of the Host field that are answered, with or without port; `undefined`: any. */
  allowedHosts: readonly string[] | undefined;
}

/**
 * Refuses requests for a name that is not ours, which a rebinding DNS server sends.
 *
 * @throws {HandshakeError} 421.
 */
export function checkHost(head: RequestHead, options: OriginOptions): void {
  if (isAllowedHost(head.fields.get("host") ?? "", options)) return;
  throw new HandshakeError(421, "Host is not served here");
}

/** Tells whether a value of Host names this server. */
export function isAllowedHost(field: string, { allowedHosts }: OriginOptions): boolean {
  if (allowedHosts === undefined) return true;
  const host = field.toLowerCase();
  const name = host.replace(/:\d*$/, "");
  return allowedHosts.some((allowed) => allowed === host || allowed === name);
}

/**
 * Refuses upgrades asked for by pages of foreign origins. Who sends no Origin is not a browser, and
 * passes.
 *
 * @throws {HandshakeError} 403.
 */
export function checkOrigin(head: RequestHead, options: OriginOptions): void {
  const origins = head.fields.getAll("origin");
  if (origins.length === 0 || options.allowedOrigins === "*") return;
  const [origin = ""] = origins;
  const host = head.fields.get("host") ?? "";
  if (origins.length === 1 && isAllowedOrigin(origin, host, options)) return;
  throw new HandshakeError(403, "Origin is not allowed");
}

/** Tells whether pages of an origin may connect to a server that is called by this name. */
export function isAllowedOrigin(
  origin: string,
  host: string,
  { allowedOrigins }: OriginOptions,
): boolean {
  if (allowedOrigins === "*") return true;
  return allowedOrigins === undefined ? isSameHost(origin, host) : allowedOrigins.includes(origin);
}

/**
 * The scheme is not compared: behind a proxy that ends TLS, a page's `https` origin meets a plain
 * request. Any other difference counts, a port or a trailing dot included.
 */
function isSameHost(origin: string, host: string): boolean {
  const match = /^https?:\/\/([^/?#@\\]+)$/.exec(origin);
  return match !== null && match[1] === host.toLowerCase();
}
