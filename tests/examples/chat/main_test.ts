/** The chat server as a program: how it starts, and why it does not. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { assertSnapshot } from "@std/testing/snapshot";
import { runProgram, startProgram } from "../../support/program.ts";
import { connect } from "../../support/client.ts";
import { secret, tokenOf } from "../../support/tokens.ts";
import deno from "../../../deno.json" with { type: "json" };

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
  const { code, stdout, stderr } = await runProgram(main, { args: ["--port", chat.url.port] });
  assertEquals([code, stdout], [1, ""]);
  const hint = "the port is taken; choose another by --port";
  assertEquals(stderr, `Cannot listen on 127.0.0.1:${chat.url.port}: ${hint}\n`);
});

Deno.test("examples/chat/main.ts: a certificate that cannot be used ends it with one line and 1", async () => {
  const missing = { args: ["--port=0", "--cert=/nowhere.pem", "--key=/nowhere.pem"] };
  const wrong = { args: ["--port=0", "--cert", "deno.json", "--key", "deno.json"] };
  const lonely = { args: ["--port=0", "--cert", "deno.json"] };
  const starts = ["Cannot read /nowhere.pem: ", "Cannot use cert: ", "Cannot serve TLS: "];
  for (const [index, options] of [missing, wrong, lonely].entries()) {
    const { code, stdout, stderr } = await runProgram(main, options);
    assertEquals([code, stdout], [1, ""]);
    assert(stderr.startsWith(starts[index]!), stderr);
    assertEquals(stderr.split("\n").length, 2, stderr);
  }
});

Deno.test("hostile 195: examples/chat/main.ts: a short secret or an empty key ends it with one line and 1", async () => {
  const short = await runProgram(main, { args: ["--port=0", "--jwt-secret=abc"] });
  const blank = await runProgram(main, { args: ["--port=0", "--api-key="] });
  const commands = ["openssl rand -base64 32", "openssl rand -hex 32"];
  for (const [index, { code, stderr }] of [short, blank].entries()) {
    assertEquals([code, stderr.split("\n").length], [1, 2], stderr);
    assertStringIncludes(stderr, commands[index]!);
  }
});

Deno.test("examples/chat/main.ts: a wrong flag or variable ends it with one line and 2", async () => {
  const unknown = await runProgram(main, { args: ["--jwt", "x"] });
  assertEquals([unknown.code, unknown.stderr], [2, "Unknown flag --jwt: see --help\n"]);
  const wrong = await runProgram(main, { env: { HAWSER_PORT: "high" } });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "HAWSER_PORT must be a whole number from 0 to 65535");
});

Deno.test("examples/chat/main.ts: --help lists the flags", async (t) => {
  const { code, stdout } = await runProgram(main, { args: ["--help"] });
  assertEquals(code, 0);
  await assertSnapshot(t, stdout, { serializer: (text) => text });
});

Deno.test("examples/chat/main.ts: --log json keeps stdout for JSON, and tells people by stderr", async () => {
  await using chat = await startProgram(main, { args: ["--port", "0", "--log", "json"] });
  const client = await connect(`ws://${chat.url.host}/ws`);
  await client.close();
  chat.signal("SIGTERM");
  const { stdout, stderr } = await chat.ended();
  const lines = stdout.split("\n").slice(0, -1);
  assertEquals(lines.map((line) => JSON.parse(line).event), ["open", "close"]);
  assertStringIncludes(stderr, "Everybody is a guest");
  assertStringIncludes(stderr, `Listening on ${chat.url}\n`);
});

Deno.test("examples/chat/main.ts: a wrong network or cookie ends it with one line and 1", async () => {
  const wrong: [args: string[], text: string][] = [
    [["--trust-proxy", "10.0.0.0/99"], "Cannot use trustProxy"],
    [["--jwt-secret", secret, "--auth-cookie", "a b"], "Cannot use auth.cookie"],
  ];
  for (const [args, text] of wrong) {
    const { code, stdout, stderr } = await runProgram(main, { args: ["--port=0", ...args] });
    assertEquals([code, stdout, stderr.split("\n").length], [1, "", 2], stderr);
    assertStringIncludes(stderr, text);
  }
});

Deno.test("examples/chat/main.ts: --local-operations answers nobody else", async () => {
  const args = ["--port", "0", "--local-operations", "--trust-proxy", "1"];
  await using chat = await startProgram(main, { args });
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    const url = new URL(path, chat.url);
    for (
      const [headers, status] of [[{}, 200], [{ "x-forwarded-for": "192.0.2.7" }, 404]] as const
    ) {
      const response = await fetch(url, { headers });
      await response.body?.cancel();
      assertEquals([path, response.status], [path, status]);
    }
  }
});

Deno.test("examples/chat/main.ts: --auth-cookie takes the token of a cookie", async () => {
  const args = ["--port", "0", "--auth", "before", "--jwt-secret", secret];
  await using chat = await startProgram(main, { args: [...args, "--auth-cookie", "session"] });
  const url = `ws://${chat.url.host}/ws`;
  const cookie = (name: string) => ({
    headers: [["Cookie", `${name}=${tokenOf("ada")}`]] as const,
  });
  const client = await connect(url, cookie("session"));
  assertStringIncludes(String(await client.next()), "welcome");
  await client.close();
  await assertRejects(() => connect(url, cookie("other")));
});

Deno.test("deno task start:database keeps what was written in data/chat.sqlite", async () => {
  const task = deno.tasks["start:database"].command;
  const [, permissions, given] = /deno run (.*) examples\/chat\/main.ts (.*)$/.exec(task) ?? [];
  const cwd = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${cwd}/data`);
    const program = new URL("../../../examples/chat/main.ts", import.meta.url).pathname;
    const page = new URL("../../../examples/chat", import.meta.url).pathname;
    await using chat = await startProgram(program, {
      cwd,
      permissions: permissions!.replace("read=.", `read=.,${page}`).split(" "),
      args: [...given!.split(" "), "--port", "0"],
    });
    assert((await Deno.stat(`${cwd}/data/chat.sqlite`)).isFile);
    chat.signal("SIGTERM");
    assertEquals((await chat.ended()).code, 0);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
