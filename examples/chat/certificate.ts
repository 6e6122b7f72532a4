/** The chat's certificate, which can be renewed while it runs. */

// deno-lint-ignore-file no-console -- a program for the terminal

import type { Server } from "@hawser/ws";
import { type ListenValues, readCertificate } from "../listen.ts";

/**
 * Reads the files of the certificate again at SIGHUP. Where they cannot be used, one line says why,
 * and the old certificate stays. Windows has no such signal.
 *
 * @param server The server.
 * @param values Values of the flags.
 */
export function renewOnSignal(server: Server, values: ListenValues): void {
  if (values.cert === undefined || Deno.build.os === "windows") return;
  Deno.addSignalListener("SIGHUP", async () => {
    try {
      await server.setCertificate(await readCertificate(values));
      console.error("The certificate was read again.");
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
    }
  });
}
