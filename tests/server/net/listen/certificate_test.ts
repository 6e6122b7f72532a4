/** Tests of server/net/listen/certificate.ts. */

import { assertThrows } from "@std/assert";
import { checkCertificate } from "../../../../server/net/listen/certificate.ts";

function pem(label: string): string {
  return `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
}

Deno.test("checkCertificate() accepts every kind of private key", () => {
  for (const label of ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]) {
    checkCertificate(pem("CERTIFICATE"), pem(label));
  }
});

Deno.test("checkCertificate() says which text is at fault", () => {
  const cert = pem("CERTIFICATE");
  const key = pem("PRIVATE KEY");
  assertThrows(() => checkCertificate("cert.pem", key), TypeError, "Cannot use cert");
  assertThrows(() => checkCertificate(key, cert), TypeError, "Cannot use cert");
  assertThrows(() => checkCertificate(cert, ""), TypeError, "Cannot use key: it is not a private");
  assertThrows(
    () => checkCertificate(cert, pem("ENCRYPTED PRIVATE KEY")),
    TypeError,
    "Cannot use key: the private key is encrypted",
  );
});
