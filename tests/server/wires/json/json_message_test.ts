/** The messages of the JSON wire, from text and to text. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EventError } from "../../../../server/app/events/errors.ts";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";
import {
  decodeMessage,
  decodeMessages,
  encodeAnswer,
  encodeError,
  encodeEvent,
  encodeOutgoing,
  encodeRequest,
} from "../../../../server/wires/json/json_message.ts";

function assertMalformed(data: string | Uint8Array, code: string, message: string): void {
  const decoded = decodeMessage(data);
  assert(decoded.kind === "malformed", `taken as ${decoded.kind}`);
  assertEquals([decoded.error.code, decoded.error.message], [code, message]);
}

Deno.test("decodeMessage() takes the fields beside the type as the data", () => {
  assertEquals(decodeMessage('{"type":"note","text":"hi","id":7}'), {
    kind: "event",
    event: "note",
    data: { text: "hi", id: 7 },
  });
  assertEquals(decodeMessage('{"type":"ping"}'), { kind: "event", event: "ping", data: {} });
});

Deno.test("decodeMessage() takes id, event and data as an event with acknowledgement", () => {
  assertEquals(decodeMessage('{"id":"a1","event":"note","data":[1]}'), {
    kind: "event",
    event: "note",
    data: [1],
    ackId: "a1",
  });
});

Deno.test("decodeMessage() takes an acknowledgement", () => {
  const { id } = JSON.parse(encodeRequest(300, "confirm", { page: 1 }));
  assertEquals(decodeMessage(JSON.stringify({ ack: id, data: 5 })), {
    kind: "ack",
    ackId: 300,
    answer: { data: 5 },
  });
});

Deno.test("decodeMessage() takes an acknowledgement that is an error", () => {
  const answers: [error: unknown, code: string, message: string][] = [
    [{ code: "BUSY", message: "Later" }, "BUSY", "Later"],
    [{ code: 5 }, "ERROR", "Client answered with an error"],
    ["no", "ERROR", "Client answered with an error"],
    [{ code: "X".repeat(1_000), message: "" }, "X".repeat(200), "Client answered with an error"],
  ];
  for (const [error, code, message] of answers) {
    const decoded = decodeMessage(JSON.stringify({ ack: "a1", error }));
    assert(decoded.kind === "ack" && "error" in decoded.answer);
    assertEquals([decoded.answer.error.code, decoded.answer.error.message], [code, message]);
  }
});

Deno.test("hostile 103: decodeMessage() knows the ids of its own requests only", () => {
  const { id } = JSON.parse(encodeRequest(300, "confirm", {}));
  assertMatch(id, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  for (const ack of ["300", "a1", "-1", id.slice(0, -1), `${id}0`, `${id.slice(0, -1)}x`]) {
    const decoded = decodeMessage(JSON.stringify({ ack, data: 5 }));
    assert(decoded.kind === "ack");
    assertEquals(decoded.ackId, NaN);
  }
  for (const ack of [-1, 1e300, null, {}, "", "x".repeat(129)]) {
    assertEquals(decodeMessage(JSON.stringify({ ack })).kind, "malformed");
  }
});

Deno.test("decodeMessage() refuses text that is not JSON", () => {
  for (const text of ["", "hello", "{", '{"type":"x"', "{'type':'x'}", "NaN", "\u0000"]) {
    assertMalformed(text, "PARSE_ERROR", "Invalid JSON");
  }
});

Deno.test("hostile 101: decodeMessage() refuses JSON without an event name", () => {
  const texts = ["5", "null", "true", '"x"', "[]", '[{"type":"x"}]', "{}", '{"type":""}'];
  for (const type of ["5", "null", "{}", "[]", "true"]) texts.push(`{"type":${type}}`);
  texts.push(
    '{"event":"x"}',
    '{"id":"a","event":5}',
    '{"id":"a"}',
    '{"type":0,"event":"x","id":"a"}',
  );
  for (const text of texts) {
    assertMalformed(text, "INVALID_MESSAGE", "Message must have a type field");
  }
});

Deno.test("hostile 103: decodeMessage() refuses ids that cannot be echoed", () => {
  for (const id of ["-1", "1e300", '""', "null", "{}", JSON.stringify("x".repeat(129))]) {
    const text = `{"id":${id},"event":"note"}`;
    assertMalformed(text, "INVALID_MESSAGE", "Message id must be a string of 1 to 128 characters");
    assertEquals((decodeMessage(text) as { event?: string }).event, "note");
  }
  assertMalformed('{"ack":-1}', "INVALID_MESSAGE", "Message must have a type field");
});

Deno.test("decodeMessage() refuses binary messages", () => {
  assertMalformed(
    new TextEncoder().encode('{"type":"x"}'),
    "INVALID_MESSAGE",
    "Message must be text",
  );
});

Deno.test("hostile 98: decodeMessage() takes names of Object.prototype as ordinary names", () => {
  for (const event of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const decoded = decodeMessage(JSON.stringify({ type: event }));
    assert(decoded.kind === "event");
    assertEquals(decoded.event, event);
  }
});

Deno.test("hostile 99: decodeMessage() drops keys that would change a prototype", () => {
  const texts = [
    '{"type":"x","__proto__":{"admin":true},"deep":[{"__proto__":{"admin":true}}]}',
    '{"type":"x","__proto\\u005f_":{"admin":true},"deep":[{"\\u005f_proto__":{"admin":true}}]}',
  ];
  for (const text of texts) {
    const decoded = decodeMessage(text);
    assert(decoded.kind === "event");
    assertEquals(decoded.data, { deep: [{}] });
    const merged: Record<string, unknown> = Object.assign({}, decoded.data);
    assertEquals(merged.admin, undefined);
  }
  assertEquals(({} as Record<string, unknown>).admin, undefined);
});

Deno.test("hostile 102: decodeMessage() answers very deep JSON", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assertEquals(decodeMessage(`{"type":"x","deep":${deep}}`).kind, "event");
  assertEquals(decodeMessage(`{"type":"x","__proto__":${deep}}`), decodeMessage('{"type":"x"}'));
  assertMalformed(deep.slice(0, -1), "PARSE_ERROR", "Invalid JSON");
});

Deno.test("hostile 102: decodeMessage() takes long numbers, double keys and lone surrogates", () => {
  const decoded = decodeMessage(
    `{"type":"a","n":${"9".repeat(1_000_000)},"type":"b","s":"\\ud800"}`,
  );
  assert(decoded.kind === "event");
  assertEquals(decoded.event, "b");
  assertEquals(decoded.data, { n: Infinity, s: "\ud800" });
});

Deno.test("decodeMessage() never throws", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), (data) => {
    assert(["event", "ack", "malformed"].includes(decodeMessage(data).kind));
  }));
});

Deno.test("encodeEvent() writes the fields of an object beside the type", () => {
  assertEquals(encodeEvent("note", { text: "hi" }), '{"type":"note","text":"hi"}');
  assertEquals(encodeEvent("note", {}), '{"type":"note"}');
  assertEquals(encodeEvent("note", undefined), '{"type":"note"}');
});

Deno.test("encodeEvent() writes anything else into a field data", () => {
  assertEquals(encodeEvent("note", "hi"), '{"type":"note","data":"hi"}');
  assertEquals(encodeEvent("note", [1]), '{"type":"note","data":[1]}');
  assertEquals(encodeEvent("note", null), '{"type":"note","data":null}');
  const date = new Date(0);
  assertEquals(encodeEvent("note", date), '{"type":"note","data":"1970-01-01T00:00:00.000Z"}');
});

Deno.test("encodeEvent() keeps the event's name when the data has a type", () => {
  assertEquals(encodeEvent("note", { type: "error", a: 1 }), '{"type":"note","a":1}');
});

Deno.test("encodeEvent() writes well-formed text for lone surrogates", () => {
  assert(encodeEvent("note", { text: "\ud800" }).isWellFormed());
});

Deno.test("encodeEvent() throws where JSON cannot say it", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  assertThrows(() => encodeEvent("note", circle), TypeError);
});

Deno.test("decodeMessage() reads what encodeEvent() writes", () => {
  const data = fc.dictionary(
    fc.string().filter((key) => key !== "type" && key !== "__proto__"),
    fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value), dropProto)),
  );
  fc.assert(fc.property(fc.string({ minLength: 1 }), data, (event, fields) => {
    const decoded = decodeMessage(encodeEvent(event, fields));
    assertEquals(decoded, { kind: "event", event, data: { ...fields } });
  }));
});

function dropProto(key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value;
}

Deno.test("encodeError() writes code, message and what the error is about", () => {
  assertEquals(
    encodeError(new EventError("PARSE_ERROR", "Invalid JSON")),
    '{"type":"error","code":"PARSE_ERROR","message":"Invalid JSON"}',
  );
  const limited = new EventError("RATE_LIMITED", "Slow down", { details: { retryAfter: 2 } });
  assertEquals(JSON.parse(encodeError(limited, "x".repeat(1_000))), {
    type: "error",
    code: "RATE_LIMITED",
    message: "Slow down",
    retryAfter: 2,
    event: "x".repeat(64),
  });
});

Deno.test("encodeAnswer() writes data, null for none, or an error", () => {
  assertEquals(encodeAnswer("a1", { data: { ok: true } }), '{"ack":"a1","data":{"ok":true}}');
  assertEquals(encodeAnswer("a1", { data: undefined }), '{"ack":"a1","data":null}');
  assertEquals(
    encodeAnswer("a1", { error: new EventError("FORBIDDEN", "No") }),
    '{"ack":"a1","error":{"code":"FORBIDDEN","message":"No"}}',
  );
});

Deno.test("decodeMessages() reads one message, or each of an array", () => {
  assertEquals(decodeMessages('{"type":"a"}'), [decodeMessage('{"type":"a"}')]);
  assertEquals(decodeMessages('[{"type":"a"},1,{"type":"b"}]'), [
    decodeMessage('{"type":"a"}'),
    decodeMessage("1"),
    decodeMessage('{"type":"b"}'),
  ]);
  assertEquals(decodeMessages("[]"), []);
  for (const text of ["", "{", "[1,"]) assertEquals(decodeMessages(text), [decodeMessage("")]);
});

Deno.test("encodeOutgoing() writes an event, or a request where an answer is wanted", () => {
  const data = { a: 1 };
  assertEquals(encodeOutgoing(new Outgoing("note", data)), encodeEvent("note", data));
  assertEquals(encodeOutgoing(new Outgoing("note", data, 7)), encodeRequest(7, "note", data));
});
