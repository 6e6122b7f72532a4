/** What is loaded, and where. */

import { assert, assertEquals } from "@std/assert";

async function modulesOf(entry: string): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", entry] });
  const { stdout } = await command.output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  return modules.map(({ specifier }: { specifier: string }) => specifier);
}

Deno.test("mod.ts loads nothing of Socket.IO", async () => {
  const modules = await modulesOf("mod.ts");
  assert(modules.some((each) => each.endsWith("/server/serve.ts")));
  assertEquals(modules.filter((each) => each.includes("socketio")), []);
});
