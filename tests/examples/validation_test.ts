/** Validation by schemas. */

import { assertEquals } from "@std/assert";
import { JsonSocket } from "../support/json_socket.ts";
import { startProgram } from "../support/program.ts";

Deno.test("examples/validation.ts answers what does not fit, and converts what does", async () => {
  await using program = await startProgram("examples/validation.ts", { args: ["--port", "0"] });
  await using ada = await JsonSocket.open(`ws://${program.url.host}/`);
  await using bob = await JsonSocket.open(`ws://${program.url.host}/`);
  for (const each of [ada, bob]) assertEquals((await each.next()).type, "welcome");
  async function ask(event: string, data: unknown): Promise<unknown> {
    ada.send({ id: "1", event, data });
    const { data: answer, error } = await ada.next();
    return error === undefined ? answer : [error.code, error.message];
  }
  const good = { name: "  Ada ", email: "ada@example.com", stars: 5 };
  assertEquals(await ask("sign", { ...good, email: "x" }), [
    "INVALID_MESSAGE",
    "email: Must be an address",
  ]);
  assertEquals((await ask("sign", { ...good, tags: ["a", 1] }) as string[])[0], "INVALID_MESSAGE");
  assertEquals(await ask("sign", { ...good, tags: ["sea"], role: "admin" }), { entries: 1 });
  assertEquals(await bob.next(), { type: "signed", name: "Ada", stars: 5 });
  assertEquals(await ask("sign", good), ["TAKEN", "Ada was here"]);
  assertEquals(await ask("find", { tag: "sea" }), ["Ada"]);
  assertEquals(await ask("find", "sea"), ["INVALID_MESSAGE", "Which tag?"]);
});
