/** The chat server as a program: how it starts, and why it does not. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram, startProgram } from "../../support/program.ts";

const main = "examples/chat/main.ts";

Deno.test("examples/chat/main.ts: says at start where it listens and that everybody is a guest", async () => {
  await using chat = await startProgram(main, { args: ["--port", "0"] });
  assertEquals(chat.url.hostname, "127.0.0.1");
  chat.signal("SIGINT");
  const { stdout, stderr } = await chat.ended();
  assertEquals(stdout.split("\n").slice(0, -1), [
    "Everybody is a guest: there are no accounts.",
    `Listening on ${chat.url}`,
  ]);
  assertEquals(stderr, "");
});

Deno.test("examples/chat/main.ts: a busy port ends it with one line and 1", async () => {
  await using chat = await startProgram(main, { args: ["--port", "0"] });
  const { code, stderr } = await runProgram(main, { args: ["--port", chat.url.port] });
  assertEquals(code, 1);
  const hint = "the port is taken; choose another by --port";
  assertEquals(stderr, `Cannot listen on 127.0.0.1:${chat.url.port}: ${hint}\n`);
});

Deno.test("examples/chat/main.ts: a certificate that cannot be used ends it with one line and 1", async () => {
  const missing = { args: ["--port=0", "--cert=/nowhere.pem", "--key=/nowhere.pem"] };
  const wrong = { args: ["--port=0", "--cert", "deno.json", "--key", "deno.json"] };
  const lonely = { args: ["--port=0", "--cert", "deno.json"] };
  const starts = ["Cannot read /nowhere.pem: ", "Cannot use cert: ", "Cannot serve TLS: "];
  for (const [index, options] of [missing, wrong, lonely].entries()) {
    const { code, stderr } = await runProgram(main, options);
    assertEquals(code, 1);
    assert(stderr.startsWith(starts[index]!), stderr);
    assertEquals(stderr.split("\n").length, 2, stderr);
  }
});

Deno.test("examples/chat/main.ts: a wrong flag or variable ends it with one line and 2", async () => {
  const unknown = await runProgram(main, { args: ["--jwt", "x"] });
  assertEquals([unknown.code, unknown.stderr], [2, "Unknown flag --jwt: see --help\n"]);
  const wrong = await runProgram(main, { env: { HAWSER_PORT: "high" } });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "HAWSER_PORT must be a whole number from 0 to 65535");
});

Deno.test("examples/chat/main.ts: --help lists the flags", async () => {
  const { code, stdout } = await runProgram(main, { args: ["--help"] });
  assertEquals(code, 0);
  for (
    const flag of [
      "port",
      "hostname",
      "origin",
      "rate",
      "api-key",
      "compress",
      "cert",
      "key",
      "trust-proxy",
      "log",
      "shutdown-delay",
      "shutdown-deadline",
    ]
  ) {
    assertStringIncludes(stdout, `--${flag}`);
  }
});
