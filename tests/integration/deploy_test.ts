/** The deployment of docs/deploy.md: its unit of systemd and its hook for certificates. */

import { assertEquals, assertRejects } from "@std/assert";
import { makeCertificate, statusBy } from "../support/certificate.ts";
import { optional } from "../support/optional.ts";
import { type Program, startProgram } from "../support/program.ts";

const docs = new URL("../../docs/", import.meta.url);
const unit = await Deno.readTextFile(new URL("deploy/chat.service", docs));

/** The value of a setting that the unit has once. */
function setting(name: string): string {
  return new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
}

/** Starts what the unit starts, with its folders below another one. */
function startUnit(folder: string): Promise<Program> {
  const moved = setting("ExecStart").replaceAll(/\/(etc|var\/lib)\/chat/g, folder)
    .replace("--port 443", "--port 0").replace("0.0.0.0", "127.0.0.1");
  const words = moved.split(" ");
  const at = words.indexOf("examples/chat/main.ts");
  assertEquals(words.slice(0, 2), ["/usr/local/bin/deno", "run"]);
  return startProgram(words[at]!, { permissions: words.slice(2, at), args: words.slice(at + 1) });
}

/** Runs the hook as certbot does, but for its folder, its group and systemd. */
async function renew(lineage: string, folder: string): Promise<void> {
  const page = await Deno.readTextFile(new URL("deploy.md", docs));
  const hook = /^```sh\n(#!\/bin\/sh\n[^]*?)^```$/m.exec(page)?.[1] ?? "exit 1";
  const script = hook.replaceAll("/etc/chat", folder).replaceAll(" -g chat", "")
    .replace("systemctl reload-or-restart chat", "true");
  const { code } = await new Deno.Command("sh", {
    args: ["-c", script],
    env: { RENEWED_LINEAGE: lineage },
  }).output();
  assertEquals(code, 0);
}

Deno.test("docs/deploy: the unit's command serves TLS, takes a renewed certificate, and ends with 0", async () => {
  const lineage = await Deno.makeTempDir();
  const folder = await Deno.makeTempDir();
  const issue = async ({ cert, key }: { cert: string; key: string }) => {
    await Deno.writeTextFile(`${lineage}/fullchain.pem`, cert);
    await Deno.writeTextFile(`${lineage}/privkey.pem`, key);
    await renew(lineage, folder);
  };
  try {
    const [old, renewed] = await Promise.all([makeCertificate(), makeCertificate()]);
    await issue(old);
    await using chat = await startUnit(folder);
    assertEquals(await statusBy(old.cert, new URL("/readyz", chat.url)), 200);
    await issue(renewed);
    assertEquals(setting("ExecReload"), "/bin/kill -HUP $MAINPID");
    chat.signal("SIGHUP");
    await chat.says("The certificate was read again.");
    assertEquals(await statusBy(renewed.cert, new URL("/readyz", chat.url)), 200);
    await assertRejects(() => statusBy(old.cert, new URL("/readyz", chat.url)));
    chat.signal("SIGTERM");
    assertEquals((await chat.ended()).code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(lineage, { recursive: true });
  }
});

Deno.test({
  name: "docs/deploy: systemd finds nothing wrong with the unit",
  ...optional("systemd"),
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const file = `${folder}/chat.service`;
      await Deno.writeTextFile(file, unit.replace("/usr/local/bin/deno", Deno.execPath()));
      const command = new Deno.Command("systemd-analyze", { args: ["verify", file] });
      const { code, stderr } = await command.output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
