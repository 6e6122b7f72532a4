/** Says where a server listens. */

import { assertEquals } from "@std/assert";
import { assertSpyCalls, stub } from "@std/testing/mock";
import { describeAddress } from "../../server/announce.ts";
import { serve } from "../../server/serve.ts";

Deno.test("describeAddress() says what Deno.serve() says", () => {
  const cases: [hostname: string, secure: boolean, line: string][] = [
    ["127.0.0.1", false, "Listening on http://127.0.0.1:8080/"],
    ["0.0.0.0", false, "Listening on http://0.0.0.0:8080/ (http://localhost:8080/)"],
    ["::", true, "Listening on https://[::]:8080/ (https://localhost:8080/)"],
    ["::1", false, "Listening on http://[::1]:8080/"],
  ];
  for (const [hostname, secure, line] of cases) {
    assertEquals(describeAddress({ hostname, port: 8080 }, secure), line);
  }
});

Deno.test("serve() writes its address on stderr, unless onListen is given", async () => {
  using error = stub(console, "error", () => {});
  using log = stub(console, "log", () => {});
  const local = { port: 0, hostname: "127.0.0.1" };
  await using server = serve(local, () => {});
  assertEquals(error.calls.map(({ args }) => args), [
    [`Listening on http://127.0.0.1:${server.addr.port}/`],
  ]);
  await using _quiet = serve({ ...local, onListen() {} }, () => {});
  assertSpyCalls(error, 1);
  assertSpyCalls(log, 0);
});
