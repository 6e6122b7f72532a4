/** Prints a token for the chat server that was started with the same secret. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { jwt } from "@hawser/ws";
import { runProgram } from "../../support/program.ts";
import { nowInSeconds, secret } from "../../support/tokens.ts";

const program = "examples/chat/token.ts";
const context = { request: new Request("http://localhost/"), remoteAddress: "192.0.2.1" };

Deno.test("examples/chat/token.ts: prints a token that its secret verifies", async () => {
  const args = ["--sub", "u1", "--name", "Ada", "--secret", secret, "--expires", "2h"];
  const { code, stdout, stderr } = await runProgram(program, { args });
  assertEquals([code, stderr, stdout.split("\n").length], [0, "", 2]);
  const grant = await jwt({ secret }).verify(stdout.trim(), context);
  assertEquals([grant?.user.sub, grant?.user.name], ["u1", "Ada"]);
  const lifetime = (grant?.user.exp ?? 0) - nowInSeconds();
  assert(lifetime > 7_190 && lifetime <= 7_200, `${lifetime}`);
});

Deno.test("examples/chat/token.ts: takes the server's secret from the environment", async () => {
  const env = { HAWSER_JWT_SECRET: `from the environment: ${secret}` };
  const { stdout } = await runProgram(program, { args: ["--sub", "u1"], env });
  assert(await jwt({ secret: env.HAWSER_JWT_SECRET }).verify(stdout.trim(), context));
});

Deno.test("examples/chat/token.ts: says what is missing or wrong, and ends with 2", async () => {
  const cases = [
    [[`--secret=${secret}`], "Flag --sub is needed"],
    [["--sub=u1"], "Flag --secret or HAWSER_JWT_SECRET is needed"],
    [["--sub=u1", "--secret=s"], "openssl rand -base64 32"],
    [["--sub=u1", `--secret=${secret}`, "--expires=1y"], "--expires must be"],
    [["--sub=u1", `--secret=${secret}`, "--expires=0m"], "--expires must be"],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stderr } = await runProgram(program, { args: [...args] });
    assertEquals(code, 2);
    assertStringIncludes(stderr, message);
  }
});
