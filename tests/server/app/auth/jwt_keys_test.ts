/** The keys that JSON Web Tokens are verified with, and the algorithms that each may be used for. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { jwt } from "../../../../server/app/auth/jwt.ts";
import { type JwtKeyOptions, resolveJwtKeys } from "../../../../server/app/auth/jwt_keys.ts";
import {
  claimsOf,
  ecKeys,
  hmacToken,
  keyToken,
  rsaKeys,
  secret,
  tokenOf,
} from "../../../support/tokens.ts";

const context = { request: new Request("http://localhost/ws"), remoteAddress: "192.0.2.1" };
const rsa = rsaKeys();
const ec = ecKeys();

/** A server of a JWK Set, which counts how often it is asked. */
function serveSet(answer: () => Response): AsyncDisposable & { url: string; asked: number } {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    set.asked++;
    return answer();
  });
  const set = {
    url: `http://127.0.0.1:${server.addr.port}/jwks.json`,
    asked: 0,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return set;
}

Deno.test("resolveJwtKeys() wants exactly one source of keys", () => {
  const sources: JwtKeyOptions[] = [
    {},
    { secret, publicKey: rsa.pem },
    { secret, jwksUrl: "https://localhost/" },
    { publicKey: rsa.pem, jwksUrl: "https://localhost/" },
  ];
  for (const source of sources) assertThrows(() => resolveJwtKeys(source), TypeError, "one of");
});

Deno.test("hostile 110: resolveJwtKeys() never lets a secret and a key share an algorithm", () => {
  for (const algorithm of ["none", "RS256", "ES256", "EdDSA", "hs256", "dir"]) {
    assertThrows(() => resolveJwtKeys({ secret, algorithms: [algorithm] }), TypeError);
  }
  for (const algorithm of ["none", "HS256", "HS512", "rs256"]) {
    const algorithms = [algorithm];
    assertThrows(() => resolveJwtKeys({ publicKey: rsa.pem, algorithms }), TypeError);
    assertThrows(() => resolveJwtKeys({ jwksUrl: "https://a/", algorithms }), TypeError);
  }
  assertThrows(() => resolveJwtKeys({ secret, algorithms: [] }), TypeError, "empty");
});

Deno.test("resolveJwtKeys() refuses keys of the wrong kind, without quoting them", () => {
  const { privateKey } = rsa;
  const privatePem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const wrong: JwtKeyOptions[] = [
    { secret: "" },
    { secret: new Uint8Array(0) },
    { secret: rsa.pem },
    { publicKey: "xyzzy" },
    { publicKey: privatePem },
    { publicKey: { ...privateKey.export({ format: "jwk" }) } },
    { publicKey: { kty: "oct", k: "c2VjcmV0" } },
    { jwksUrl: "file:///etc/passwd" },
    { jwksUrl: "nonsense" },
  ];
  for (const options of wrong) {
    const { message } = assertThrows(() => resolveJwtKeys(options), TypeError);
    for (const part of ["xyzzy", "MII", "c2Vj"]) assert(!message.includes(part), message);
  }
});

Deno.test("hostile 195: resolveJwtKeys() refuses secrets that are shorter than the hash", () => {
  const cases = [
    [["HS256"], 32],
    [["HS384"], 48],
    [["HS512", "HS256"], 64],
    [undefined, 32],
  ] as const;
  for (const [algorithms, size] of cases) {
    const keysOf = (secret: string | Uint8Array) =>
      resolveJwtKeys(algorithms === undefined ? { secret } : { secret, algorithms });
    for (const short of ["", "x".repeat(size - 1), new Uint8Array(size - 1)]) {
      const { message } = assertThrows(() => keysOf(short), TypeError, "Cannot use a secret of");
      assert(message.includes(`openssl rand -base64 ${size}`), message);
      assert(!message.includes("xx"), message);
    }
    keysOf("x".repeat(size));
    keysOf("ä".repeat(size / 2));
    keysOf(new Uint8Array(size));
  }
});

