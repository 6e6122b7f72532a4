/** The chat's certificate, renewed while it runs. */

import { assertEquals, assertRejects } from "@std/assert";
import { makeCertificate, statusBy } from "../../support/certificate.ts";
import { startProgram } from "../../support/program.ts";

Deno.test("renewOnSignal() reads the files again at SIGHUP, and keeps what it has if they are bad", async () => {
  const folder = await Deno.makeTempDir();
  const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  const write = async (texts: { cert: string; key: string }) => {
    await Deno.writeTextFile(cert, texts.cert);
    await Deno.writeTextFile(key, texts.key);
  };
  try {
    const [old, renewed] = await Promise.all([makeCertificate(), makeCertificate()]);
    await write(old);
    await using chat = await startProgram("examples/chat/main.ts", {
      args: ["--port=0", "--cert", cert, "--key", key],
    });
    assertEquals(await statusBy(old.cert, new URL("/healthz", chat.url)), 200);
    await write(renewed);
    chat.signal("SIGHUP");
    await chat.says("The certificate was read again.");
    assertEquals(await statusBy(renewed.cert, new URL("/healthz", chat.url)), 200);
    await assertRejects(() => statusBy(old.cert, new URL("/healthz", chat.url)));
    await Deno.writeTextFile(cert, "no certificate");
    chat.signal("SIGHUP");
    await chat.says("Cannot use cert");
    assertEquals(await statusBy(renewed.cert, new URL("/healthz", chat.url)), 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
