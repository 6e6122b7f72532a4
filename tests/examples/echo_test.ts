/** The echo server as other programs start it. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { connect } from "../support/client.ts";
import { runProgram, startProgram } from "../support/program.ts";

const program = "examples/echo.ts";

Deno.test("examples/echo.ts echoes texts and bytes on any path", async () => {
  await using echo = await startProgram(program, { args: ["--port", "0"] });
  const client = await connect(`ws://${echo.url.host}/some/path`);
  client.send("héllo");
  client.send(Uint8Array.of(0, 1, 255));
  assertEquals(await client.next(), "héllo");
  assertEquals(await client.next(), Uint8Array.of(0, 1, 255));
  assertEquals(await client.close(1000, "done"), { code: 1000, reason: "", wasClean: true });
});

Deno.test("examples/echo.ts takes the limits of its flags", async () => {
  const args = ["--port", "0", "--max-message-size", "100", "--max-fragments", "2"];
  await using echo = await startProgram(program, { args });
  const url = `ws://${echo.url.host}/`;
  const large = await connect(url);
  large.send("x".repeat(101));
  assertEquals((await large.closed).code, 1009);
  const split = await connect(url);
  // Three fragments: text, continuation, continuation; masking key 0.
  await split.write(
    Uint8Array.of(0x01, 0x80, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x80, 0x80, 0, 0, 0, 0),
  );
  assertEquals((await split.closed).code, 1008);
});

Deno.test("examples/echo.ts compresses where --compress is given", async () => {
  const args = ["--port", "0", "--compress", "--compress-threshold", "10"];
  await using echo = await startProgram(program, { args });
  const client = await connect(`ws://${echo.url.host}/`, { deflate: {}, compressThreshold: 0 });
  assertEquals(client.extensions.map(({ name }) => name), ["permessage-deflate"]);
  for (const text of ["short", "longer than the threshold ".repeat(20)]) {
    client.send(text);
    assertEquals(await client.next(), text);
  }
  await client.close(1000);
});

Deno.test("examples/echo.ts serves one port by several threads", async () => {
  // The port is found first: every thread must be told the same.
  const probe = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = probe.addr;
  probe.close();
  await using echo = await startProgram(program, {
    args: ["--port", String(port), "--workers", "2"],
  });
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => connect(`ws://${echo.url.host}/`)),
  );
  for (const [index, client] of clients.entries()) client.send(String(index));
  assertEquals(await Promise.all(clients.map((client) => client.next())), [..."01234567"]);
  await Promise.all(clients.map((client) => client.close(1000)));
});

Deno.test("examples/echo.ts refuses --workers without a port of its own", async () => {
  const { code, stderr } = await runProgram(program, { args: ["--port", "0", "--workers", "2"] });
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--workers");
});
