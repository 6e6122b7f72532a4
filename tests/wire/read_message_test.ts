/** Reading of messages that both ends send: events, acknowledgements, and what is wrong with them. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  isName,
  malformed,
  parseMessage,
  parseMessages,
  readEnveloped,
  unnamedEvent,
} from "../../wire/read_message.ts";

Deno.test("parseMessage() hands over the value, and how to read data in it", () => {
  const read = (value: unknown, readData: (value: unknown) => unknown) => readData(value);
  assertEquals(parseMessage('[{"$base64":"AQ=="}]', read), [Uint8Array.of(1)]);
  assertEquals(parseMessage('{"a":1}', read), { a: 1 });
  assertEquals(parseMessages('[{"$base64":"AQ=="},2]', read), [Uint8Array.of(1), 2]);
  assertEquals(parseMessages("5", read), [5]);
});

Deno.test("parseMessage() makes no objects for what cannot be read", () => {
  for (const text of ["{", new Uint8Array(1), '{"$base64":1}']) {
    const read = (value: unknown, readData: (value: unknown) => unknown) => readData(value);
    assertStrictEquals(parseMessage(text, read), parseMessage(text, read));
  }
});

Deno.test("readEnveloped() looks for an event, then for an acknowledgement", () => {
  const read = (message: Record<string, unknown>) => readEnveloped(message, (value) => value);
  assertEquals(read({ event: "a", ack: "1", data: 2 }), { kind: "event", event: "a", data: 2 });
  assertEquals(read({ ack: "1", data: 2 }), { kind: "answer", id: "1", answer: { data: 2 } });
  assertStrictEquals(read({}), unnamedEvent);
});

Deno.test("malformed() names the event where it is known", () => {
  assertEquals(Object.keys(malformed("PARSE_ERROR", "No")), ["kind", "code", "message"]);
  assertEquals(malformed("INVALID_MESSAGE", "No", "say").event, "say");
  for (const value of ["", 5, null, undefined, {}]) assertEquals(isName(value), false);
});
