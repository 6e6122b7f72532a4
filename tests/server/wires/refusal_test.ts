/** Refusals as responses. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { EventError } from "../../../server/app/events/errors.ts";
import { errorResponse } from "../../../server/wires/http_answer.ts";
import { httpErrorOf, refusalResponse, statusOf } from "../../../server/wires/refusal.ts";

Deno.test("statusOf() says each code by its status, and codes of the application's own by 403", () => {
  const codes = ["PARSE_ERROR", "UNAUTHORIZED", "FORBIDDEN", "RATE_LIMITED", "INTERNAL", "BANNED"];
  const statuses = codes.map((code) => statusOf(new EventError(code as Uppercase<string>, "No")));
  assertEquals(statuses, [400, 401, 403, 429, 500, 403]);
  assertEquals(statusOf(new EventError("UNAVAILABLE", "No")), 503);
});

Deno.test("httpErrorOf() keeps the code, the message and the details of a refusal", async () => {
  const details = { free: 0 };
  const error = httpErrorOf(new EventError("FULL", "Nobody fits in any more", { details }));
  const response = errorResponse(error);
  assertEquals(response.status, 403);
  assertEquals(await response.json(), {
    type: "error",
    code: "FULL",
    message: "Nobody fits in any more",
    free: 0,
  });
});

Deno.test("refusalResponse() names an error of a token only to who has tried one", async () => {
  const missing = refusalResponse(new EventError("UNAUTHORIZED", "Missing token"));
  assertEquals(missing.headers.get("www-authenticate"), "Bearer");
  const details = { reason: "invalid_token" };
  const invalid = refusalResponse(new EventError("UNAUTHORIZED", "Invalid token", { details }));
  assertEquals(invalid.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
  assertEquals([invalid.status, await invalid.text()], [401, "Invalid token"]);
});

Deno.test("refusalResponse() says when to come back, whatever the details are", () => {
  const of = (retryAfter: unknown) =>
    refusalResponse(new EventError("RATE_LIMITED", "No", { details: { retryAfter } }))
      .headers.get("retry-after");
  assertEquals([of(1.2), of(undefined), of("7\r\nx: y")], ["2", "5", null]);
  assertEquals(
    refusalResponse(new EventError("UNAVAILABLE", "No")).headers.get("retry-after"),
    "5",
  );
});

Deno.test("refusalResponse() leaves a response as it is", () => {
  const response = Response.redirect("http://localhost/login");
  assertStrictEquals(refusalResponse(response), response);
});
