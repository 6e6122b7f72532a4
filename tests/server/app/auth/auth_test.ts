/** Who a client is: what verifies a credential, and the options around it. */

import { assertEquals, assertThrows } from "@std/assert";
import { type AuthOptions, resolveAuthOptions } from "../../../../server/app/auth/auth.ts";
import { App } from "../../../../server/app/app.ts";

const auth = { verify: () => Promise.resolve(undefined) };

Deno.test("resolveAuthOptions() completes the options", () => {
  assertEquals(resolveAuthOptions({}), undefined);
  assertEquals(resolveAuthOptions({ auth }), {
    auth,
    authMode: "either",
    authCookie: undefined,
    authTimeout: 10_000,
    maxFailedAuths: 10,
    maxAuthRate: 20,
  });
});

Deno.test("resolveAuthOptions() refuses a mode where nothing verifies", () => {
  const options: AuthOptions<unknown>[] = [
    { authMode: "before" },
    { authCookie: "session" },
    { authTimeout: 1_000 },
    { maxFailedAuths: 3 },
    { maxAuthRate: 3 },
  ];
  for (const each of options) {
    assertThrows(() => resolveAuthOptions(each), TypeError, "without auth");
  }
});

Deno.test("resolveAuthOptions() refuses what makes no sense", () => {
  assertThrows(() => resolveAuthOptions({ auth: {} as typeof auth }), TypeError, "verify");
  const authMode = "never" as "before";
  assertThrows(() => resolveAuthOptions({ auth, authMode }), TypeError, "before, message, either");
  for (const number of [-1, NaN, 1.5, Infinity]) {
    assertThrows(() => resolveAuthOptions({ auth, authTimeout: number }), RangeError);
    assertThrows(() => resolveAuthOptions({ auth, maxFailedAuths: number }), RangeError);
    assertThrows(() => resolveAuthOptions({ auth, maxAuthRate: number }), RangeError);
  }
});

Deno.test("App refuses to be told by two who a client is", () => {
  const options = { auth, identify: () => "ada" };
  assertThrows(() => new App<object, object, string>(options), TypeError, "identify");
});
