/** API keys as credentials. */

import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { checkOptions } from "../../../wire/option_checks.ts";
import type { Authenticator } from "./auth.ts";

/** The user of an API key: {@linkcode apiKeys} makes it `client.user`. */
export interface ApiKeyUser {
  /**
   * Names the key without telling it: the first eight hexadecimal digits of its SHA-256. Fit for
   * logs.
   */
  readonly keyId: string;
  /** The rooms that the key is bound to; absent where it is bound to none. */
  readonly rooms?: readonly string[];
}

/** An API key that is bound to rooms: by `publish`, it may be used for these only. */
export interface BoundApiKey {
  /** The key. */
  readonly key: string;
  /** The names of the rooms. */
  readonly rooms: readonly string[];
}

/**
 * Verifies API keys. All keys are compared with what is presented, hash with hash, each in a time
 * that tells nothing about the content or the length of either.
 *
 * @param keys The keys; long random ones, such as `openssl rand -hex 32` prints, as nothing slows
 * down who has stolen a hash.
 * @returns The authenticator, for `auth: { verify }` of an `App`, or `auth` of `publish()`.
 * @throws {TypeError} There is no key, one is empty or blank, or its rooms are no list.
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
export function apiKeys(keys: readonly (string | BoundApiKey)[]): Authenticator<ApiKeyUser> {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError("Cannot use keys as they must be an array with content");
  }
  const list: Omit<ApiKey, "hash">[] = keys.map((each) => {
    if (typeof each !== "object" || each === null) return { key: each, rooms: undefined };
    checkOptions("apiKeys", each, { key: "any", rooms: "any" });
    // Without rooms it would be good for all of them.
    if (!isList(each.rooms)) {
      throw new TypeError("Cannot use keys: the rooms of one of them are no array of strings");
    }
    return { key: each.key, rooms: each.rooms };
  });
  if (list.some(({ key }) => typeof key !== "string" || key.trim() === "")) {
    throw new TypeError(
      'Cannot use keys: one of them is no string, or empty; "openssl rand -hex 32" prints a good one',
    );
  }
  return new ApiKeyAuthenticator(list);
}

interface ApiKey {
  readonly key: string;
  readonly hash: Uint8Array;
  readonly rooms: readonly string[] | undefined;
}

function isList(rooms: unknown): boolean {
  return Array.isArray(rooms) && rooms.every((room) => typeof room === "string");
}

class ApiKeyAuthenticator implements Authenticator<ApiKeyUser> {
  readonly #keys: Promise<readonly Omit<ApiKey, "key">[]>;

  constructor(keys: readonly Omit<ApiKey, "hash">[]) {
    this.#keys = Promise.all(keys.map(async ({ key, rooms }) => ({
      hash: await hash(key),
      rooms: rooms && [...rooms],
    })));
  }

  async verify(token: string): ReturnType<Authenticator<ApiKeyUser>["verify"]> {
    const presented = await hash(token);
    let found: Omit<ApiKey, "key"> | undefined;
    for (const key of await this.#keys) {
      if (timingSafeEqual(key.hash, presented)) found = key;
    }
    if (found === undefined) return undefined;
    const keyId = presented.toHex().slice(0, 8);
    const { rooms } = found;
    return { user: { keyId, ...rooms && { rooms } }, subject: keyId, claims: { keyId } };
  }
}

async function hash(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
