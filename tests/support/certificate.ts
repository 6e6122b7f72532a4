/** Certificates for tests, made by the `openssl` program. */

/** A certificate for localhost that signs itself, and its key; both in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const request = [
  ..."req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1".split(" "),
  ..."-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1".split(" "),
  // Deno's client takes no certificate of an authority for that of a server.
  ..."-addext basicConstraints=critical,CA:FALSE -keyout - -out -".split(" "),
];

/**
 * Makes a certificate.
 *
 * @throws {Deno.errors.NotFound} There is no `openssl` on the path.
 */
export async function makeCertificate(): Promise<Certificate> {
  const command = new Deno.Command("openssl", { args: request, stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`openssl failed: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout);
  return { cert: block(text, "CERTIFICATE"), key: block(text, "PRIVATE KEY") };
}

function block(text: string, label: string): string {
  const end = `-----END ${label}-----`;
  return text.slice(text.indexOf(`-----BEGIN ${label}-----`), text.indexOf(end) + end.length) +
    "\n";
}

/** Asks for a page over a connection of its own that trusts one certificate. */
export async function statusBy(caCert: string, url: URL): Promise<number> {
  using client = Deno.createHttpClient({ caCerts: [caCert], poolMaxIdlePerHost: 0 });
  const response = await fetch(url, { client });
  await response.body?.cancel();
  return response.status;
}
