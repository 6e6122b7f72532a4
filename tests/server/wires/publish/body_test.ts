/** Bodies of requests to publish. */

import { assertEquals, assertThrows } from "@std/assert";
import { HttpError } from "../../../../server/wires/http_answer.ts";
import { parsePublishBody } from "../../../../server/wires/publish/body.ts";

Deno.test("parsePublishBody() reads a message for a room, for a user, or several", () => {
  const one = { room: "deck", event: "note", data: { n: 1 } };
  const kind = "publication";
  const parsed = { kind, target: { room: "deck" }, event: "note", data: { n: 1 } };
  assertEquals<unknown>(parsePublishBody(JSON.stringify(one)), parsed);
  const bare = { kind, target: { user: "ada" }, event: "note", data: undefined } as const;
  assertEquals<unknown>(parsePublishBody('{"user":"ada","event":"note"}'), bare);
  const batch = [one, { user: "ada", event: "note" }];
  assertEquals<unknown>(parsePublishBody(` ${JSON.stringify(batch)}`), [parsed, bare]);
  assertEquals<unknown>(parsePublishBody("[]"), []);
});

Deno.test("parsePublishBody() refuses what is no message", () => {
  for (
    const body of [
      "null",
      "7",
      '"deck"',
      "{}",
      '{"room":"deck"}',
      '{"event":"note"}',
      '{"room":1,"event":"note"}',
      '{"room":"deck","user":"ada","event":"note"}',
      '[{"room":"deck","event":"note"},[]]',
    ]
  ) {
    const error = assertThrows(() => parsePublishBody(body), HttpError);
    assertEquals([error.status, error.code], [400, "INVALID_MESSAGE"], body);
  }
  for (const body of ["", "{", "[", '{"room":}']) {
    assertEquals(assertThrows(() => parsePublishBody(body), HttpError).code, "PARSE_ERROR", body);
  }
});

Deno.test("hostile 282: parsePublishBody() reads no more than a thousand messages", () => {
  const message = '{"room":"deck","event":"note"}';
  const batch = (count: number) => `[${Array.from({ length: count }, () => message)}]`;
  assertEquals((parsePublishBody(batch(1_000)) as unknown[]).length, 1_000);
  assertEquals(assertThrows(() => parsePublishBody(batch(1_001)), HttpError).status, 413);
  assertEquals(
    assertThrows(() => parsePublishBody(`[${"1,".repeat(9_999)}`), HttpError).status,
    413,
  );
});
