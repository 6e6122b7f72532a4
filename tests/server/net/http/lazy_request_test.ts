/** Tests of server/net/http/lazy_request.ts. */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type LazyParts, makeLazyRequest } from "../../../../server/net/http/lazy_request.ts";

/** Parts that count how often a standard request was made of them. */
class Parts implements LazyParts {
  method = "GET";
  url = "http://EXAMPLE.com:80/a/../b?c=d";
  readonly signal = new AbortController().signal;
  made = 0;

  fields(): [name: string, value: string][] {
    return [["host", "example.com"], ["x-name", "1"], ["x-name", "2"]];
  }

  makeStandard(headers: HeadersInit): Request {
    this.made++;
    return new Request(this.url, { method: this.method, headers, signal: this.signal });
  }
}

Deno.test("makeLazyRequest() makes no standard request for method, URL, fields and signal", () => {
  const parts = new Parts();
  const request = makeLazyRequest(parts);
  assertEquals([request.method, request.url], ["GET", "http://example.com/b?c=d"]);
  assertEquals([...request.headers], [["host", "example.com"], ["x-name", "1, 2"]]);
  assertStrictEquals(request.headers, request.headers);
  assertStrictEquals(request.signal, parts.signal);
  assertEquals([request.body, request.bodyUsed, parts.made], [null, false, 0]);
});

Deno.test("makeLazyRequest() makes what is a Request to all who look", async () => {
  const request = makeLazyRequest(new Parts());
  assert(request instanceof Request);
  assertStrictEquals(request.constructor, Request);
  assertEquals(Object.prototype.toString.call(request), "[object Request]");
  assertEquals(request.redirect, "follow");
  assertEquals(await request.text(), "");
  assertEquals((await request.arrayBuffer()).byteLength, 0);
  assertThrows(() => structuredClone(request));
});

Deno.test("makeLazyRequest() makes what can be copied, cloned and used as an init", () => {
  const parts = new Parts();
  const request = makeLazyRequest(parts);
  const copies = [
    new Request(request),
    request.clone(),
    new Request("http://example.com/b?c=d", request),
    new Request(request.clone(), { headers: request.headers }),
  ];
  for (const copy of copies) {
    assertEquals([copy.method, copy.url], ["GET", "http://example.com/b?c=d"]);
    assertEquals(copy.headers.get("x-name"), "1, 2");
  }
  assertEquals(parts.made, 1);
});

Deno.test("makeLazyRequest() makes what fetch() takes", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) => new Response(`${request.method} ${request.headers.get("x-name")}`),
  );
  const parts = new Parts();
  parts.url = `http://127.0.0.1:${server.addr.port}/`;
  parts.method = "DELETE";
  assertEquals(await (await fetch(makeLazyRequest(parts))).text(), "DELETE 1, 2");
});

Deno.test("makeLazyRequest() keeps what a handler changes in the fields", () => {
  const request = makeLazyRequest(new Parts());
  request.headers.set("x-name", "3");
  assertEquals(new Request(request).headers.get("x-name"), "3");
  request.headers.append("x-name", "4");
  assertEquals(request.clone().headers.get("x-name"), "3, 4");
  const cloned = makeLazyRequest(new Parts());
  cloned.clone();
  cloned.headers.set("x-name", "5");
  assertEquals(cloned.clone().headers.get("x-name"), "5");
});

Deno.test("makeLazyRequest() aborts with its signal", () => {
  const controller = new AbortController();
  const parts = Object.assign(new Parts(), { signal: controller.signal });
  const copy = makeLazyRequest(parts).clone();
  controller.abort();
  assert(copy.signal.aborted);
});

Deno.test("makeLazyRequest() throws what makes no URL when it is asked for", () => {
  const parts = Object.assign(new Parts(), { url: "http://999.1.1.1/" });
  assertThrows(() => makeLazyRequest(parts).url, TypeError);
});
