/** API keys as credentials. */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { apiKeys } from "../../../../server/app/auth/api_keys.ts";

const context = { request: new Request("http://localhost/"), remoteAddress: "192.0.2.1" };

Deno.test("apiKeys() knows each of its keys, by an id that does not tell them", async () => {
  const auth = apiKeys(["alpha-key", "beta-key"]);
  const ids = [];
  for (const key of ["alpha-key", "beta-key"]) {
    const grant = await auth.verify(key, context);
    assertMatch(grant?.user.keyId ?? "", /^[0-9a-f]{8}$/);
    assertEquals(grant?.subject, grant?.user.keyId);
    ids.push(grant?.user.keyId);
  }
  assertEquals(new Set(ids).size, 2);
});

Deno.test("hostile 113: apiKeys() refuses beginnings, extensions and neighbours of a key", async () => {
  const auth = apiKeys(["alpha-key", "beta-key"]);
  const wrong = [
    "alpha-ke",
    "alpha-key ",
    "alpha-kez",
    "Alpha-key",
    "lpha-key",
    "\0",
    "beta-keybeta",
  ];
  for (const key of wrong) assertEquals(await auth.verify(key, context), undefined, key);
});

Deno.test("hostile 195: apiKeys() refuses keys that are empty or blank, and says how to make one", () => {
  for (const keys of [[""], ["k-4f9b1c", ""], [" "], ["\t\n"]]) {
    assertThrows(() => apiKeys(keys), TypeError, "openssl rand -hex 32");
  }
});

Deno.test("apiKeys() refuses to be made without keys", () => {
  const wrong = [[], [""], ["a", ""], "abc" as unknown as string[], [1] as unknown as string[]];
  for (const keys of wrong) assertThrows(() => apiKeys(keys), TypeError);
});
