/** Verifying credentials, and the options around it. */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { apiKeys } from "../../../../server/app/auth/api_keys.ts";
import {
  type AuthContext,
  type Authenticator,
  type AuthOptions,
  resolveAuthOptions,
} from "../../../../server/app/auth/auth.ts";
import { App } from "../../../../server/app/app.ts";

const verify = () => Promise.resolve(undefined);

Deno.test("hostile 428: resolveAuthOptions() refuses a name that no cookie can have", () => {
  for (const cookie of ["", "a b", "a=b", "a;b", "sitzung-ü"]) {
    assertThrows(() => resolveAuthOptions({ verify, cookie }), TypeError, "no cookie can be named");
  }
  assertEquals(resolveAuthOptions({ verify, cookie: "__Host-session" }).cookie, "__Host-session");
});

Deno.test("resolveAuthOptions() completes the options", () => {
  assertEquals(resolveAuthOptions({ verify }), {
    verify,
    mode: "either",
    cookie: undefined,
    timeout: 10_000,
    maxFailures: 10,
    maxRate: 20,
  });
});

Deno.test("resolveAuthOptions() calls an authenticator as the method that it is", async () => {
  class Ledger implements Authenticator<string> {
    readonly #crew = new Map([["t-1", "ada"]]);
    verify(token: string) {
      const user = this.#crew.get(token);
      return Promise.resolve(user === undefined ? undefined : { user });
    }
  }
  const { verify } = resolveAuthOptions({ verify: new Ledger() });
  const context: AuthContext = {
    request: new Request("http://localhost/"),
    remoteAddress: "192.0.2.1",
  };
  assertEquals(await verify("t-1", context), { user: "ada" });
  assertEquals(await verify("t-2", context), undefined);
  const direct = () => ({ user: "bob" });
  assertStrictEquals(resolveAuthOptions({ verify: direct }).verify, direct);
});

Deno.test("App refuses options of auth without verify, and other spellings of auth", () => {
  const cases: readonly (readonly [auth: unknown, text: string])[] = [
    [{}, "auth.verify"],
    [{ mode: "before" }, "auth.verify"],
    [{ verify: {} }, "auth.verify"],
    [{ verify: "jwt" }, '"verify" of auth'],
    [{ verify, mode: "never" }, "before, message, either"],
    [{ verify, authMode: "before" }, 'did you mean "mode"'],
    [apiKeys(["k-1"]), "write auth: { verify: ... }"],
    [verify, '"auth" of App'],
    [null, '"auth" of App'],
  ];
  for (const [auth, text] of cases) {
    assertThrows(() => new App({ auth: auth as AuthOptions<unknown> }), TypeError, text);
  }
});

Deno.test("resolveAuthOptions() refuses numbers that make no sense", () => {
  for (const number of [-1, NaN, 1.5, Infinity]) {
    for (const name of ["timeout", "maxFailures", "maxRate"] as const) {
      const text = `auth.${name}`;
      assertThrows(() => resolveAuthOptions({ verify, [name]: number }), RangeError, text);
    }
  }
});

Deno.test("App refuses to be told by two who a client is", () => {
  const options = { auth: { verify }, identify: () => "ada" };
  assertThrows(() => new App<object, object, string>(options), TypeError, "identify");
});
