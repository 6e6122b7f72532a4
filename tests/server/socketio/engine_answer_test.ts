/** Tests of server/socketio/engine_answer.ts. */

import { assertEquals } from "@std/assert";
import { errorResponse, textResponse } from "../../../server/socketio/engine_answer.ts";

for (
  const [error, status, body] of [
    ["unknownTransport", 400, '{"code":0,"message":"Transport unknown"}'],
    ["unknownSession", 400, '{"code":1,"message":"Session ID unknown"}'],
    ["badMethod", 400, '{"code":2,"message":"Bad handshake method"}'],
    ["badRequest", 400, '{"code":3,"message":"Bad request"}'],
    ["forbidden", 403, '{"code":4,"message":"Forbidden"}'],
    ["unknownVersion", 400, '{"code":5,"message":"Unsupported protocol version"}'],
  ] as const
) {
  Deno.test(`errorResponse() answers as clients know it (${error})`, async () => {
    const response = errorResponse(error);
    assertEquals([response.status, await response.text()], [status, body]);
  });
}

Deno.test("errorResponse() has another text or status where it is given one", async () => {
  const response = errorResponse("forbidden", "Not you", 400);
  assertEquals([response.status, await response.json()], [400, { code: 4, message: "Not you" }]);
});

Deno.test("textResponse() is kept by nobody", async () => {
  const response = textResponse("4a");
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(response.headers.get("content-type"), "text/plain; charset=UTF-8");
  assertEquals(await response.text(), "4a");
});
