import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { ClientError, describe, ServerError } from "../../client/errors.ts";

Deno.test("ClientError has a code and the server's error as its cause", () => {
  const cause = new ServerError("RATE_LIMITED", "Rate limit exceeded", { retryAfter: 2 });
  const error = new ClientError("ACK_REFUSED", "Refused", { cause });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.code, error.message], ["ClientError", "ACK_REFUSED", "Refused"]);
  assertStrictEquals(error.cause, cause);
  assertEquals([cause.name, cause.details], ["ServerError", { retryAfter: 2 }]);
});

Deno.test("ServerError has no details by default", () => {
  assertEquals(new ServerError("FORBIDDEN", "No").details, {});
});

Deno.test("describe() has a text for whatever is thrown", () => {
  const described = [new TypeError("No"), "text", undefined, Symbol("x")].map(describe);
  assertEquals(described, ["TypeError: No", "text", "undefined", "Symbol(x)"]);
  assertEquals(describe(Object.create(null)), "Unknown error");
});
