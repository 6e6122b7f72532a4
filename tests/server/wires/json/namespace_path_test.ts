/** Which namespace a path means, and at which path a namespace is. */

import { assertEquals } from "@std/assert";
import { namespaceAt, pathOf } from "../../../../server/wires/json/namespace_path.ts";

Deno.test("namespaceAt() takes what follows the path", () => {
  const cases: [pathname: string, path: string | undefined, name: string | undefined][] = [
    ["/ws", "/ws", "/"],
    ["/ws/admin", "/ws", "/admin"],
    ["/ws/admin/eu", "/ws", "/admin/eu"],
    ["/ws/", "/ws", "/"],
    ["/ws/admin/", "/ws", "/admin"],
    ["/ws//", "/ws", undefined],
    ["/admin/", undefined, "/admin"],
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

Deno.test("pathOf() is the reverse of namespaceAt()", () => {
  for (const path of ["/ws", "/a/b", "/", undefined]) {
    for (const namespace of ["/", "/admin", "/admin/eu"]) {
      assertEquals(namespaceAt(pathOf(namespace, path), path), namespace);
    }
  }
  assertEquals(pathOf("/", "/ws"), "/ws");
});
