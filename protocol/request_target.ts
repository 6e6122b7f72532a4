/** The target of a request in its forms, and the `Host` that goes with it. */

/**
 * Tells whether a method's request target is acceptable. RFC 9112 §3.2; `CONNECT` may also come
 * with a path, as it is refused for its method anyway.
 */
export function isRequestTarget(method: string, target: string): boolean {
  if (target.startsWith("/")) return isPathAndQuery(target);
  if (target === "*") return method === "OPTIONS";
  if (method === "CONNECT") return isHost(target);
  return isAbsoluteTarget(target);
}

/**
 * Finds the host in a target of absolute-form, with the port if it has one. RFC 9112 §3.2.2.
 *
 * @param target A target that {@linkcode isRequestTarget} accepts.
 * @returns `undefined` for all other forms.
 */
export function hostOfTarget(target: string): string | undefined {
  return target.startsWith("/") ? undefined : /^https?:\/\/([^/?]*)/i.exec(target)?.[1];
}

/** A server is called by few names: to check the same one again takes 0.6 us. */
let lastHost: string | undefined;

/**
 * Tells whether text is a host with or without a port. RFC 9112 §3.2, RFC 3986 §3.2.2. Stricter:
 * names are made of letters, digits and `-._~`, as escapes and sub-delims only serve to disguise
 * them, and what the URL parser refuses is refused here, so that a URL can be built of the rest.
 */
export function isHost(text: string): boolean {
  if (text === lastHost) return true;
  // Linear: no two neighbouring parts can match the same character.
  const isValid = /^(?:[\w.~-]+|\[[\da-fA-F:.]+\])(?::\d*)?$/.test(text) &&
    URL.canParse(`http://${text}`);
  if (isValid) lastHost = text;
  return isValid;
}

/** RFC 9112 §3.2.2: absolute-form, of http and https. RFC 9110 §4.2.4: without userinfo. */
function isAbsoluteTarget(target: string): boolean {
  const scheme = /^https?:\/\//i.exec(target)?.[0];
  if (scheme === undefined) return false;
  const end = target.slice(scheme.length).search(/[/?]/);
  const pathStart = end < 0 ? target.length : scheme.length + end;
  return isHost(target.slice(scheme.length, pathStart)) && isPathAndQuery(target.slice(pathStart));
}

/**
 * RFC 9112 §3.2.1: no fragment, no control character, no space. More lenient than RFC 3986 with
 * what browsers send as it stands: characters such as `|`, and in a query also a `%` that is no
 * escape, which the URL standard takes for itself. Stricter with an escaped NUL.
 */
function isPathAndQuery(text: string): boolean {
  if (!/^[!"$-~]*$/.test(text) || text.includes("%00")) return false;
  const pathEnd = text.indexOf("?");
  return isPath(pathEnd < 0 ? text : text.slice(0, pathEnd));
}

/**
 * Stricter than RFC 3986 §3.3: a client resolves dot segments and writes slashes before it sends. A
 * URL parser does so where the client has not, and a proxy that compares paths would have let
 * another one through than the server sees. Escaped slashes count, as some proxies decode them.
 */
function isPath(path: string): boolean {
  return !path.includes("\\") && !dotSegment.test(path) && isDecodable(path);
}

const dotSegment = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?=\/|%2f|%5c|$)/i;

/** Handlers decode paths, and must not throw for that: escapes are whole, and UTF-8. */
function isDecodable(path: string): boolean {
  if (!path.includes("%")) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
