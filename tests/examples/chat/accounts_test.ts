/** Accounts of the chat: a JSON Web Token says who somebody is. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type AccountValues,
  describeAccounts,
  readAccounts,
  userOf,
} from "../../../examples/chat/accounts.ts";
import { runProgram } from "../../support/program.ts";
import { secret } from "../../support/tokens.ts";

function valuesWith(changes: Partial<AccountValues> = {}): AccountValues {
  return {
    "jwt-secret": undefined,
    "jwks-url": undefined,
    auth: "either",
    "auth-cookie": undefined,
    ...changes,
  };
}

Deno.test("userOf() takes id and name from the claims", () => {
  assertEquals(userOf({ sub: "u1", name: " Ada\n " }), { userId: "u1", name: "Ada" });
  assertEquals(userOf({ sub: "u1" }), { userId: "u1", name: "u1" });
  assertEquals(userOf({ sub: "u1", name: 7 }), { userId: "u1", name: "u1" });
  assertEquals(userOf({ sub: "\u202e" }), { userId: "\u202e", name: "nameless" });
});

Deno.test("userOf() knows nobody without a usable sub", () => {
  assertEquals(userOf({ name: "Ada" }), undefined);
  assertEquals(userOf({ sub: "" }), undefined);
  assertEquals(userOf({ sub: "u".repeat(257) }), undefined);
});

Deno.test("readAccounts() makes everybody a guest without a key", () => {
  assertEquals(readAccounts(valuesWith()), undefined);
  assertStringIncludes(describeAccounts(valuesWith()), "guest");
});

Deno.test("readAccounts() makes an authenticator of a secret or a set", () => {
  for (
    const values of [
      valuesWith({ "jwt-secret": secret }),
      valuesWith({ "jwks-url": "https://a/b" }),
    ]
  ) {
    const accounts = readAccounts({ ...values, auth: "before" });
    assertEquals(accounts?.auth.mode, "before");
    assert(accounts?.auth.verify !== undefined);
    assert(!describeAccounts(values).includes("guest"));
  }
  assertThrows(() => readAccounts(valuesWith({ "jwt-secret": "" })), TypeError, "secret");
});

Deno.test("readAccounts() ends the program where flags contradict each other", async () => {
  const cases = [
    [["--jwt-secret=a", "--jwks-url=https://a/b"], "exclude each other"],
    [["--auth=before"], "--auth before needs --jwt-secret or --jwks-url"],
    [["--auth-cookie=session"], "--auth-cookie needs --jwt-secret or --jwks-url"],
    [["--auth=never"], "--auth must be one of before, message, either"],
  ] as const;
  for (const [args, message] of cases) {
    const end = await runProgram("examples/chat/main.ts", { args: ["--port=0", ...args] });
    assertEquals(end.code, 2);
    assertStringIncludes(end.stderr, message);
  }
});
