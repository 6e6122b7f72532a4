/** Several threads of the chat: how they start, and why they do not. See tests/integration too. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram, startProgram } from "../../support/program.ts";
import { takePort } from "../../support/ports.ts";

const main = "examples/chat/main.ts";

Deno.test("runThreads() of the chat says once where it listens, and ends with 0", async () => {
  const port = takePort();
  await using chat = await startProgram(main, { args: ["--port", `${port}`, "--workers", "2"] });
  const ready = await fetch(new URL("/readyz", chat.url));
  assertEquals([ready.status, await ready.text()], [200, "ready"]);
  chat.signal("SIGTERM");
  const { code, stdout } = await chat.ended();
  assertEquals(stdout.split("\n").slice(0, -1), [
    "Everybody is a guest: there are no accounts.",
    "2 workers share the port.",
    `Listening on http://127.0.0.1:${port}/`,
  ]);
  assertEquals(code, 0);
});

Deno.test("runThreads() of the chat says in one line that the port is taken, or a secret too short", async () => {
  using taken = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const port = `${taken.addr.port}`;
  const busy = await runProgram(main, { args: ["--port", port, "--workers", "2"] });
  assertEquals([busy.code, busy.stderr.split("\n").length], [1, 2], busy.stderr);
  assertStringIncludes(busy.stderr, "the port is taken");
  const args = ["--port", `${takePort()}`, "--workers", "2", "--jwt-secret", "abc"];
  const short = await runProgram(main, { args });
  assertEquals([short.code, short.stderr.split("\n").length], [1, 2], short.stderr);
});

Deno.test("hostile 344: runThreads() of the chat names the permission that workers lack", async () => {
  const { code, stderr } = await runProgram(main, {
    args: ["--port", `${takePort()}`, "--workers", "2"],
    permissions: ["--allow-net", "--allow-read=examples/chat", "--allow-env"],
  });
  assertEquals([code, stderr.split("\n").length], [1, 2], stderr);
  assertStringIncludes(stderr, "--allow-read=.");
});
