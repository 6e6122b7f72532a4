/** JSON Web Tokens, right ones and others, made by hand. */

import { createHmac, generateKeyPairSync, type KeyObject, sign as signWith } from "node:crypto";

/** A secret for HS256. */
export const secret = "correct horse battery staple, thirty-two bytes at least";

/** Seconds since 1970. */
export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}

/** Claims of somebody whose token is good for an hour. */
export function claimsOf(sub: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { sub, exp: nowInSeconds() + 3_600, ...more };
}

/** Makes a token; whatever the header says, the signature is by HMAC and this key. */
export function hmacToken(
  claims: unknown,
  { key = secret, header = { alg: "HS256" } }: { key?: string; header?: unknown } = {},
): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
}

/** Makes a token of an ordinary user. */
export function tokenOf(sub: string, more: Record<string, unknown> = {}): string {
  return hmacToken(claimsOf(sub, more));
}

/** Makes a token that is signed by a private key, for RS256 or ES256. */
export function keyToken(
  claims: unknown,
  key: KeyObject,
  header: Record<string, unknown> & { alg: string },
): string {
  const input = `${encode(header)}.${encode(claims)}`;
  const dsaEncoding = "ieee-p1363";
  const signature = signWith("sha256", new TextEncoder().encode(input), { key, dsaEncoding });
  return `${input}.${signature.toString("base64url")}`;
}

/** A pair of RSA keys; the public one also as PEM and JWK. */
export function rsaKeys(): KeyPair {
  return pair(generateKeyPairSync("rsa", { modulusLength: 2048 }));
}

/** A pair of P-256 keys. */
export function ecKeys(): KeyPair {
  return pair(generateKeyPairSync("ec", { namedCurve: "P-256" }));
}

/** A key pair in the forms that tests need. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly pem: string;
  readonly jwk: Record<string, unknown>;
}

function pair(keys: { privateKey: KeyObject; publicKey: KeyObject }): KeyPair {
  const { privateKey, publicKey } = keys;
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return { privateKey, pem, jwk: { ...publicKey.export({ format: "jwk" }) } };
}

/** Encodes JSON, or text as it is. */
export function encode(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
}
