import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { isHost, isRequestTarget } from "../../protocol/request_target.ts";

Deno.test("isRequestTarget() accepts paths with queries as browsers send them", () => {
  for (
    const target of [
      "/",
      "/a/b?c=d&e",
      "/?",
      "/a?b?c",
      "/%e2%82%ac",
      "/a|b[c]^{d}",
      "/~:@!$&'()*+,;=",
    ]
  ) {
    assert(isRequestTarget("GET", target), target);
  }
});

Deno.test("isRequestTarget() accepts absolute URLs of http and https", () => {
  for (
    const target of [
      "http://a.example",
      "HTTPS://a.example:8443/b?c",
      "http://[::1]:80/",
      "http://a?b",
    ]
  ) {
    assert(isRequestTarget("GET", target), target);
  }
});

Deno.test("hostile 27: isRequestTarget() takes a path that a URL leaves as it is", () => {
  for (
    const target of ["//evil.example/a", "/a//b/", "/...", "/.a/b.", "/a..b", "/a%2fb", "/a%5cb"]
  ) {
    assert(isRequestTarget("GET", target), target);
    const url = new URL(`http://a.example${target}`);
    assertEquals([url.host, url.pathname], ["a.example", target]);
  }
});

const dots = [".", "..", "%2e", "%2E", ".%2e", "%2e.", "%2e%2E"];

Deno.test("hostile 147: isRequestTarget() refuses dot segments in any spelling", () => {
  for (const dot of dots) {
    for (const end of ["", "/", "/metrics", "%2fmetrics", "%5Cmetrics", "?a"]) {
      for (const start of ["/", "/a/", "/a%2f", "/a%5c", "//"]) {
        const target = `${start}${dot}${end}`;
        assert(!isRequestTarget("GET", target), target);
        assert(!isRequestTarget("GET", `http://a.example${target}`), target);
      }
    }
  }
});

Deno.test("hostile 147: isRequestTarget() refuses backslashes in a path", () => {
  for (const target of ["/\\a", "/.\\metrics", "/ws\\admin", "\\a", "http://a.example/b\\c"]) {
    assert(!isRequestTarget("GET", target), target);
  }
});

Deno.test("hostile 147: isRequestTarget() takes dots and backslashes in a query", () => {
  for (const target of ["/?a=/../b", "/?a=..", "/?a=b\\c", "/a?/./", "http://a.example?/.."]) {
    assert(isRequestTarget("GET", target), target);
  }
});

Deno.test("isRequestTarget() takes no path that a URL parser would change the segments of", () => {
  const part = fc.constantFrom(...dots, "a", "/", "\\", "%2f", "%5c", "?", "%41", "b.c", "|");
  fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
    const target = `/${parts.join("")}`;
    if (!isRequestTarget("GET", target)) return;
    const path = target.split("?", 1)[0]!;
    const { pathname } = new URL(`http://a.example${target}`);
    assertEquals(pathname.split("/").length, path.split("/").length);
    const decoded = decodeURIComponent(pathname).split(/[/\\]/);
    assert(!decoded.some((segment) => segment === "." || segment === ".."), target);
  }));
});

Deno.test("hostile 27: isRequestTarget() refuses NUL, fragments, controls, and paths that cannot be decoded", () => {
  for (
    const target of [
      "",
      "a",
      "?a",
      "#",
      "/a#b",
      "/%00",
      "/a?%00",
      "/a?b=%zz%00",
      "/%",
      "/%4",
      "/%4g",
      "/%zz",
      "/100%",
      "/100%?a",
      "/%ff",
      "/%c0%80",
      "/%c0%ae%c0%ae/a",
      "/%ed%a0%80",
      "/a b",
      "/a?b c",
      "/a\tb",
      "/\x7f",
      "/é",
      "/?é",
      "/\0",
    ]
  ) {
    assert(!isRequestTarget("GET", target), JSON.stringify(target));
    if (!target.startsWith("/")) continue;
    assert(!isRequestTarget("GET", `http://a.example${target}`), JSON.stringify(target));
  }
});

Deno.test("hostile 27: isRequestTarget() takes a percent sign in a query as it stands", () => {
  const queries: [query: string, name: string, value: string][] = [
    ["utm=100%", "utm", "100%"],
    ["name=100%25%", "name", "100%%"],
    ["a=%zz", "a", "%zz"],
    ["a=%4", "a", "%4"],
    ["a=%ff", "a", "\ufffd"],
    ["%=%", "%", "%"],
    ['a="<>`{|}^\\', "a", '"<>`{|}^\\'],
  ];
  for (const [query, name, value] of queries) {
    const target = `/ws?${query}`;
    assert(isRequestTarget("GET", target), target);
    assert(isRequestTarget("GET", `http://a.example${target}`), target);
    assert(isRequestTarget("GET", `http://a.example?${query}`), target);
    assertEquals(new URL(`http://a.example${target}`).searchParams.get(name), value);
  }
});

Deno.test("hostile 27: isRequestTarget() refuses absolute URLs with userinfo or another scheme", () => {
  for (
    const target of [
      "http://",
      "http:///a",
      "http:/a",
      "http://a@b/",
      "http://a:b@c/",
      "http://a/#b",
      "http://a/%00",
      "http://a#b",
      "http://a\\b/",
      "http://a:99999/",
      "http://[::g]/",
      "ftp://a/",
      "ws://a/",
      "javascript:a",
    ]
  ) {
    assert(!isRequestTarget("GET", target), target);
  }
});

Deno.test("isRequestTarget() leaves * to OPTIONS and host:port to CONNECT", () => {
  assert(isRequestTarget("OPTIONS", "*"));
  assert(!isRequestTarget("GET", "*"));
  assert(!isRequestTarget("OPTIONS", "*a"));
  assert(isRequestTarget("CONNECT", "a.example:443"));
  assert(isRequestTarget("CONNECT", "/a"));
  assert(!isRequestTarget("CONNECT", "a@b:443"));
  assert(!isRequestTarget("GET", "a.example:443"));
});

Deno.test("isHost() accepts names, addresses and ports", () => {
  for (
    const host of [
      "a",
      "a.example",
      "A_b-c.example:8080",
      "127.0.0.1:80",
      "[::1]",
      "[::1]:8080",
      "a:",
    ]
  ) {
    assert(isHost(host), host);
    assert(URL.canParse(`http://${host}/`), host);
  }
});

Deno.test("hostile 7: isHost() refuses userinfo, paths, controls and what is no URL", () => {
  for (
    const host of [
      "",
      ":80",
      "a@b",
      "a:b@c",
      "a/b",
      "a?b",
      "a#b",
      "a\\b",
      "a b",
      "a\tb",
      "a,b",
      "a\0",
      "é",
      "a%2eb",
      "a:b",
      "a:-1",
      "a:80:80",
      "a:99999",
      "[::1",
      "::1",
      "[]",
      "[::g]",
      "[::1]a",
      "[::1%25eth0]",
      "1.2.3.4.5",
    ]
  ) {
    assert(!isHost(host), JSON.stringify(host));
  }
});

Deno.test("isHost() and isRequestTarget() are linear in their input", () => {
  assert(!isHost("a".repeat(4_000_000) + "@"));
  assert(!isRequestTarget("GET", "/" + "%41".repeat(1_000_000) + "%"));
  assert(!isRequestTarget("GET", "/.%2e".repeat(1_000_000) + "a%"));
  assert(isRequestTarget("GET", "/?" + "%".repeat(3_000_000)));
});
