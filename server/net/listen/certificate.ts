/** Checks the texts of a TLS listener before Deno sees them, to say which one is at fault. */

/** The identity of a TLS server, both as PEM text: see the options `cert` and `key` of `serve`. */
export interface Certificate {
  /** Certificate chain, the server's own first. */
  readonly cert: string;
  /** Private key, not encrypted. */
  readonly key: string;
}

/**
 * Checks a certificate chain and its private key, both in PEM.
 *
 * @throws {TypeError} A text is not what it should be.
 */
export function checkCertificate(cert: string, key: string): void {
  if (!hasBlock(cert, "CERTIFICATE")) {
    throw new TypeError("Cannot use cert: it is not a certificate in PEM");
  }
  if (hasBlock(key, "ENCRYPTED PRIVATE KEY")) {
    throw new TypeError("Cannot use key: the private key is encrypted");
  }
  if (!hasBlock(key, "PRIVATE KEY")) {
    throw new TypeError("Cannot use key: it is not a private key in PEM");
  }
}

/** The label may have words in front, as in "EC PRIVATE KEY". RFC 7468 §2. */
function hasBlock(text: string, label: string): boolean {
  return text.includes("-----BEGIN ") && text.includes(`${label}-----`);
}
