/** The modules that are loaded, and when. */

import { assert, assertEquals } from "@std/assert";

/** The folder of the project, whose own name says nothing. */
const root = new URL("../../../", import.meta.url).href;

async function modulesOf(entry: string): Promise<string[]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", entry] });
  const { stdout } = await command.output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  return modules.map(({ specifier }: { specifier: string }) => specifier.replace(root, "./"));
}

const others = [
  "mod.ts",
  "client/mod.ts",
  "protocol/mod.ts",
  "server/sqlite/mod.ts",
  "server/testing/mod.ts",
  "server/wires/mod.ts",
];

for (const entry of others) {
  Deno.test(`${entry} loads nothing of Socket.IO`, async () => {
    const modules = await modulesOf(entry);
    assert(modules.some((each) => each.endsWith(`/${entry}`)));
    assertEquals(modules.filter((each) => each.includes("socketio")), []);
  });
}

Deno.test("server/socketio/mod.ts loads nothing from npm", async () => {
  const modules = await modulesOf("server/socketio/mod.ts");
  assert(modules.some((each) => each.endsWith("/server/socketio/socketio.ts")));
  assertEquals(modules.filter((each) => each.startsWith("npm:")), []);
});
