/** Where a client that comes in carries a token. */

/** A token as it was found. */
export interface FoundToken {
  /** May be empty. */
  readonly token: string;
  /** The subprotocol that carried it. */
  readonly protocol?: string;
}

/** Says that a subprotocol is no protocol but carries a token. */
const protocolPrefix = "bearer.";

/**
 * Finds the token that a client presents beside its request, as `{ token }`.
 *
 * @param auth Its credentials, unchecked.
 * @returns The token, empty where it is no text, or `undefined` where there is none.
 */
export function findPresented(auth: unknown): FoundToken | undefined {
  if (typeof auth !== "object" || auth === null || !("token" in auth)) return undefined;
  return { token: typeof auth.token === "string" ? auth.token : "" };
}

/**
 * Finds the token of a request: in the field `Authorization`, in the query, in a subprotocol
 * `bearer.<token>`, in a cookie. The first of them counts, even if another would be a better one.
 *
 * @param request The request.
 * @param protocols Subprotocols that it offers.
 * @param cookie Name of the cookie, where one may carry a token.
 * @returns The token, or `undefined` where there is none.
 */
export function findToken(
  request: Request,
  protocols: readonly string[],
  cookie: string | undefined,
): FoundToken | undefined {
  const protocol = protocols.find((each) => each.startsWith(protocolPrefix));
  const token = bearerOf(request.headers) ?? new URL(request.url).searchParams.get("token");
  if (token !== null) return { token };
  if (protocol !== undefined) return { token: protocol.slice(protocolPrefix.length), protocol };
  const value = cookie === undefined ? undefined : cookieOf(request.headers, cookie);
  return value === undefined ? undefined : { token: value };
}

/**
 * Reads one cookie; of two with the same name the last. RFC 6265 §4.2.1. Text that is no cookie is
 * passed over, such as the nothing behind a last semicolon: clients send it, and `getCookies` of
 * `@std/http` throws there.
 */
function cookieOf(headers: Headers, name: string): string | undefined {
  const pairs = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  return pairs.findLast((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** RFC 6750 §2.1; the scheme is written in any case, RFC 9110 §11.1. Other schemes are no token. */
function bearerOf(headers: Headers): string | undefined {
  return /^bearer(?: +|$)(.*)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
