/** What a client says, as a server reads it. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { args } from "../../wire/args.ts";
import {
  type ClientMessage,
  encodeAuth,
  encodeJoin,
  encodeLeave,
  joinEvent,
  leaveEvent,
  parseClientMessage,
  parseClientMessages,
  pingText,
  pongText,
  readRoomRequest,
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

Deno.test("parseClientMessage() reads wishes to join and to leave, in either spelling", () => {
  const abc = { roomId: "abc" };
  const cases: [text: string, message: unknown][] = [
    [encodeJoin([abc]), { kind: "join", rooms: [abc] }],
    ['{"event":"room:join","data":"abc","id":"7"}', { kind: "join", rooms: [abc], id: "7" }],
    ['{"type":"room:join","roomId":"abc","seq":41,"epoch":"e"}', {
      kind: "join",
      rooms: [{ roomId: "abc", since: { seq: 41, epoch: "e" } }],
    }],
    ['{"type":"room:join","roomId":"abc","seq":41}', { kind: "join", rooms: [abc] }],
    [encodeJoin([abc, { roomId: "d", last: 50 }], "7"), {
      kind: "join",
      rooms: [abc, { roomId: "d", last: 50 }],
      id: "7",
    }],
    ['{"type":"room:join","rooms":["abc"]}', { kind: "join", rooms: [abc] }],
    [encodeLeave("abc"), { kind: "leave", roomId: "abc" }],
    [encodeLeave("abc", "7"), { kind: "leave", roomId: "abc", id: "7" }],
    ['{"event":"room:leave","data":"abc"}', { kind: "leave", roomId: "abc" }],
  ];
  for (const [text, message] of cases) {
    assertEquals(parseClientMessage(text), message as ClientMessage, text);
  }
  assertEquals(
    encodeJoin([{ roomId: "abc", since: { seq: 41, epoch: "e" } }]),
    '{"type":"room:join","roomId":"abc","seq":41,"epoch":"e"}',
  );
  assertEquals(encodeLeave("abc"), '{"type":"room:leave","roomId":"abc"}');
  assertEquals(readRoomRequest({ roomId: "a", seq: -1.5, epoch: "e" })?.since?.seq, -1.5);
});

Deno.test("hostile 225: parseClientMessage() refuses wishes that name no room, by their name", () => {
  const rooms = [
    '"roomId":""',
    '"roomId":5',
    '"rooms":[]',
    '"rooms":["a",5]',
    '"rooms":{}',
    '"x":1',
  ];
  const fields = ['"seq":"1"', '"epoch":1', '"last":-1', '"last":1.5', '"last":"9"'];
  for (const each of [...rooms, ...fields.map((field) => `"roomId":"a",${field}`)]) {
    const message = parseClientMessage(`{"type":"room:join",${each}}`);
    assert(message.kind === "malformed", each);
    assertEquals([message.code, message.event], ["INVALID_MESSAGE", joinEvent]);
  }
  const message = parseClientMessage('{"type":"room:leave","roomId":[]}');
  assert(message.kind === "malformed");
  assertEquals([message.code, message.event], ["INVALID_MESSAGE", leaveEvent]);
});

Deno.test("hostile 101: parseClientMessage() says what is wrong with a message", () => {
  for (const text of ["", "{", "hi", "{]", '{"type":"a"} x']) {
    assertEquals(malformed(text), "PARSE_ERROR: Invalid JSON");
  }
  const nameless = ["1", "null", "[]", '"a"', "{}", '{"type":""}', '{"type":5}', '{"type":null}'];
  const others = ['{"event":""}', '{"event":5,"ack":"1"}', '{"ack":""}', '{"ack":1}', '{"id":"1"}'];
  for (const text of [...nameless, ...others, `{"ack":"${"a".repeat(129)}"}`]) {
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

Deno.test("hostile 99: parseClientMessage() reads no __proto__, and any text without throwing", () => {
  const message = parseClientMessage('{"type":"a","\\u005f_proto__":{"b":1},"c":{"__proto__":1}}');
  assertEquals(message, { kind: "event", event: "a", data: { c: {} } });
  fc.assert(fc.property(fc.string(), (text) => void parseClientMessage(text)));
  fc.assert(fc.property(fc.json(), (text) => void parseClientMessages(text)));
});
