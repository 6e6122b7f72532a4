/** Messages of a client, as the server parses them. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { args } from "../../wire/args.ts";
import {
  type ClientMessage,
  encodeAuth,
  parseClientMessage,
  parseClientMessages,
  pingText,
  pongText,
  signOfLife,
} from "../../wire/client_message.ts";
import { encodeData } from "../../wire/data.ts";
import { encodeAnswer, encodeEvent, encodeRefusal } from "../../wire/event_message.ts";
import { anyData, anyEvent, isSame } from "../support/any_data.ts";

function malformed(text: string | Uint8Array): string {
  const message = parseClientMessage(text);
  assert(message.kind === "malformed", `taken as ${message.kind}: ${text}`);
  return `${message.code}: ${message.message}`;
}

Deno.test("parseClientMessage() reads both spellings of an event", () => {
  const cases: [text: string, event: string, data: unknown][] = [
    ['{"type":"say","text":"hi"}', "say", { text: "hi" }],
    ['{"type":"say"}', "say", {}],
    ['{"type":"say","event":"x","data":1,"ack":"2","id":"3"}', "say", {
      event: "x",
      data: 1,
      ack: "2",
      id: "3",
    }],
    ['{"type":"say","stream":"deck","seq":99}', "say", { stream: "deck", seq: 99 }],
    ['{"type":"say","$base64":"AQ=="}', "say", Uint8Array.of(1)],
    ['{"event":"say"}', "say", undefined],
    ['{"event":"say","data":null}', "say", null],
    ['{"event":"say","data":{"type":"news"}}', "say", { type: "news" }],
    ['{"event":"say","data":1,"ack":"2","stream":"a","seq":1,"other":1}', "say", 1],
    ['{"event":"say","args":[]}', "say", undefined],
    ['{"event":"say","args":[[1]]}', "say", [1]],
    ['{"event":"ping","data":1}', "ping", 1],
    ['{"event":"auth"}', "auth", undefined],
    ['{"type":"welcome"}', "welcome", {}],
  ];
  for (const [text, event, data] of cases) {
    assertEquals(parseClientMessage(text), { kind: "event", event, data }, text);
  }
  const several = parseClientMessage('{"event":"move","args":[1,{"$base64":""}],"id":"7"}');
  assert(several.kind === "event" && isSame(several.data, args(1, new Uint8Array(0))));
  assertEquals(several.id, "7");
});

Deno.test("parseClientMessage() reads acknowledgements", () => {
  const cases: [text: string, answer: unknown][] = [
    ['{"ack":"7"}', { data: undefined }],
    ['{"ack":"7","data":null}', { data: null }],
    ['{"ack":"7","data":{"$base64":"AQ=="}}', { data: Uint8Array.of(1) }],
    ['{"ack":"7","error":{"code":"NO","message":"No","left":{"$base64":""}}}', {
      error: { code: "NO", message: "No", details: { left: new Uint8Array(0) } },
    }],
    ['{"ack":"7","error":null}', {
      error: { code: "ERROR", message: "Answered with an error", details: {} },
    }],
    ['{"ack":"7","error":{"code":5,"message":""}}', {
      error: { code: "ERROR", message: "Answered with an error", details: {} },
    }],
  ];
  for (const [text, answer] of cases) {
    assertEquals(parseClientMessage(text), { kind: "answer", id: "7", answer } as ClientMessage);
  }
});

Deno.test("parseClientMessage() reads what is the wire's own", () => {
  assertEquals(parseClientMessage(encodeAuth("abc")), { kind: "auth", token: "abc" });
  assertEquals(parseClientMessage(encodeAuth(undefined)), { kind: "auth", token: undefined });
  assertEquals(parseClientMessage(pingText), { kind: "ping" });
  assertEquals(parseClientMessage('{"type":"pong","at":1}'), { kind: "pong" });
  assertEquals(pongText, '{"type":"pong"}');
});

Deno.test("signOfLife() knows a ping and a pong before they are parsed", () => {
  const texts = [pingText, '{"type": "ping"}', ' {\n"type" :"ping" }\n'];
  for (const text of texts) assertEquals(signOfLife(text), "ping");
  assertEquals(signOfLife(pongText), "pong");
  const others = [
    '{"type":"ping","at":1}',
    '{"type":"pang"}',
    '{"type":"pigg"}',
    '{"event":"ping"}',
  ];
  for (const text of [...others, "", " ".repeat(200) + pingText]) {
    assertEquals(signOfLife(text), undefined, text);
  }
});

Deno.test("parseClientMessage() reads joins and leaves, in either spelling", () => {
  const cases: [text: string, message: unknown][] = [
    ['{"type":"room:join","roomId":"abc"}', {
      kind: "join",
      rooms: [{ roomId: "abc" }],
      id: undefined,
    }],
    ['{"event":"room:join","data":"abc","id":"7"}', {
      kind: "join",
      rooms: [{ roomId: "abc" }],
      id: "7",
    }],
    ['{"type":"room:leave","rooms":["abc"]}', { kind: "leave", rooms: ["abc"], id: undefined }],
  ];
  for (const [text, message] of cases) {
    assertEquals(parseClientMessage(text), message as ClientMessage, text);
  }
  const wrong = parseClientMessage('{"event":"room:leave"}');
  assert(wrong.kind === "malformed" && wrong.event === "room:leave");
});

Deno.test("hostile 101: parseClientMessage() says what is wrong with a message", () => {
  for (const text of ["", "{", "hi", "{]", '{"type":"a"} x']) {
    assertEquals(malformed(text), "PARSE_ERROR: Invalid JSON");
  }
  const unnamedEvent = [
    "1",
    "null",
    "[]",
    '"a"',
    "{}",
    '{"type":""}',
    '{"type":5}',
    '{"type":null}',
  ];
  const others = ['{"event":""}', '{"event":5,"ack":"1"}', '{"ack":""}', '{"ack":1}', '{"id":"1"}'];
  for (const text of [...unnamedEvent, ...others, `{"ack":"${"a".repeat(129)}"}`]) {
    assertEquals(malformed(text), "INVALID_MESSAGE: Message must have a type field", text);
  }
  for (const id of ['""', "5", "null", `"${"a".repeat(129)}"`]) {
    const message = parseClientMessage(`{"id":${id},"event":"say","data":1}`);
    assert(message.kind === "malformed" && message.event === "say");
    assertEquals(message.message, "Message id must be a string of 1 to 128 characters");
  }
  assertEquals(malformed(new Uint8Array(2)), "INVALID_MESSAGE: Message must be text");
});

Deno.test("hostile 225: parseClientMessage() refuses data that is given twice, or is no list", () => {
  for (const message of ['"event":"say"', '"ack":"7"']) {
    const both = "INVALID_MESSAGE: Message must not have both data and args";
    assertEquals(malformed(`{${message},"data":null,"args":[1]}`), both);
    const none = "INVALID_MESSAGE: Field args must be an array";
    for (const args of ["{}", "null", "5"]) {
      assertEquals(malformed(`{${message},"args":${args}}`), none);
    }
  }
});

Deno.test("hostile 222: parseClientMessage() refuses bytes that are no base64", () => {
  for (
    const text of ['{"event":"a","data":{"$base64":5}}', '{"type":"a","b":{"\\u0024base64":"!"}}']
  ) {
    assertEquals(malformed(text), "INVALID_MESSAGE: Bytes must be in base64");
  }
  assertEquals(
    parseClientMessages('[{"type":"a","b":{"$base64":"!"}},{"type":"b"}]').map(({ kind }) => kind),
    ["malformed", "event"],
  );
});

Deno.test("parseClientMessages() reads one message, or each of several", () => {
  assertEquals(parseClientMessages('{"type":"a"}'), [{ kind: "event", event: "a", data: {} }]);
  assertEquals(parseClientMessages("[]"), []);
  const kinds = parseClientMessages('[{"type":"a"},5,{"ack":"1"}]').map(({ kind }) => kind);
  assertEquals(kinds, ["event", "malformed", "answer"]);
  assertEquals(parseClientMessages("[1,").map(({ kind }) => kind), ["malformed"]);
});

Deno.test("hostile 221: parseClientMessage() reads what encodeEvent() writes, whatever it carries", () => {
  const id = fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined });
  fc.assert(fc.property(anyEvent, anyData, id, (event, data, id) => {
    const message = parseClientMessage(encodeEvent(event, encodeData(data), { id }));
    assert(message.kind === "event" && message.event === event && message.id === id);
    assert(isSame(message.data, data));
  }));
});

Deno.test("hostile 221: parseClientMessage() reads what encodeAnswer() writes, whatever it carries", () => {
  fc.assert(fc.property(anyData, (data) => {
    const message = parseClientMessage(encodeAnswer("7", encodeData(data)));
    assert(message.kind === "answer" && "data" in message.answer);
    assert(isSame(message.answer.data, data));
    const refusal = parseClientMessage(
      encodeRefusal("7", encodeData({ code: "NO", message: "No", more: data ?? null })),
    );
    assert(refusal.kind === "answer" && "error" in refusal.answer);
    const expected = data instanceof Array ? [...data] : data ?? null;
    assert(isSame(refusal.answer.error.details?.more, expected));
  }));
});

Deno.test("hostile 99: parseClientMessage() refuses __proto__, and no text makes it throw", () => {
  for (
    const text of ['{"type":"a","\\u005f_proto__":{"b":1}}', '{"type":"a","c":{"__proto__":1}}']
  ) {
    assertEquals(malformed(text), "INVALID_MESSAGE: Message must not have a field __proto__");
  }
  fc.assert(fc.property(fc.string(), (text) => void parseClientMessage(text)));
  fc.assert(fc.property(fc.json(), (text) => void parseClientMessages(text)));
});

Deno.test("hostile 98: parseClientMessage() takes names of Object.prototype as ordinary names", () => {
  for (const event of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    const text = JSON.stringify({ type: event });
    assertEquals(parseClientMessage(text), { kind: "event", event, data: {} });
  }
});

Deno.test("hostile 102: parseClientMessage() reads very deep JSON, long numbers, double keys", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  assertEquals(parseClientMessage(`{"type":"x","deep":${deep}}`).kind, "event");
  assertEquals(malformed(deep.slice(0, -1)), "PARSE_ERROR: Invalid JSON");
  const text = `{"type":"a","n":${"9".repeat(1_000_000)},"type":"b","s":"\\ud800"}`;
  const data = { n: Infinity, s: "\ud800" };
  assertEquals(parseClientMessage(text), { kind: "event", event: "b", data });
});
