import { assertEquals, assertRejects } from "@std/assert";
import { Credentials, timeLeft } from "../../client/credentials.ts";
import { claimsOf, hmacToken, nowInSeconds } from "../support/tokens.ts";

Deno.test("Credentials.get() asks a function each time", async () => {
  let count = 0;
  const credentials = new Credentials(() => Promise.resolve(`token ${++count}`), "message");
  assertEquals([await credentials.get(), await credentials.get()], ["token 1", "token 2"]);
  assertEquals([credentials.isRenewable, credentials.byMessage], [true, true]);
});

Deno.test("Credentials.get() rejects with what the function throws", async () => {
  const credentials = new Credentials(() => {
    throw new Error("signed out");
  }, "query");
  await assertRejects(() => credentials.get(), Error, "signed out");
});

Deno.test("Credentials may be a text, or none", async () => {
  const [text, none] = [new Credentials("t", "query"), new Credentials(undefined, "message")];
  assertEquals([await text.get(), text.isRenewable, text.byMessage], ["t", false, false]);
  assertEquals([await none.get(), none.isRenewable, none.byMessage], [undefined, false, false]);
});

Deno.test("Credentials.target() presents a token, unless the first message does", () => {
  assertEquals(new Credentials("t", "message").target("t"), {});
  assertEquals(new Credentials(undefined, "query").target(undefined), {});
  assertEquals(new Credentials("t", "query").target("t"), { token: "t", tokenBy: "query" });
});

Deno.test("timeLeft() reads the end of a JWT", () => {
  const now = nowInSeconds();
  const token = hmacToken(claimsOf("ünïcode-§?>", { exp: now + 60 }));
  assertEquals(timeLeft(token, now * 1_000), 60_000);
  assertEquals(timeLeft(token, (now + 61) * 1_000), -1_000);
});

Deno.test("timeLeft() knows nothing of tokens that do not say, or end too late for a timer", () => {
  const tokens = ["", "opaque", "a.b.c", "a..c", hmacToken({ sub: "u1" }), hmacToken("[1]")];
  for (const token of [...tokens, hmacToken({ exp: "soon" }), hmacToken({ exp: 1e12 })]) {
    assertEquals(timeLeft(token, 0), undefined, token);
  }
});
