/** API keys as credentials. */

import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import type { Authenticator } from "./auth.ts";

/** Who comes with an API key: what {@linkcode apiKeys} makes `client.user`. */
export interface ApiKeyUser {
  /**
   * Names the key without telling it: the first eight hexadecimal digits of its SHA-256. Fit for
   * logs.
   */
  readonly keyId: string;
}

/**
 * Verifies API keys. All keys are compared with what is presented, hash with hash, each in a time
 * that tells nothing about the content or the length of either.
 *
 * @param keys The keys; long random ones, such as `openssl rand -hex 32` prints, as nothing slows
 * down who has stolen a hash.
 * @returns The authenticator, for the option `auth` of an `App`.
 * @throws {TypeError} There is no key, or one is empty or blank.
 *
 * @example A key
 * ```ts
 * import { apiKeys } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const keys = apiKeys(["k-4f9b1c"]);
 * const context = { request: new Request("http://localhost/"), remoteAddress: "192.0.2.1" };
 * assertEquals(await keys.verify("k-4f9b1d", context), undefined);
 * assertEquals((await keys.verify("k-4f9b1c", context))?.user.keyId.length, 8);
 * ```
 */
export function apiKeys(keys: readonly string[]): Authenticator<ApiKeyUser> {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError("Cannot use keys as they must be an array with content");
  }
  if (keys.some((key) => typeof key !== "string" || key.trim() === "")) {
    throw new TypeError(
      'Cannot use keys: one of them is no string, or empty; "openssl rand -hex 32" prints a good one',
    );
  }
  return new ApiKeyAuthenticator([...keys]);
}

class ApiKeyAuthenticator implements Authenticator<ApiKeyUser> {
  readonly #hashes: Promise<readonly Uint8Array[]>;

  constructor(keys: readonly string[]) {
    this.#hashes = Promise.all(keys.map(hash));
  }

  async verify(token: string): ReturnType<Authenticator<ApiKeyUser>["verify"]> {
    const presented = await hash(token);
    let isKnown = false;
    for (const known of await this.#hashes) {
      if (timingSafeEqual(known, presented)) isKnown = true;
    }
    if (!isKnown) return undefined;
    const keyId = presented.toHex().slice(0, 8);
    return { user: { keyId }, subject: keyId, claims: { keyId } };
  }
}

async function hash(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
