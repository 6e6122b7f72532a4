/** Maps paths to namespaces, and back. */

/**
 * Tells the namespace that a request is for: `/` at the path itself, and `/admin` at `/ws/admin`
 * where the path is `/ws`. Without a path, the whole of it is the name. A slash at the end changes
 * nothing.
 *
 * @param pathname Path of the request.
 * @param path Where the application is served; `undefined`: anywhere.
 * @returns The name, or `undefined` for a path that is elsewhere.
 */
export function namespaceAt(pathname: string, path: string | undefined): string | undefined {
  const name = pathname.length > 1 && pathname.endsWith("/") ? pathname.slice(0, -1) : pathname;
  if (path === undefined || path === "/") return name;
  if (name === path) return "/";
  const isBelow = name.startsWith(`${path}/`) && name !== `${path}/`;
  return isBelow ? name.slice(path.length) : undefined;
}

/**
 * Tells the path of a namespace: the reverse of {@linkcode namespaceAt}.
 *
 * @param namespace Its name; `/` is the application itself.
 * @param path Where the application is served; `undefined`: anywhere.
 * @returns The path.
 */
export function pathOf(namespace: string, path: string | undefined): string {
  if (path === undefined || path === "/") return namespace;
  return namespace === "/" ? path : path + namespace;
}
