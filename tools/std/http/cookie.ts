/** The part of `jsr:@std/http` that this project uses, for networks that do not reach JSR. */

/** The cookies of a request by their names; of two with one name the last. RFC 6265 §4.2. */
export function getCookies(headers: Headers): Record<string, string> {
  const pairs = (headers.get("cookie") ?? "").split(";").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(pairs.map((pair) => {
    const end = pair.includes("=") ? pair.indexOf("=") : pair.length;
    return [pair.slice(0, end).trim(), pair.slice(end + 1)];
  }));
}
