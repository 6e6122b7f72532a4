import { assertEquals, assertStringIncludes } from "@std/assert";
import { selectLoads } from "../../../../bench/peers/loads.ts";
import { obstacle } from "../../../../bench/peers/machine/obstacles.ts";

function obstacleOf(name: string, full: boolean, files: number): string | undefined {
  return obstacle(selectLoads([name])[0]!, { full, files });
}

Deno.test("obstacle() finds none on a machine that has everything", () => {
  for (const name of ["echo-32", "tls-32", "json-deflate", "idle-9000"]) {
    assertEquals(obstacleOf(name, true, 20_000), undefined);
  }
});

Deno.test("obstacle() names the libraries that TLS and compression need", () => {
  assertStringIncludes(obstacleOf("tls-32", false, 20_000)!, "OpenSSL and zlib");
  assertStringIncludes(obstacleOf("json-deflate", false, 20_000)!, "OpenSSL and zlib");
  assertEquals(obstacleOf("echo-32", false, 20_000), undefined);
});

Deno.test("obstacle() says to what the limit of open files must be raised", () => {
  assertStringIncludes(obstacleOf("idle-9000", true, 4_096)!, "is 4096: raise it to 9100");
});
