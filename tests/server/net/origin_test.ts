/** Tests of server/net/origin.ts. */

import { assertEquals, assertThrows } from "@std/assert";
import { HandshakeError } from "../../../protocol/errors.ts";
import { HeaderFields } from "../../../protocol/header_fields.ts";
import type { RequestHead } from "../../../protocol/http1.ts";
import {
  checkHost,
  checkOrigin,
  hasOtherScheme,
  type OriginOptions,
} from "../../../server/net/origin.ts";

function headOf(fields: Iterable<readonly [name: string, value: string]>): RequestHead {
  return { method: "GET", target: "/", version: 1, fields: new HeaderFields(fields) };
}

/** Whether a page of this origin may connect to this host. */
function passes(
  origins: readonly string[],
  allowedOrigins?: OriginOptions["allowedOrigins"],
  host = "chat.example.com",
  scheme = "http",
): boolean {
  const fields = origins.map((origin) => ["Origin", origin] as const);
  const head = headOf([["Host", host], ...fields]);
  try {
    checkOrigin(head, `${scheme}://${host}/ws?room=1`, { allowedOrigins });
    return true;
  } catch (error) {
    assertEquals((error as HandshakeError).status, 403);
    return false;
  }
}

Deno.test("checkOrigin() lets the host's own pages in, over TLS or not", () => {
  assertEquals(passes(["https://chat.example.com"]), true);
  assertEquals(passes(["http://chat.example.com"]), true);
  assertEquals(passes(["http://localhost:8080"], undefined, "localhost:8080"), true);
  assertEquals(passes(["http://[::1]:8080"], undefined, "[::1]:8080"), true);
  assertEquals(passes(["https://chat.example.com"], undefined, "Chat.Example.COM"), true);
});

Deno.test("hostile 149: checkOrigin() refuses pages of http on the host of a TLS server", () => {
  for (const host of ["chat.example.com", "chat.example.com:8443", "[::1]:8443", "localhost"]) {
    assertEquals(passes([`https://${host}`], undefined, host, "https"), true, host);
    assertEquals(passes([`http://${host}`], undefined, host, "https"), false, host);
    assertEquals(passes([`http://${host}`], [`http://${host}`], host, "https"), true, host);
  }
  // Nor by a target in absolute-form.
  assertEquals(passes(["http://chat.example.com"], undefined, "chat.example.com", "HTTPS"), false);
});

Deno.test("checkOrigin() takes the default port and none for the same, on both sides", () => {
  const hosts: [host: string, origin: string, isOwn: boolean][] = [
    ["example.com:443", "https://example.com", true],
    ["example.com", "https://example.com:443", true],
    ["example.com:80", "http://example.com", true],
    ["example.com", "http://example.com:80", true],
    ["[::1]:443", "https://[::1]", true],
    ["[::1]", "https://[::1]:443", true],
    ["example.com:", "https://example.com", true],
    ["example.com:", "http://example.com", true],
    ["EXAMPLE.com:443", "https://example.com", true],
    ["example.com:443", "http://example.com", false],
    ["example.com", "http://example.com:443", false],
    ["example.com:80", "https://example.com", false],
    ["example.com", "https://example.com:80", false],
    ["example.com:4433", "https://example.com", false],
    ["example.com:8443", "https://example.com:443", false],
  ];
  for (const [host, origin, isOwn] of hosts) {
    assertEquals(passes([origin], undefined, host), isOwn, `${origin} at ${host}`);
  }
  assertEquals(passes(["https://example.com"], undefined, "example.com:443", "https"), true);
});

Deno.test("checkOrigin() lets a client in that is no browser", () => {
  assertEquals(passes([]), true);
  assertEquals(passes([], ["https://example.com"]), true);
});

Deno.test("hostile 28: checkOrigin() refuses pages of a foreign origin by 403", () => {
  assertEquals(passes(["https://evil.example"]), false);
  assertEquals(passes(["https://evil.example"], ["https://chat.example.com"]), false);
  assertThrows(
    () => checkOrigin(headOf([["Origin", "https://evil.example"]]), "http://a/", noLists),
    HandshakeError,
    "Origin is not allowed",
  );
});

const noLists: OriginOptions = { allowedOrigins: undefined };

