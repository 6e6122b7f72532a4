/** Tests of server/net/http/request.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { parseRequest } from "../../../support/heads.ts";
import { timeRatio } from "../../../support/time_ratio.ts";
import { HeaderFields } from "../../../../protocol/header_fields.ts";
import {
  makeRequest,
  type RequestContent,
  RequestOnce,
  requestUrl,
  UpgradeRecord,
} from "../../../../server/net/http/request.ts";

function urlOf(target: string, host = "example.com", method = "GET"): string {
  const head = parseRequest(`${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  return requestUrl(head, "http", head.fields.get("host")!);
}

Deno.test("requestUrl() puts the target behind the host", () => {
  assertEquals(urlOf("/a?b=c"), "http://example.com/a?b=c");
  assertEquals(urlOf("/", "example.com:8080"), "http://example.com:8080/");
  assertEquals(urlOf("/", "[::1]:8080"), "http://[::1]:8080/");
});

Deno.test("requestUrl() has the scheme of the connection", () => {
  const head = parseRequest("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
  assertEquals(requestUrl(head, "https", "example.com"), "https://example.com/a");
});

Deno.test("requestUrl() makes a path of the asterisk", () => {
  assertEquals(new URL(urlOf("*", "example.com", "OPTIONS")).pathname, "/*");
});

Deno.test("requestUrl() makes a URL of the host that CONNECT is for", () => {
  for (const host of ["a.example:443", "192.0.2.1:443", "[::1]:443"]) {
    assertEquals(new URL(urlOf(host, "example.com", "CONNECT")).hostname, host.slice(0, -4));
  }
  assertEquals(urlOf("/a", "example.com", "CONNECT"), "http://example.com/a");
});

Deno.test("hostile 27: requestUrl() keeps the host whatever the target is", () => {
  const targets: [target: string, pathname: string][] = [
    ["//evil", "//evil"],
    ["//evil.example/x", "//evil.example/x"],
    ["///evil", "///evil"],
    ["/@evil", "/@evil"],
    ["/:80", "/:80"],
    ["/?//evil", "/"],
  ];
  for (const [target, pathname] of targets) {
    const url = new URL(urlOf(target));
    assertEquals([url.host, url.pathname], ["example.com", pathname], target);
  }
});

Deno.test("hostile 27: requestUrl() takes host and path of an absolute-form target", () => {
  assertEquals(new URL(urlOf("http://other.example/a/b?c")).href, "http://other.example/a/b?c");
  assertEquals(new URL(urlOf("http://other.example")).pathname, "/");
});

class Content implements RequestContent {
  readonly #text: string;
  isCollected = false;

  constructor(text: string) {
    this.#text = text;
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new Response(this.#text).body!;
  }

  collect(): void {
    this.isCollected = true;
  }
}

Deno.test("makeRequest() carries method, fields and body", async () => {
  const head = parseRequest(
    "PUT /a HTTP/1.1\r\nHost: example.com\r\nX-Name: J\xf6rg\r\nx-name: 2\r\n\r\n",
  );
  const body = new Content("content");
  const { signal } = new AbortController();
  const request = makeRequest(head, { url: "http://example.com/a", body, signal });
  assertEquals([request.method, request.url], ["PUT", "http://example.com/a"]);
  assertEquals(request.headers.get("x-name"), "J\xf6rg, 2");
  assertEquals(request.headers.get("host"), "example.com");
  assertEquals(body.isCollected, false);
  assertEquals(await request.text(), "content");
  assertEquals(body.isCollected, true);
});

Deno.test("makeRequest() gives GET and HEAD no body", () => {
  for (const method of ["GET", "HEAD"]) {
    const head = parseRequest(`${method} / HTTP/1.1\r\nHost: example.com\r\n\r\n`);
    const body = new Content("content");
    const { signal } = new AbortController();
    const request = makeRequest(head, { url: "http://example.com/", body, signal });
    assertEquals([request.method, request.body], [method, null]);
  }
});

Deno.test("makeRequest() passes the signal on", () => {
  const head = parseRequest("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
  const controller = new AbortController();
  const { signal } = controller;
  const request = makeRequest(head, { url: "http://example.com/", body: undefined, signal });
  controller.abort();
  assertEquals(request.signal.aborted, true);
});

Deno.test("UpgradeRecord makes the request of the head anew, each field in its place", () => {
  const fields = new HeaderFields([["host", "example.com"], ["x-empty", ""], ["cookie", "a=b; c"]]);
  const head = { method: "GET", target: "/ws?x=1", version: 1, fields } as const;
  const record = new UpgradeRecord(head, "http://example.com/ws?x=1");
  for (const request of [record.makeRequest(), record.makeRequest()]) {
    assertEquals(request.url, "http://example.com/ws?x=1");
    assertEquals([...request.headers], [["cookie", "a=b; c"], ["host", "example.com"], [
      "x-empty",
      "",
    ]]);
  }
});

Deno.test("UpgradeRecord makes a request that code takes for a standard one", () => {
  const head = parseRequest("GET /ws?x=1 HTTP/1.1\r\nHost: a\r\nX-Name: ada\r\n\r\n");
  const request = new UpgradeRecord(head, "http://a/ws?x=1").makeRequest();
  assert(request instanceof Request);
  assertEquals([request.method, request.signal.aborted, request.body], ["GET", false, null]);
  const copy = new Request(request);
  assertEquals([copy.url, copy.headers.get("x-name")], ["http://a/ws?x=1", "ada"]);
});

Deno.test("hostile 333: UpgradeRecord tells the URL of a long head at the cost of a short one", () => {
  const longFields = Array.from({ length: 4 }, (_, i) => `X${i}: ${"a".repeat(3_800)}\r\n`).join(
    "",
  );
  const askAll = (fields: string) => {
    const head = parseRequest(`GET /ws HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    const records = Array.from({ length: 200 }, () => new UpgradeRecord(head, "http://a/ws"));
    return () => {
      for (const record of records) assertEquals(record.makeRequest().url, "http://a/ws");
    };
  };
  const ratio = timeRatio(askAll(longFields), askAll(""), 5);
  assert(ratio < 5, `${ratio} times as long`);
});

Deno.test("UpgradeRecord makes a request without fields", () => {
  const head = { method: "GET", target: "/", version: 1, fields: new HeaderFields([]) } as const;
  assertEquals([...new UpgradeRecord(head, "http://a/").makeRequest().headers], []);
});

Deno.test("makeRequest() and UpgradeRecord join cookies of several fields by semicolons", () => {
  const head = parseRequest(
    "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2\r\nAccept: x\r\ncookie: c=3\r\nAccept: y\r\n\r\n",
  );
  const { signal } = new AbortController();
  const parts = { url: "http://a/", body: undefined, signal };
  for (
    const made of [makeRequest(head, parts), new UpgradeRecord(head, "http://a/").makeRequest()]
  ) {
    assertEquals(made.headers.get("cookie"), "a=1; b=2; c=3");
    assertEquals(made.headers.get("accept"), "x, y");
  }
});

Deno.test("RequestOnce makes one request, and only when it is asked for", () => {
  const fields = new HeaderFields([["host", "a"]]);
  const head = { method: "GET", target: "/", version: 1, fields } as const;
  const record = new UpgradeRecord(head, "http://a/");
  const once = new RequestOnce(record, "http://a/");
  assertEquals(once.url, "http://a/");
  assertStrictEquals(once.makeRequest(), once.makeRequest());
});

Deno.test("hostile 130: a request costs time in proportion to its fields", () => {
  const makeMany = (count: number) => {
    const entries = Array.from({ length: count }, (_, at) => [`a${at}`, ""] as const);
    const fields = new HeaderFields(entries);
    const head = { method: "GET", target: "/", version: 1, fields } as const;
    const { signal } = new AbortController();
    const url = "http://a/";
    const record = new UpgradeRecord(head, url);
    return () => {
      for (let round = 0; round < 100; round++) {
        makeRequest(head, { url, body: undefined, signal });
        record.makeRequest();
      }
    };
  };
  // Copied from a Headers object, ten times the fields took fifty times as long.
  const ratio = timeRatio(makeMany(100), makeMany(10), 20);
  assert(ratio < 20, `${ratio} times as long`);
});
