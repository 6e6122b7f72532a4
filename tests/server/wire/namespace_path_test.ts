/** Which namespace a path means. */

import { assertEquals } from "@std/assert";
import { namespaceAt } from "../../../server/wire/namespace_path.ts";

Deno.test("namespaceAt() takes what follows the path", () => {
  const cases: [pathname: string, path: string | undefined, name: string | undefined][] = [
    ["/ws", "/ws", "/"],
    ["/ws/admin", "/ws", "/admin"],
    ["/ws/admin/eu", "/ws", "/admin/eu"],
    ["/ws/", "/ws", undefined],
    ["/wsadmin", "/ws", undefined],
    ["/admin", "/ws", undefined],
    ["/", "/ws", undefined],
    ["/", "/", "/"],
    ["/admin", "/", "/admin"],
    ["/", undefined, "/"],
    ["/admin", undefined, "/admin"],
  ];
  for (const [pathname, path, name] of cases) {
    assertEquals(namespaceAt(pathname, path), name, `${pathname} below ${path}`);
  }
});
