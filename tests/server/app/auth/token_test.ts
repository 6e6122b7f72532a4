/** Where an upgrade request carries a token. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { findToken, type FoundToken } from "../../../../server/app/auth/token.ts";

interface Parts {
  query?: string;
  headers?: HeadersInit;
  protocols?: string[];
  cookie?: string;
}

function find({ query = "", headers = {}, protocols = [], cookie }: Parts): FoundToken | undefined {
  return findToken(new Request(`http://localhost/ws${query}`, { headers }), protocols, cookie);
}

Deno.test("findToken() finds no token where there is none", () => {
  assertEquals(find({}), undefined);
  assertEquals(find({ query: "?name=token", protocols: ["chat", "bearer"] }), undefined);
  assertEquals(find({ headers: { authorization: "Basic YTpi" } }), undefined);
  assertEquals(find({ headers: { authorization: "Bearerabc" } }), undefined);
  assertEquals(find({ headers: { cookie: "token=abc" } }), undefined);
  assertEquals(find({ headers: { cookie: "other=abc" }, cookie: "token" }), undefined);
});

Deno.test("findToken() looks into the query", () => {
  assertEquals(find({ query: "?a=b&token=abc.def&c=d" }), { token: "abc.def" });
  assertEquals(find({ query: "?token=" }), { token: "" });
});

Deno.test("findToken() looks into Authorization, whatever the case of its scheme", () => {
  for (const authorization of ["Bearer abc", "bearer abc", "BEARER   abc"]) {
    assertEquals(find({ headers: { authorization } }), { token: "abc" });
  }
  assertEquals(find({ headers: { authorization: "Bearer" } }), { token: "" });
});

Deno.test("findToken() looks into the subprotocols", () => {
  const protocols = ["chat.v1", "bearer.a.b.c"];
  assertEquals(find({ protocols }), { token: "a.b.c", protocol: "bearer.a.b.c" });
  assertEquals(find({ protocols: ["bearer."] }), { token: "", protocol: "bearer." });
});

Deno.test("findToken() looks into the cookie of the name that is asked for", () => {
  const headers = { cookie: "a=b; session=abc=; c=d" };
  assertEquals(find({ headers, cookie: "session" }), { token: "abc=" });
});

Deno.test("findToken() takes the first place that has one, good or bad", () => {
  const headers = { authorization: "Bearer one", cookie: "session=four" };
  const protocols = ["bearer.three"];
  const query = "?token=two";
  const cookie = "session";
  assertEquals(find({ query, headers, protocols, cookie })?.token, "one");
  const less = { cookie: headers.cookie };
  assertEquals(find({ query, headers: less, protocols, cookie })?.token, "two");
  assertEquals(find({ headers: less, protocols, cookie })?.token, "three");
});

Deno.test("hostile 160: findToken() passes over what is no cookie", () => {
  const cookies: [cookie: string, token: string | undefined][] = [
    ["session=k1;", "k1"],
    ["session=k1; ", "k1"],
    ["a=1;;session=k1", "k1"],
    [";session=k1", "k1"],
    ["=x; session=k1", "k1"],
    ["session=k0; session=k1", "k1"],
    ["session=", ""],
    ["session", undefined],
    ["=x", undefined],
    ["", undefined],
    [";;;", undefined],
    ["xsession=k1", undefined],
    ["__proto__=k1", undefined],
  ];
  for (const [cookie, token] of cookies) {
    assertEquals(find({ headers: { cookie }, cookie: "session" })?.token, token, cookie);
  }
  const headers = { cookie: "__proto__=k1; constructor=k2" };
  assertEquals(find({ headers, cookie: "__proto__" })?.token, "k1");
  assertEquals(find({ headers, cookie: "toString" }), undefined);
});

Deno.test("hostile 160: findToken() throws for nothing that a client can send", () => {
  const part = fc.constantFrom(
    "session",
    "=",
    ";",
    ",",
    " ",
    '"',
    "%",
    "bearer",
    "a",
    "\xff",
    "\\",
  );
  const value = fc.array(part).map((parts) => parts.join("").trim());
  fc.assert(
    fc.property(value, value, value, fc.array(value), (cookie, authorization, query, protocols) => {
      const headers = { cookie, authorization };
      const path = `?${encodeURIComponent(query)}&token`;
      find({ query: path, headers, protocols, cookie: "session" });
      find({ headers: { cookie }, protocols, cookie: "session" });
    }),
  );
});