Deno.test("jwt() takes a secret as text or as bytes", async () => {
  const bytes = new TextEncoder().encode(secret);
  const auth = jwt({ secret: bytes });
  bytes.fill(0);
  assert(await auth.verify(tokenOf("ada"), context));
});

Deno.test("jwt() takes public keys as PEM and as JWK, of several kinds", async () => {
  for (const [pair, alg] of [[rsa, "RS256"], [ec, "ES256"]] as const) {
    const token = keyToken(claimsOf("ada"), pair.privateKey, { alg, kid: "any" });
    assert(await jwt({ publicKey: pair.pem }).verify(token, context));
    assert(await jwt({ publicKey: { ...pair.jwk, kid: "other" } }).verify(token, context));
    const other = pair === rsa ? ec : rsa;
    assertEquals(await jwt({ publicKey: other.pem }).verify(token, context), undefined);
  }
});

Deno.test("jwt() rejects, and refuses nobody, where a key cannot be read", async () => {
  const broken = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
  const auth = jwt({ publicKey: broken });
  await assertRejects(() => auth.verify(tokenOf("ada"), context), TypeError, "RSA, ECDSA");
});

Deno.test("jwt() fetches a JWK Set once and chooses by kid", async () => {
  const keys = [{ ...rsa.jwk, kid: "one" }, { ...ec.jwk, kid: "two" }];
  await using set = serveSet(() => Response.json({ keys }));
  const auth = jwt({ jwksUrl: set.url });
  const one = keyToken(claimsOf("ada"), rsa.privateKey, { alg: "RS256", kid: "one" });
  const two = keyToken(claimsOf("bob"), ec.privateKey, { alg: "ES256", kid: "two" });
  for (const token of [one, two, one]) assert(await auth.verify(token, context));
  const crossed = keyToken(claimsOf("eve"), ec.privateKey, { alg: "RS256", kid: "two" });
  assertEquals(await auth.verify(crossed, context), undefined);
  assertEquals(set.asked, 1);
});

Deno.test("hostile 110: jwt() does not ask for a JWK Set as often as unknown kids come", async () => {
  await using set = serveSet(() => Response.json({ keys: [{ ...rsa.jwk, kid: "one" }] }));
  const auth = jwt({ jwksUrl: set.url });
  for (let i = 0; i < 20; i++) {
    const header = { alg: "RS256", kid: `../${i}`, jku: "http://127.0.0.1:1/" };
    const token = keyToken(claimsOf("eve"), rsa.privateKey, header);
    assertEquals(await auth.verify(token, context), undefined);
  }
  assertEquals(set.asked, 1);
});

Deno.test("hostile 110: jwt() takes no secret from a JWK Set", async () => {
  const k = new TextEncoder().encode(secret).toBase64({ alphabet: "base64url", omitPadding: true });
  await using set = serveSet(() => Response.json({ keys: [{ kty: "oct", k, kid: "one" }] }));
  const header = { alg: "HS256", kid: "one" };
  const token = hmacToken(claimsOf("eve"), { header });
  assertEquals(await jwt({ jwksUrl: set.url }).verify(token, context), undefined);
});

Deno.test("jwt() rejects while a JWK Set cannot be had, and pauses before it asks again", async () => {
  const answers = [
    () => new Response("down", { status: 500 }),
    () => Response.redirect("http://127.0.0.1:1/", 302),
    () => new Response("no JSON"),
    () => Response.json({ keys: "none" }),
  ];
  for (const [index, answer] of answers.entries()) {
    await using set = serveSet(answer);
    const auth = jwt({ jwksUrl: set.url });
    const token = keyToken(claimsOf("ada"), rsa.privateKey, { alg: "RS256" });
    await assertRejects(() => auth.verify(token, context), Error);
    await assertRejects(() => auth.verify(token, context), Error);
    if (index < 2) assertEquals(set.asked, 1);
  }
});
