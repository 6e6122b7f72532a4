/** Requests and responses of the HTTP wires. */

import { assertEquals, assertThrows } from "@std/assert";
import {
  checkMethod,
  checkSource,
  decodeText,
  errorResponse,
  exposeTo,
  HttpError,
  jsonResponse,
  preflightResponse,
} from "../../../server/wires/http_answer.ts";

const url = "http://localhost/poll";

const gate = {
  allowsOrigin: (origin: string, to: string) => origin === "https://ours" && to === url,
};

function statusOf(headers: HeadersInit): number {
  try {
    checkSource(new Request(url, { headers }), gate);
    return 200;
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
}

Deno.test("errorResponse() writes an error as the JSON wire does", async () => {
  const error = new HttpError(503, "UNAVAILABLE", "Too many", { "retry-after": "5" });
  const response = errorResponse(error);
  assertEquals([response.status, response.headers.get("retry-after")], [503, "5"]);
  assertEquals(await response.json(), { type: "error", code: "UNAVAILABLE", message: "Too many" });
});

Deno.test("jsonResponse() is kept by nobody", () => {
  const { status, headers } = jsonResponse("{}");
  assertEquals(status, 200);
  assertEquals([headers.get("content-type"), headers.get("cache-control")], [
    "application/json",
    "no-store",
  ]);
});

Deno.test("checkMethod() names the method that is allowed", () => {
  checkMethod(new Request(url), "GET");
  const error = assertThrows(() => checkMethod(new Request(url), "POST"), HttpError);
  assertEquals([error.status, error.headers], [405, { allow: "POST" }]);
});

Deno.test("decodeText() reads UTF-8 and nothing else", () => {
  assertEquals(decodeText(new TextEncoder().encode("naïve")), "naïve");
  const error = assertThrows(() => decodeText(Uint8Array.of(0xff)), HttpError);
  assertEquals([error.status, error.code], [400, "PARSE_ERROR"]);
});

Deno.test("hostile 28: checkSource() lets in who is no browser, and pages that may", () => {
  assertEquals(statusOf({}), 200);
  assertEquals(statusOf({ origin: "https://ours" }), 200);
  assertEquals(statusOf({ origin: "https://evil" }), 403);
  assertEquals(statusOf({ origin: "https://ours, https://ours" }), 403);
  assertEquals(statusOf({ origin: "" }), 403);
});

Deno.test("hostile 28: checkSource() refuses images and scripts of pages from elsewhere", () => {
  for (const site of ["same-origin", "none"]) {
    assertEquals(statusOf({ "sec-fetch-site": site }), 200);
  }
  for (const site of ["cross-site", "same-site", "x"]) {
    assertEquals(statusOf({ "sec-fetch-site": site }), 403, site);
  }
  const headers = { origin: "https://ours", "sec-fetch-site": "cross-site" };
  assertEquals(statusOf(headers), 200);
});

Deno.test("exposeTo() lets the page that asked read the response, with its cookies", () => {
  const request = new Request(url, { headers: { origin: "https://ours" } });
  const { headers } = exposeTo(request, new Response());
  assertEquals(headers.get("access-control-allow-origin"), "https://ours");
  assertEquals(headers.get("access-control-allow-credentials"), "true");
  assertEquals(headers.get("vary"), "origin");
  const plain = exposeTo(new Request(url), new Response()).headers;
  assertEquals([plain.get("access-control-allow-origin"), plain.get("vary")], [null, "origin"]);
});

Deno.test("preflightResponse() allows what clients send", () => {
  const { status, headers } = preflightResponse("POST");
  assertEquals([status, headers.get("access-control-allow-methods")], [204, "POST"]);
  assertEquals(
    headers.get("access-control-allow-headers"),
    "authorization, content-type, last-event-id",
  );
});
