/** Which pages and which host names may open a connection. RFC 6455 §10.2. */

import { HandshakeError, type RequestHead } from "../../protocol/mod.ts";

/** By which names a server may be called. */
export interface HostOptions {
  /** Values of the Host field that are answered, with or without port; `undefined`: any. */
  allowedHosts: readonly string[] | undefined;
}

/** Which pages may open a connection. */
export interface OriginOptions {
  /** Origins that pass, each exactly as a browser sends it; `undefined`: the host's own pages. */
  allowedOrigins: readonly string[] | "*" | undefined;
}

/**
 * Refuses requests for a name that is not ours, which a rebinding DNS server sends. RFC 9110 §7.4.
 *
 * @throws {HandshakeError} 421.
 */
export function checkHost({ fields }: RequestHead, options: HostOptions): void {
  if (isAllowedHost(fields.get("host") ?? "", options)) return;
  throw new HandshakeError(421, "Host is not served here");
}

/**
 * Tells whether a target in absolute-form names another scheme than the connection speaks; the
 * other forms name none. RFC 9110 §7.4.
 */
export function hasOtherScheme(target: string, secure: boolean): boolean {
  if (target.startsWith("/")) return false;
  const scheme = /^https?(?=:)/i.exec(target)?.[0].toLowerCase();
  return scheme !== undefined && scheme !== (secure ? "https" : "http");
}

function isAllowedHost(field: string, { allowedHosts }: HostOptions): boolean {
  if (allowedHosts === undefined) return true;
  const host = field.toLowerCase().replace(/:$/, "");
  const name = host.replace(/:\d+$/, "");
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
