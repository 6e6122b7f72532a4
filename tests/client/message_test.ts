import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ServerError } from "../../client/errors.ts";
import { decodeMessage, encodeAnswer, encodeEvent, encodeRequest } from "../../client/message.ts";
import { toError } from "../support/server_error.ts";
import { decodeMessage as decodeOnServer } from "../../server/wires/json/json_message.ts";

Deno.test("decodeMessage() tells events, requests and acknowledgements apart", () => {
  assertEquals(decodeMessage('{"type":"tick","at":1}'), {
    kind: "event",
    event: "tick",
    data: { at: 1 },
  });
  assertEquals(decodeMessage('{"id":"1","event":"ask","data":null}'), {
    kind: "request",
    id: "1",
    event: "ask",
    data: null,
  });
  assertEquals(decodeMessage('{"ack":"1","data":[2]}'), {
    kind: "ack",
    id: "1",
    answer: { data: [2] },
  });
});

Deno.test("decodeMessage() reads an error with its details, whatever is missing", () => {
  const text = '{"ack":"1","error":{"code":"RATE_LIMITED","message":"No","retryAfter":2}}';
  const limited = decodeMessage(text);
  assert(limited?.kind === "ack" && "error" in limited.answer);
  assertEquals(
    [limited.id, toError(limited.answer.error)],
    ["1", { code: "RATE_LIMITED", message: "No", details: { retryAfter: 2 } }],
  );
  const message = decodeMessage('{"ack":"1","error":null}');
  assert(message?.kind === "ack" && "error" in message.answer);
  assertEquals(message.answer.error.code, "ERROR");
});

Deno.test("decodeMessage() leaves what is none of the wire to others", () => {
  for (const text of ["", "hello", "1", "null", "[]", "{}", '{"type":1}', '{"id":"1"}', "{"]) {
    assertEquals(decodeMessage(text), undefined, text);
  }
  fc.assert(fc.property(fc.string(), (text) => void decodeMessage(text)));
});

Deno.test("hostile 99: decodeMessage() drops keys that would change a prototype", () => {
  for (const key of ["__proto__", "\\u005f_proto__"]) {
    const message = decodeMessage(`{"type":"a","${key}":{"admin":1},"b":{"${key}":{"admin":1}}}`);
    assert(message?.kind === "event");
    const copy = Object.assign({}, message.data);
    assertEquals(Reflect.get(copy, "admin"), undefined);
    assertEquals(copy, { b: {} });
  }
});

Deno.test("encodeEvent() and encodeRequest() write what the server reads", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.string({ minLength: 1 }), (data, event) => {
    const value = JSON.parse(JSON.stringify(data, (key, value) => key === "__proto__" ? 0 : value));
    fc.pre(event !== "auth" && JSON.stringify(value) === JSON.stringify(data));
    const request = decodeOnServer(encodeRequest("1", event, data));
    assertEquals(request, { kind: "event", event, data: value, ackId: "1" });
    assert(decodeOnServer(encodeEvent(event, data)).kind === "event");
  }));
});

Deno.test("encodeEvent() writes fields, and puts anything else into one", () => {
  assertEquals(encodeEvent("say", { text: "a", type: "b" }), '{"type":"say","text":"a"}');
  assertEquals(encodeEvent("say", [1]), '{"type":"say","data":[1]}');
  assertEquals(encodeEvent("say"), '{"type":"say"}');
  assertEquals(encodeEvent("at", new Date(0)), '{"type":"at","data":"1970-01-01T00:00:00.000Z"}');
  assertThrows(() => encodeEvent("say", { n: 1n }), TypeError);
});

Deno.test("encodeAnswer() writes data, or an error's code and message", () => {
  assertEquals(encodeAnswer("1", { data: undefined }), '{"ack":"1","data":null}');
  const error = new ServerError("NO", "Not now", { secret: 1 });
  assertEquals(
    encodeAnswer("1", { error }),
    '{"ack":"1","error":{"code":"NO","message":"Not now"}}',
  );
});
