/** Tests of server/fetched_response.ts, with responses that `fetch` has really brought. */

import { assertEquals } from "@std/assert";
import { copyResponse, isDecoded, trueHeaders } from "../../server/fetched_response.ts";
import { takeKnownBody } from "../../server/known_body.ts";
import { Upstream } from "../support/upstream.ts";

Deno.test("isDecoded() knows which bodies fetch decodes", async () => {
  await using upstream = new Upstream();
  const seen: [string, boolean][] = [];
  for (const coding of ["gzip", "GZIP", "br", "deflate", "zstd", ""]) {
    const response = await fetch(upstream.url(coding));
    const text = await response.text();
    // Where a later fetch decodes more, the table of codings wants to know.
    assertEquals(isDecoded(response), coding !== "" && text === upstream.text, coding);
    seen.push([coding, isDecoded(response)]);
  }
  assertEquals(seen.filter(([, decoded]) => decoded).map(([coding]) => coding), [
    "gzip",
    "GZIP",
    "br",
  ]);
});

Deno.test("isDecoded() takes what a handler has encoded itself for encoded", () => {
  const headers = { "content-encoding": "gzip" };
  assertEquals(isDecoded(new Response("...", { headers })), false);
});

Deno.test("trueHeaders() leaves out what is not true of a decoded body, and nothing else", async () => {
  await using upstream = new Upstream();
  const response = await fetch(upstream.url("gzip"));
  const headers = trueHeaders(response);
  assertEquals(headers.get("x-upstream"), "yes");
  assertEquals([headers.has("content-encoding"), headers.has("content-length")], [false, false]);
  assertEquals(response.headers.get("content-encoding"), "gzip");
  await response.body?.cancel();
  const own = new Response("x", { headers: { "content-encoding": "gzip" } });
  assertEquals(trueHeaders(own), own.headers);
});

Deno.test("copyResponse() makes a response that can be changed, of one that cannot", async () => {
  await using upstream = new Upstream();
  const redirect = copyResponse(Response.redirect("http://example.com/a", 303));
  redirect.headers.append("vary", "origin");
  assertEquals([redirect.status, redirect.headers.get("location")], [303, "http://example.com/a"]);
  const fetched = copyResponse(await fetch(upstream.url("gzip")));
  fetched.headers.append("vary", "origin");
  assertEquals([fetched.status, fetched.statusText], [200, "OK"]);
  assertEquals(fetched.headers.get("content-encoding"), null);
  assertEquals(await fetched.text(), upstream.text);
});

Deno.test("copyResponse() takes text, bytes and streams over, with their types or without", async () => {
  const json = { headers: { "content-type": "application/json" } };
  const untyped = new Response("text");
  untyped.headers.delete("content-type");
  const stream = new Blob(["stream"]).stream();
  const responses: [Response, string | null, string][] = [
    [new Response("text"), "text/plain;charset=UTF-8", "text"],
    [new Response("{}", json), "application/json", "{}"],
    [untyped, null, "text"],
    [new Response(new TextEncoder().encode("bytes"), json), "application/json", "bytes"],
    [new Response(stream, json), "application/json", "stream"],
    [new Response(null, json), "application/json", ""],
  ];
  for (const [response, type, text] of responses) {
    const copy = copyResponse(response);
    assertEquals(copy.headers.get("content-type"), type);
    assertEquals(await copy.text(), text);
  }
});

Deno.test("copyResponse() makes no stream of text", () => {
  assertEquals(takeKnownBody(copyResponse(new Response("text"))), "text");
});
