/** Decides which pages and host names may open a connection. RFC 6455 §10.2. */

import { HandshakeError, type RequestHead } from "../../protocol/mod.ts";

/** Why a request for another name is refused. */
export const unknownHost = "Host is not served here";

/** Why a request of a page from elsewhere is refused. */
export const foreignOrigin = "Origin is not allowed";

/** By which names a server may be called. */
export interface HostOptions {
  /** Values of the Host field that are answered, with or without port; `undefined`: any. */
  allowedHosts: readonly string[] | undefined;
}

/** The pages that may open a connection. */
export interface OriginOptions {
  /** Origins that pass, each exactly as a browser sends it; `undefined`: the host's own pages. */
  allowedOrigins: readonly string[] | "*" | undefined;
}

/**
 * Refuses requests for a name that is not ours, which a rebinding DNS server sends. RFC 9110 §7.4.
 *
 * @throws {HandshakeError} 421.
 */
export function checkHost(host: string, options: HostOptions): void {
  if (isAllowedHost(host, options)) return;
  throw new HandshakeError(421, unknownHost);
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
 * Refuses upgrades asked for by pages of foreign origins. Requests without Origin do not come from
 * a browser and are allowed.
 *
 * @param head The request's head.
 * @param url The URL that the request is for.
 * @param options Which pages may connect.
 * @throws {HandshakeError} 403.
 */
export function checkOrigin(head: RequestHead, url: string, options: OriginOptions): void {
  const origins = head.fields.getAll("origin");
  if (origins.length === 0 || options.allowedOrigins === "*") return;
  const [origin = ""] = origins;
  if (origins.length === 1 && isAllowedOrigin(origin, url, options)) return;
  throw new HandshakeError(403, foreignOrigin);
}

/** Tells whether pages of an origin may send requests for a URL. */
export function isAllowedOrigin(
  origin: string,
  url: string,
  { allowedOrigins }: OriginOptions,
): boolean {
  if (allowedOrigins === "*") return true;
  return allowedOrigins === undefined ? isSameHost(origin, url) : allowedOrigins.includes(origin);
}

/**
 * A page of `http` is foreign to a URL of `https`. The reverse is not refused: behind a proxy that
 * ends TLS, a page's `https` origin meets a plain request. Any other difference counts, a trailing
 * dot included, and a port that is not the default one of the page's scheme.
 */
function isSameHost(origin: string, url: string): boolean {
  const [, scheme, page] = /^(https?):\/\/([^/?#@\\]+)$/.exec(origin) ?? [];
  const [, ownScheme, host] = /^(https?):\/\/([^/?]+)/i.exec(url) ?? [];
  if (scheme === undefined || page === undefined || host === undefined) return false;
  if (ownScheme?.toLowerCase() === "https" && scheme === "http") return false;
  return withoutDefaultPort(page, scheme) === withoutDefaultPort(host.toLowerCase(), scheme);
}

/** RFC 9110 §4.2.3: no port, an empty one and the default one are the same. */
function withoutDefaultPort(host: string, scheme: string): string {
  return host.replace(scheme === "https" ? /:(443)?$/ : /:(80)?$/, "");
}
