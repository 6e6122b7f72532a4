/** The start of every example server, shown with the echo server. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeCertificate } from "../support/certificate.ts";
import { connect } from "../support/client.ts";
import { runProgram, startProgram } from "../support/program.ts";

const program = "examples/echo.ts";

async function assertGivesUp(args: string[], message: string): Promise<void> {
  const { code, stdout, stderr } = await runProgram(program, { args });
  assertEquals(code, 1);
  assertEquals(stdout, "");
  assertStringIncludes(stderr, message);
  assertMatch(stderr, /^[^\n]+\n$/);
}

Deno.test("listen() says where it listens, and speaks TLS with a certificate", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const { cert, key } = await makeCertificate();
    await Deno.writeTextFile(`${directory}/cert.pem`, cert);
    await Deno.writeTextFile(`${directory}/key.pem`, key);
    const files = ["--cert", `${directory}/cert.pem`, "--key", `${directory}/key.pem`];
    await using echo = await startProgram(program, { args: ["--port", "0", ...files] });
    assertMatch(echo.url.href, /^https:\/\/127\.0\.0\.1:\d+\/$/);
    const client = await connect(`wss://${echo.url.host}/`, { caCerts: [cert] });
    client.send("sealed");
    assertEquals(await client.next(), "sealed");
    await client.close(1000);
    await assertGivesUp(
      ["--port", "0", "--cert", `${directory}/key.pem`, "--key", `${directory}/key.pem`],
      "Cannot use cert: it is not a certificate in PEM",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("listen() ends the program in one line where the port is taken", async () => {
  const taken = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = taken.addr;
  try {
    await assertGivesUp(
      ["--port", String(port)],
      `Cannot listen on 127.0.0.1:${port}: the port is taken; choose another by --port`,
    );
  } finally {
    taken.close();
  }
});

Deno.test("listen() names the address where it is not of this machine, or not known", async () => {
  await assertGivesUp(
    ["--hostname", "192.0.2.1", "--port", "8083"],
    "Cannot listen on 192.0.2.1:8083: --hostname is not of this machine",
  );
  await assertGivesUp(
    ["--hostname", "nowhere.invalid", "--port", "8083"],
    "Cannot listen on nowhere.invalid:8083: --hostname is not known",
  );
});

Deno.test("listen() ends the program in one line where a certificate cannot be read", async () => {
  await assertGivesUp(
    ["--cert", "missing.pem", "--key", "missing.pem"],
    "Cannot read missing.pem: No such file or directory",
  );
});

Deno.test("listen() ends the program in one line where the key is missing", async () => {
  await assertGivesUp(
    ["--cert", "LICENSE"],
    "Cannot serve TLS: cert and key must be given together",
  );
});
