/** The part of `jsr:@std/http` that this project uses, for networks that do not reach JSR. */

/**
 * The cookies of a request by their names, in an object without a prototype; of two with one name
 * the last. RFC 6265 §4.2.
 *
 * @throws {SyntaxError} There is a cookie without a name, such as an empty one.
 */
export function getCookies(headers: Headers): Partial<Record<string, string>> {
  const cookies: Partial<Record<string, string>> = Object.create(null);
  for (const pair of headers.get("cookie")?.split(";") ?? []) {
    const end = pair.includes("=") ? pair.indexOf("=") : pair.length;
    if (end === 0) throw new SyntaxError("Cookie cannot start with '='");
    cookies[pair.slice(0, end).trim()] = pair.slice(end + 1);
  }
  return cookies;
}
