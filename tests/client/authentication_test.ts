import { assertEquals } from "@std/assert";
import { Authentication } from "../../client/authentication.ts";
import { Credentials, type Token, type TokenMethod } from "../../client/credentials.ts";
import { ManualClock } from "../support/clients.ts";
import { tokenOf } from "../support/tokens.ts";
import { waitFor } from "../support/wait.ts";

function setUp(token: Token | undefined, by: TokenMethod = "message") {
  const clock = new ManualClock();
  const sent: unknown[] = [];
  const news: unknown[] = [];
  const authentication = new Authentication(new Credentials(token, by), clock, {
    send: (text) => sent.push(JSON.parse(text)),
    ready: () => news.push("ready"),
    failed: (error) => news.push(error),
  });
  return { clock, sent, news, authentication };
}

Deno.test("Authentication is ready at once without a token, or with one in the address", async () => {
  for (
    const [token, by] of [[undefined, "message"], ["t", "query"], ["t", "subprotocol"]] as const
  ) {
    const { sent, news, authentication } = setUp(token, by);
    assertEquals(await authentication.prepare(), token === undefined ? {} : { token, tokenBy: by });
    authentication.opened();
    assertEquals([sent, news], [[], ["ready"]]);
  }
});

Deno.test("Authentication says who it is by the first message, and waits for auth_ok", async () => {
  const { sent, news, authentication } = setUp("t");
  assertEquals(await authentication.prepare(), {});
  authentication.opened();
  authentication.receive("welcome", { id: "1" });
  assertEquals([sent, news], [[{ type: "auth", token: "t" }], []]);
  authentication.receive("auth_ok", {});
  authentication.receive("auth_ok", {});
  assertEquals(news, ["ready"]);
});

Deno.test("Authentication is content with a server that knows no such event", async () => {
  const { news, authentication } = setUp("t");
  await authentication.prepare();
  authentication.opened();
  authentication.receive("error", { code: "RATE_LIMITED" });
  assertEquals(news, []);
  authentication.receive("error", { code: "UNKNOWN_EVENT" });
  assertEquals(news, ["ready"]);
});

Deno.test("Authentication presents a new token before a JWT ends", async () => {
  const tokens = [tokenOf("u1", { exp: Date.now() / 1000 + 90 }), tokenOf("u1")];
  const given = [...tokens];
  const { clock, sent, authentication } = setUp(() => given.shift() ?? "none", "query");
  await authentication.prepare();
  authentication.opened();
  clock.pass(58_000);
  assertEquals(sent, []);
  clock.pass(2_000);
  await waitFor(() => sent.length === 1);
  assertEquals(sent, [{ type: "auth", token: tokens[1] }]);
  assertEquals(clock.size, 1);
  authentication.lost();
  assertEquals(clock.size, 0);
});

Deno.test("Authentication presents no token again that the function has not renewed", async () => {
  const [old, renewed] = [10, 60].map((left) => tokenOf("u1", { exp: Date.now() / 1000 + left }));
  let token = old!;
  const { clock, sent, authentication } = setUp(() => token);
  await authentication.prepare();
  authentication.opened();
  authentication.receive("auth_ok", {});
  sent.length = 0;
  clock.pass(10_000);
  await waitFor(() => clock.size === 1);
  assertEquals(sent, []);
  token = renewed!;
  clock.pass(10_000);
  await waitFor(() => sent.length === 1);
  assertEquals(sent, [{ type: "auth", token: renewed }]);
});

Deno.test("Authentication cannot renew a text", async () => {
  const { clock, authentication } = setUp(tokenOf("u1"));
  await authentication.prepare();
  authentication.opened();
  authentication.receive("auth_ok", {});
  assertEquals([clock.size, authentication.mayRenew()], [0, false]);
});

Deno.test("Authentication.mayRenew() allows it once per token that was accepted", async () => {
  const { authentication } = setUp(() => "t");
  assertEquals(authentication.mayRenew(), false);
  await authentication.prepare();
  authentication.opened();
  authentication.receive("auth_ok", {});
  authentication.lost();
  assertEquals([authentication.mayRenew(), authentication.mayRenew()], [true, false]);
});

Deno.test("Authentication.renew() sends nothing on another connection", async () => {
  const token = Promise.withResolvers<string>();
  const { sent, authentication } = setUp(() => token.promise);
  const renewed = authentication.renew();
  authentication.lost();
  token.resolve("late");
  await renewed;
  assertEquals(sent, []);
});

Deno.test("Authentication tells that no new token could be had", async () => {
  const error = new Error("signed out");
  const given = [tokenOf("u1", { exp: Date.now() / 1000 + 10 })];
  const { clock, news, authentication } = setUp(
    () => given.shift() ?? Promise.reject(error),
    "query",
  );
  await authentication.prepare();
  authentication.opened();
  clock.pass(10_000);
  await waitFor(() => news.length === 2);
  assertEquals(news, ["ready", error]);
});
