/** README's server and README's client, as they are pasted: they fit. */

import { assertStringIncludes } from "@std/assert";
import { startProgram } from "../support/program.ts";

/** Gives the first TypeScript block of README that holds all of these texts. */
function blockWith(readme: string, ...texts: string[]): string {
  const blocks = [...readme.matchAll(/```ts[^\n]*\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");
  const block = blocks.find((code) => texts.every((text) => code.includes(text)));
  if (block === undefined) throw new Error(`README has no code with ${texts}`);
  return block;
}

const config = `--config=${new URL("../../deno.json", import.meta.url).pathname}`;

Deno.test("README's server and client fit: join, publish, hear, acknowledgement", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const folder = await Deno.makeTempDir();
  try {
    const server = blockWith(readme, "new App", "serve({ port: 8080").replace(
      "port: 8080",
      'port: 0, hostname: "127.0.0.1"',
    );
    await Deno.writeTextFile(`${folder}/server.ts`, server);
    await using program = await startProgram(`${folder}/server.ts`, {
      permissions: ["--no-check", config, "--allow-net"],
    });
    const client = blockWith(readme, "connect<typeof app>", "localhost:8080")
      .replace("localhost:8080", `127.0.0.1:${program.url.port}`);
    await Deno.writeTextFile(`${folder}/client.ts`, `${client}\nawait client.close();\n`);
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--check",
        config,
        "--allow-net=127.0.0.1",
        `${folder}/client.ts`,
      ],
    }).output();
    const text = new TextDecoder();
    if (!success) throw new Error(text.decode(stderr));
    assertStringIncludes(text.decode(stdout), ": Hello");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
