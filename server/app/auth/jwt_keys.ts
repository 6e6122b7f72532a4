/**
 * The keys that JSON Web Tokens are verified with, and the algorithms that each may be used for.
 */

import type { FetchImplementation, JWK, JWTVerifyGetKey } from "jose";
import type { OptionType } from "../../../wire/option_checks.ts";

/**
 * Where the key comes from, and which algorithms it is for. Exactly one of `secret`, `publicKey`
 * and `jwksUrl` is given.
 */
export interface JwtKeyOptions {
  /**
   * A secret that is shared with who signs: text as UTF-8, or bytes. At least as long as the hash
   * of each algorithm, which are 32, 48 and 64 bytes: `openssl rand -base64 32` makes a good one.
   */
  secret?: string | Uint8Array;
  /** A public key: PEM text (`BEGIN PUBLIC KEY`), or a JWK. */
  publicKey?: string | Readonly<Record<string, unknown>>;
  /**
   * Address of a JWK Set. It is fetched at the first need and kept for ten minutes; a key that it
   * does not hold makes it be fetched again, every 30 seconds at the most.
   */
  jwksUrl?: string | URL;
  /**
   * Algorithms that a token may be signed by; its header cannot choose others.
   *
   * @default {["HS256"]} for a secret; those of RSA, ECDSA and Ed25519 for a public key or a set.
   */
  algorithms?: readonly string[];
}

/** The options, by name. */
export const jwtKeyOptionTypes = {
  secret: "any",
  publicKey: "any",
  jwksUrl: "any",
  algorithms: "object",
} as const satisfies Record<keyof JwtKeyOptions, OptionType>;

/** How to find the key of a token, and by which algorithms. */
export interface JwtKeys {
  readonly algorithms: string[];
  /** Called once, when the first token comes. */
  load(): Promise<JWTVerifyGetKey>;
}

/** RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2. `none` is in no list. */
const secretAlgorithms = ["HS256", "HS384", "HS512"];
const keyAlgorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/**
 * How long a set of keys that could not be fetched is not asked for again.
 *
 * @limit ms: the next token asks again
 */
const pauseAfterFailure = 1_000;

/**
 * Checks where keys come from. A secret and a public key never share an algorithm, so a public key
 * cannot be taken for a secret.
 *
 * @throws {TypeError} Not exactly one source is given, an algorithm does not fit it, or a secret is
 * too short.
 */
export function resolveJwtKeys(options: JwtKeyOptions): JwtKeys {
  const { secret, publicKey, jwksUrl } = options;
  if ([secret, publicKey, jwksUrl].filter((source) => source !== undefined).length !== 1) {
    throw new TypeError("Cannot verify tokens: give one of secret, publicKey and jwksUrl");
  }
  const algorithms = checkAlgorithms(options);
  if (secret !== undefined) {
    const key = checkSecret(secret, algorithms);
    return { algorithms, load: () => Promise.resolve(() => key) };
  }
  if (publicKey !== undefined) {
    checkPublicKey(publicKey);
    return { algorithms, load: () => loadPublicKey(publicKey) };
  }
  const url = checkUrl(jwksUrl!);
  return { algorithms, load: () => loadSet(url) };
}

function checkAlgorithms({ secret, algorithms }: JwtKeyOptions): string[] {
  const fitting = secret === undefined ? keyAlgorithms : secretAlgorithms;
  const wanted = algorithms ?? (secret === undefined ? keyAlgorithms : ["HS256"]);
  for (const algorithm of wanted) {
    if (fitting.includes(algorithm)) continue;
    throw new TypeError(
      `Cannot verify by algorithm "${algorithm}": this key allows ${fitting.join(", ")}`,
    );
  }
  if (wanted.length === 0) throw new TypeError("Cannot verify tokens: algorithms is empty");
  return [...wanted];
}

/**
 * RFC 7518 §3.2: a key has at least the size of the hash. A short one is found by trying, from one
 * token that somebody has seen. The messages do not quote the value.
 */
function checkSecret(secret: string | Uint8Array, algorithms: readonly string[]): Uint8Array {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError("Cannot use secret as it must be text or bytes");
  }
  if (typeof secret === "string" && secret.trimStart().startsWith("-----BEGIN")) {
    throw new TypeError("Cannot use a PEM key as secret: give it as publicKey");
  }
  const [size, algorithm] = algorithms
    .map((name) => [Number(name.slice(2)) / 8, name] as const)
    .reduce((one, other) => other[0] > one[0] ? other : one);
  if (bytes.length < size) {
    throw new TypeError(
      `Cannot use a secret of ${bytes.length} bytes: ${algorithm} needs ${size} or more, such as ` +
        `"openssl rand -base64 ${size}" prints`,
    );
  }
  return bytes.slice();
}

function checkPublicKey(key: string | Readonly<Record<string, unknown>>): void {
  const isKey = typeof key === "string"
    ? key.trimStart().startsWith("-----BEGIN PUBLIC KEY-----")
    : typeof key === "object" && key !== null && key.kty !== "oct" && !("d" in key);
  if (!isKey) throw new TypeError("Cannot use publicKey as it must be a PEM text or a public JWK");
}

function checkUrl(url: string | URL): URL {
  const parsed = URL.parse(`${url}`);
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed;
  throw new TypeError(`Cannot use jwksUrl as it must be an http or https URL: "${url}"`);
}

/** The key is found by the algorithm of the token, and does not match one of another kind. */
async function loadPublicKey(
  publicKey: string | Readonly<Record<string, unknown>>,
): Promise<JWTVerifyGetKey> {
  const { createLocalJWKSet, exportJWK, importSPKI } = await import("jose");
  const jwk = typeof publicKey === "string"
    ? await exportJWK(await importAny(publicKey, importSPKI))
    : publicKey as JWK; // The cast: `createLocalJWKSet` checks it.
  const find = createLocalJWKSet({ keys: [jwk] });
  // There is one key only, so the token's `kid` is ignored.
  return ({ alg }) => find({ alg });
}

/** Imports a key whose kind is not known, by trying one algorithm of each. */
async function importAny(
  pem: string,
  importSPKI: (pem: string, algorithm: string, options: object) => Promise<CryptoKey>,
): Promise<CryptoKey> {
  for (const algorithm of ["RS256", "ES256", "ES384", "ES512", "EdDSA"]) {
    try {
      return await importSPKI(pem, algorithm, { extractable: true });
    } catch {
      // Another kind, maybe.
    }
  }
  throw new TypeError("Cannot use publicKey: it is no RSA, ECDSA or Ed25519 key");
}

/**
 * Only `kid` and `alg` of a token choose among the set's keys. A `jku` or `x5u` is not looked at,
 * nor are redirects followed.
 */
async function loadSet(url: URL): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet, customFetch } = await import("jose");
  return createRemoteJWKSet(url, { [customFetch]: fetchWithPauses() });
}

/** While its server is down, tokens do not make us ask for the set as fast as they come. */
function fetchWithPauses(): FetchImplementation {
  let failedAt = -Infinity;
  return async function fetchSet(url, options): Promise<Response> {
    if (performance.now() - failedAt < pauseAfterFailure) {
      throw new Error("Cannot fetch the JWK Set: it has failed just now");
    }
    try {
      const response = await fetch(url, options);
      if (response.status !== 200) failedAt = performance.now();
      return response;
    } catch (error) {
      failedAt = performance.now();
      throw error;
    }
  };
}
