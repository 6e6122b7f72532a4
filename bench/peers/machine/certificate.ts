/** A certificate for loads over TLS, made once and kept for two days. */

import { makeCertificate } from "../../../tests/support/certificate.ts";
import { cacheFolder } from "./install.ts";

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

let files: Promise<CertificateFiles> | undefined;

/**
 * Writes a certificate at the first call.
 *
 * @returns Where it is.
 * @throws {Deno.errors.NotFound} There is no `openssl` on the path.
 */
export function certificateFiles(): Promise<CertificateFiles> {
  return files ??= writeFiles();
}

async function writeFiles(): Promise<CertificateFiles> {
  const made = await makeCertificate();
  const paths = { cert: `${cacheFolder}/cert.pem`, key: `${cacheFolder}/key.pem` };
  await Deno.writeTextFile(paths.cert, made.cert);
  await Deno.writeTextFile(paths.key, made.key);
  return paths;
}
