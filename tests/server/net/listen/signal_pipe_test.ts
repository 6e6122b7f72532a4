/** Tests of server/net/listen/signal_pipe.ts in processes of their own, as a panic ends a process. */

import { assertEquals } from "@std/assert";
import { openSignalPipe } from "../../../../server/net/listen/signal_pipe.ts";

const root = new URL("../../../../", import.meta.url);

/** Uses up all descriptors, then asks for signals, which panics where there is no pipe yet. */
const exhaust = `
  const files = [];
  try { for (;;) files.push(Deno.openSync("/dev/null")); } catch { /* none are left */ }
  Deno.addSignalListener("SIGTERM", () => {});
  console.log("alive");
  Deno.exit(0);
`;

/** Runs a program that may have 64 descriptors, with the permissions that a server needs. */
async function run(program: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 64 && exec "$0" run --allow-net --allow-read -', Deno.execPath()],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test({
  name: "hostile 125: serve() survives that all descriptors are taken right after its start",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { code, stdout, stderr } = await run(`
      import { serve } from "@hawser/ws";
      serve({ port: 0, hostname: "127.0.0.1" }, () => {});
      ${exhaust}
    `);
    assertEquals([code, stdout], [0, "alive\n"], stderr);
  },
});

Deno.test("openSignalPipe() may be called again", () => {
  openSignalPipe();
  openSignalPipe();
});
