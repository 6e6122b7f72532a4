/** The chat's certificate, renewed while it runs. */

import { assertEquals, assertRejects } from "@std/assert";
import { makeCertificate } from "../../support/certificate.ts";
import { startProgram } from "../../support/program.ts";

/** A client that trusts one certificate and keeps no connection open. */
async function pageStatus(url: URL, caCert: string): Promise<number> {
  using client = Deno.createHttpClient({ caCerts: [caCert], poolMaxIdlePerHost: 0 });
  const response = await fetch(new URL("/healthz", url), { client });
  await response.body?.cancel();
  return response.status;
}

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
    assertEquals(await pageStatus(chat.url, old.cert), 200);
    await write(renewed);
    chat.signal("SIGHUP");
    await chat.says("The certificate was read again.");
    assertEquals(await pageStatus(chat.url, renewed.cert), 200);
    await assertRejects(() => pageStatus(chat.url, old.cert));
    await Deno.writeTextFile(cert, "no certificate");
    chat.signal("SIGHUP");
    await chat.says("Cannot use cert");
    assertEquals(await pageStatus(chat.url, renewed.cert), 200);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