const tricks = [
  "https://chat.example.com.evil.io",
  "https://evil.chat.example.com",
  "https://evilchat.example.com",
  "https://chat.example.com:8443",
  "https://chat.example.com.",
  "https://CHAT.example.com",
  "HTTPS://chat.example.com",
  "https://chat.example.com/",
  "https://chat.example.com@evil.io",
  "https://evil.io/chat.example.com",
  "https://evil.io#chat.example.com",
  "https://evil.io\\chat.example.com",
  "chat.example.com",
  "ftp://chat.example.com",
  "null",
  "",
  "https://chat.example.com https://evil.io",
];

Deno.test("hostile 29: checkOrigin() lets only exact origins pass", () => {
  for (const origin of tricks) {
    assertEquals(passes([origin]), false, `own host, ${origin}`);
    assertEquals(passes([origin], ["https://chat.example.com"]), false, `listed, ${origin}`);
  }
  assertEquals(passes(["https://chat.example.com"], ["https://chat.example.com"]), true);
});

Deno.test("hostile 29: checkOrigin() compares scheme and port of a listed origin", () => {
  const list = ["https://example.com", "http://localhost:3000"];
  assertEquals(passes(["http://localhost:3000"], list), true);
  assertEquals(passes(["http://example.com"], list), false);
  assertEquals(passes(["https://example.com:443"], list), false);
  assertEquals(passes(["http://localhost:3001"], list), false);
  assertEquals(passes(["https://chat.example.com"], list), false); // not even the own host
});

Deno.test("hostile 29: checkOrigin() refuses two Origin fields, even equal ones", () => {
  const origin = "https://chat.example.com";
  assertEquals(passes([origin, origin]), false);
  assertEquals(passes([origin, "https://evil.io"], [origin]), false);
});

Deno.test("checkOrigin() lets every page in for the star, and null only where it is listed", () => {
  assertEquals(passes(["https://evil.example"], "*"), true);
  assertEquals(passes(["null"], "*"), true);
  assertEquals(passes(["null"], ["null"]), true);
  assertEquals(passes(["null"], []), false);
});

/** Status of a request for a host, or 101. */
function statusFor(host: string | undefined, allowedHosts: string[] | undefined): number {
  try {
    checkHost(host ?? "", { allowedHosts });
    return 101;
  } catch (error) {
    return (error as HandshakeError).status;
  }
}

Deno.test("checkHost() answers for listed hosts, with any port or with theirs", () => {
  assertEquals(statusFor("example.com", ["example.com"]), 101);
  assertEquals(statusFor("EXAMPLE.com:8080", ["example.com"]), 101);
  assertEquals(statusFor("example.com:8080", ["example.com:8080"]), 101);
  assertEquals(statusFor("[::1]:8080", ["[::1]"]), 101);
  assertEquals(statusFor("[::1]", ["[::1]"]), 101);
  assertEquals(statusFor("anything", undefined), 101);
});

Deno.test("hostile 30: checkHost() refuses a name that a rebinding DNS server sends by 421", () => {
  for (const host of ["evil.example", "localhost.evil.example", "localhost.", "127.0.0.1", ""]) {
    assertEquals(statusFor(host, ["localhost"]), 421, host);
  }
  assertEquals(statusFor("example.com:8081", ["example.com:8080"]), 421);
  assertEquals(statusFor("example.com", ["example.com:8080"]), 421);
  assertEquals(statusFor("[::1]:8080", ["[::2]", "1]"]), 421);
  assertEquals(statusFor(undefined, ["localhost"]), 421);
});

Deno.test("hostile 148: hasOtherScheme() compares the scheme of a whole URL with the connection's", () => {
  for (const target of ["http://a.example/", "HTTP://a.example"]) {
    assertEquals([hasOtherScheme(target, true), hasOtherScheme(target, false)], [true, false]);
  }
  for (const target of ["https://a.example/", "Https://a.example"]) {
    assertEquals([hasOtherScheme(target, true), hasOtherScheme(target, false)], [false, true]);
  }
  for (const target of ["/", "/https://a.example", "*", "a.example:443"]) {
    assertEquals([hasOtherScheme(target, true), hasOtherScheme(target, false)], [false, false]);
  }
});
