/** Sign-in by a token, before the upgrade or by the first message. */

import { assertEquals } from "@std/assert";
import { JsonSocket } from "../support/json_socket.ts";
import { type Program, startProgram } from "../support/program.ts";

async function login({ url }: Program, user: string): Promise<string> {
  const response = await fetch(new URL(`/login?user=${user}`, url), { method: "POST" });
  return (await response.json()).token;
}

Deno.test("examples/auth.ts knows who a client is, either way", async () => {
  await using program = await startProgram("examples/auth.ts", { args: ["--port", "0"] });
  const url = `ws://${program.url.host}/ws`;
  await using ada = await JsonSocket.open(`${url}?token=${await login(program, "ada")}`);
  assertEquals((await ada.next()).type, "welcome");
  const { type, user } = await ada.next();
  assertEquals([type, user.sub, user.iss], ["auth_ok", "ada", "hawser-example"]);

  await using bob = await JsonSocket.open(url);
  bob.send({ type: "auth", token: await login(program, "bob") });
  assertEquals((await bob.next()).type, "welcome");
  assertEquals(await bob.next(), { type: "auth_ok" });
  assertEquals(await ada.next(), { type: "joined", user: "bob" });
  ada.send({ id: "1", event: "whoami" });
  assertEquals(await ada.next(), { ack: "1", data: { sub: "ada", role: "admin" } });
  bob.send({ id: "1", event: "whoami" });
  assertEquals(await bob.next(), { ack: "1", data: { sub: "bob", role: "user" } });
});

Deno.test("examples/auth.ts answers other requests with how to log in", async () => {
  await using program = await startProgram("examples/auth.ts", { args: ["--port", "0"] });
  const response = await fetch(program.url);
  assertEquals([response.status, await response.text()], [404, "POST /login?user=NAME\n"]);
});
