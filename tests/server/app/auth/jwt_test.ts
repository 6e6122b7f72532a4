/** JSON Web Tokens as credentials. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { jwt, type JwtClaims, type JwtOptions } from "../../../../server/app/auth/jwt.ts";
import {
  claimsOf,
  ecKeys,
  encode,
  hmacToken,
  keyToken,
  nowInSeconds,
  rsaKeys,
  secret,
  tokenOf,
} from "../../../support/tokens.ts";

const context = { request: new Request("http://localhost/ws"), remoteAddress: "192.0.2.1" };
const rsa = rsaKeys();

async function accepts(token: string, options: JwtOptions<JwtClaims> = { secret }) {
  return await jwt(options).verify(token, context) !== undefined;
}

Deno.test("jwt() tells claims, subject and end of a token", async () => {
  const claims = claimsOf("ada", { name: "Ada" });
  const grant = await jwt({ secret }).verify(hmacToken(claims), context);
  const expiresAt = (claims.exp as number) * 1_000;
  assertEquals(grant, { user: claims, claims, expiresAt, subject: '[null,"ada"]' });
});

Deno.test("jwt() makes the user of the claims, and lets it refuse them", async () => {
  const auth = jwt({ secret, user: ({ sub }) => sub === "eve" ? undefined : { id: sub } });
  assertEquals((await auth.verify(tokenOf("ada"), context))?.user, { id: "ada" });
  assertEquals(await auth.verify(tokenOf("eve"), context), undefined);
});

Deno.test("hostile 110: jwt() refuses alg none in every spelling, and none at all", async () => {
  for (const alg of ["none", "None", "NONE", "nOnE", "", null, 0, undefined]) {
    const token = hmacToken(claimsOf("eve"), { header: { alg } });
    assert(!await accepts(token), `alg ${alg}`);
    const unsigned = token.slice(0, token.lastIndexOf(".") + 1);
    assert(!await accepts(unsigned), `alg ${alg}, no signature`);
    assert(!await accepts(unsigned.slice(0, -1)), `alg ${alg}, two parts`);
    assert(!await accepts(token, { publicKey: rsa.pem }), `alg ${alg}, public key`);
  }
});

Deno.test("hostile 110: jwt() does not take a public key for a secret", async () => {
  for (const key of [rsa.pem, rsa.pem.trim(), JSON.stringify(rsa.jwk)]) {
    const token = hmacToken(claimsOf("eve"), { key });
    assert(!await accepts(token, { publicKey: rsa.pem }));
    assert(!await accepts(token, { publicKey: rsa.jwk }));
  }
});

Deno.test("hostile 110: jwt() refuses algorithms that were not asked for", async () => {
  for (const alg of ["HS384", "HS512", "RS256", "ES256", "dir", "A128KW", "hs256"]) {
    assert(!await accepts(hmacToken(claimsOf("eve"), { header: { alg } })), alg);
  }
  const token = keyToken(claimsOf("ada"), rsa.privateKey, { alg: "RS256" });
  assert(await accepts(token, { publicKey: rsa.pem }));
  assert(!await accepts(token, { publicKey: rsa.pem, algorithms: ["PS256"] }));
});

Deno.test("hostile 110: jwt() looks at no kid, jku, x5u or key of a token's header", async () => {
  const own = ecKeys();
  const hints = [
    { kid: "../../../../dev/null" },
    { kid: "http://127.0.0.1:1/key" },
    { kid: "' UNION SELECT 'x' --" },
    { jku: "http://127.0.0.1:1/jwks.json" },
    { x5u: "http://127.0.0.1:1/cert.pem" },
    { jwk: own.jwk },
    { x5c: ["MIIB"] },
  ];
  const key = ecKeys();
  for (const hint of hints) {
    const forged = hmacToken(claimsOf("eve"), { key: "", header: { alg: "HS256", ...hint } });
    assert(!await accepts(forged));
    const header = { alg: "ES256", ...hint };
    assert(
      !await accepts(keyToken(claimsOf("eve"), own.privateKey, header), {
        publicKey: key.pem,
      }),
    );
    // They do no harm to a right signature either.
    assert(
      await accepts(keyToken(claimsOf("ada"), key.privateKey, header), {
        publicKey: key.pem,
      }),
    );
  }
});

Deno.test("hostile 110: jwt() refuses critical headers, unencoded payloads and encrypted tokens", async () => {
  for (const more of [{ crit: ["exp"], exp: 1 }, { crit: ["b64"], b64: false }, { crit: [] }]) {
    assert(!await accepts(hmacToken(claimsOf("eve"), { header: { alg: "HS256", ...more } })));
  }
  assert(!await accepts(`${encode({ alg: "dir", enc: "A128GCM" })}..a.b.c`));
});

Deno.test("hostile 111: jwt() refuses tokens that are expired, early, or without an end", async () => {
  const now = nowInSeconds();
  const times = [
    { exp: now - 1 },
    { exp: 0 },
    { exp: undefined },
    { exp: "tomorrow" },
    { exp: null },
    { nbf: now + 60 },
    { nbf: "today" },
    { iat: "yesterday" },
  ];
  for (const time of times) {
    assert(!await accepts(hmacToken(claimsOf("eve", time))), JSON.stringify(time));
  }
  assert(await accepts(hmacToken({ sub: "ada" }), { secret, allowWithoutExpiry: true }));
});

Deno.test("hostile 111: jwt() refuses tokens of other issuers and for others", async () => {
  const options = { secret, issuer: "us", audience: ["chat", "api"] };
  const good = { iss: "us", aud: "chat" };
  assert(await accepts(tokenOf("ada", good), options));
  assert(await accepts(tokenOf("ada", { ...good, aud: ["shop", "api"] }), options));
  const bad = [{ iss: "them" }, { iss: undefined }, { iss: ["us"] }, { aud: "shop" }, {
    aud: undefined,
  }, { aud: [] }];
  for (const each of bad) {
    assert(!await accepts(tokenOf("eve", { ...good, ...each }), options), JSON.stringify(each));
  }
});

Deno.test("hostile 111: jwt() refuses a token in which any character was changed", async () => {
  const auth = jwt({ secret });
  const token = tokenOf("ada");
  // The last character of the signature has two bits that mean nothing.
  for (let i = 0; i < token.length - 1; i++) {
    const other = token[i] === "A" ? "B" : "A";
    const edited = token.slice(0, i) + other + token.slice(i + 1);
    assertEquals(await auth.verify(edited, context), undefined, `character ${i}`);
  }
});

Deno.test("hostile 111: jwt() refuses what is no token", async () => {
  const odd = ["", ".", "..", "...", "a.b.c", "\0", "💥.💥.💥", "[]", encode("[]").repeat(3)];
  const payloads = ["null", "[]", "1", '"text"', "{", "\xff"];
  for (const text of [...odd, "x".repeat(65_536), ...payloads.map((each) => hmacToken(each))]) {
    assert(!await accepts(text), text.slice(0, 40));
  }
});

Deno.test("jwt() checks the type of a token where it is asked to", async () => {
  const header = { alg: "HS256", typ: "at+jwt" };
  const options = { secret, type: "at+jwt" };
  assert(await accepts(hmacToken(claimsOf("ada"), { header }), options));
  assert(!await accepts(tokenOf("ada"), options));
});

Deno.test("jwt() tolerates clocks that differ, at the end of a token too", async () => {
  const now = () => 1_000_000_000;
  const token = hmacToken({ sub: "ada", exp: 999_995 });
  assert(!await accepts(token, { secret, now }));
  const grant = await jwt({ secret, now, clockTolerance: 10 }).verify(token, context);
  assertEquals(grant?.expiresAt, 1_000_005_000);
});

Deno.test("jwt() tells subjects of several issuers apart", async () => {
  const subjects = [];
  const auth = jwt({ secret, issuer: ["a", "b"] });
  for (const iss of ["a", "b"]) {
    subjects.push((await auth.verify(tokenOf("ada", { iss }), context))?.subject);
  }
  assertEquals(subjects, ['["a","ada"]', '["b","ada"]']);
  const single = jwt({ secret, issuer: "a" });
  assertEquals((await single.verify(tokenOf("ada", { iss: "a" }), context))?.subject, "ada");
  const nobody = await single.verify(hmacToken({ iss: "a", exp: nowInSeconds() + 60 }), context);
  assertEquals(nobody?.subject, undefined);
});

Deno.test("jwt() refuses a tolerance that makes no sense", () => {
  for (const clockTolerance of [-1, NaN, Infinity]) {
    assertThrows(() => jwt({ secret, clockTolerance }), TypeError, "clockTolerance");
  }
});
