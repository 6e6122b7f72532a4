/** Between the messages of the JSON wire and what the client speaks of. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServerError } from "../../client/errors.ts";
import { encodeAnswer, encodeEvent, readAnswer } from "../../client/message.ts";
import { toError } from "../support/server_error.ts";

Deno.test("readAnswer() makes an error with its details", () => {
  const details = { retryAfter: 2 };
  const answer = readAnswer({ error: { code: "RATE_LIMITED", message: "No", details } });
  assert("error" in answer);
  assertEquals(toError(answer.error), { code: "RATE_LIMITED", message: "No", details });
  assertEquals(readAnswer({ data: [2] }), { data: [2] });
});

Deno.test("encodeEvent() writes fields flat, anything else and what wants an answer enveloped", () => {
  assertEquals(encodeEvent("say", { text: "a" }), '{"type":"say","text":"a"}');
  assertEquals(encodeEvent("say", { type: "b" }), '{"event":"say","data":{"type":"b"}}');
  assertEquals(encodeEvent("say", [1]), '{"event":"say","data":[1]}');
  assertEquals(encodeEvent("say", undefined), '{"event":"say"}');
  assertEquals(encodeEvent("say", { a: 1 }, "7"), '{"id":"7","event":"say","data":{"a":1}}');
  assertThrows(() => encodeEvent("say", { n: 1n }), TypeError, "data.n is a bigint");
  for (const event of ["", 5 as unknown as string]) {
    assertThrows(() => encodeEvent(event, {}), TypeError, "without a name");
  }
});

Deno.test("encodeAnswer() writes data, or an error's code and message", () => {
  assertEquals(encodeAnswer("1", { data: undefined }), '{"ack":"1"}');
  assertEquals(encodeAnswer("1", { data: null }), '{"ack":"1","data":null}');
  const error = new ServerError("NO", "Not now", { secret: 1 });
  assertEquals(
    encodeAnswer("1", { error }),
    '{"ack":"1","error":{"code":"NO","message":"Not now"}}',
  );
});
