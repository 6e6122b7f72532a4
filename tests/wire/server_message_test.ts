/** Messages of a server, as the client parses them. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodeData } from "../../wire/data.ts";
import { encodeAnswer, encodeEvent } from "../../wire/event_message.ts";
import {
  encodeAuthOk,
  encodeError,
  encodeJoined,
  encodeLeft,
  encodeWelcome,
  errorFields,
  parseServerMessage,
  type ServerMessage,
} from "../../wire/server_message.ts";
import { anyData, anyEvent, anyFields, isSame } from "../support/any_data.ts";

Deno.test("parseServerMessage() reads an event with its place", () => {
  const cases: [text: string, message: unknown][] = [
    ['{"type":"say","text":"hi"}', { data: { text: "hi" } }],
    ['{"type":"say","text":"hi","stream":"deck","seq":7}', {
      data: { text: "hi" },
      place: { stream: "deck", seq: 7 },
    }],
    ['{"event":"say","data":{"seq":1,"stream":"a"},"stream":"deck","seq":7}', {
      data: { seq: 1, stream: "a" },
      place: { stream: "deck", seq: 7 },
    }],
    ['{"event":"say","stream":"deck","seq":7}', {
      data: undefined,
      place: { stream: "deck", seq: 7 },
    }],
    // Without the other one, or of another type, each is data.
    ['{"type":"say","seq":7}', { data: { seq: 7 } }],
    ['{"type":"say","stream":"deck"}', { data: { stream: "deck" } }],
    ['{"type":"say","stream":"deck","seq":"7"}', { data: { stream: "deck", seq: "7" } }],
    ['{"type":"say","stream":5,"seq":7.5}', { data: { stream: 5, seq: 7.5 } }],
    ['{"id":"1","event":"say","data":1}', { data: 1, id: "1" }],
    ['{"type":"auth","token":"a"}', undefined],
  ];
  for (const [text, message] of cases) {
    const expected = message === undefined
      ? { kind: "event", event: "auth", data: { token: "a" } }
      : { kind: "event", event: "say", ...message };
    assertEquals(parseServerMessage(text), expected as ServerMessage, text);
  }
});

Deno.test("parseServerMessage() reads what is the server's own, in either spelling", () => {
  const position = { seq: 41, epoch: "e" };
  const cases: [text: string, event: string, data: unknown][] = [
    [encodeWelcome({ id: "1", motto: "Ahoy" }), "welcome", { id: "1", motto: "Ahoy" }],
    [encodeWelcome({ id: "1", type: "a" }), "welcome", { id: "1", type: "a" }],
    [encodeAuthOk(), "auth_ok", {}],
    [encodeAuthOk({ sub: "ada" }), "auth_ok", { user: { sub: "ada" } }],
    [encodeJoined("abc", { position, recovered: true }), "room:joined", {
      roomId: "abc",
      ...position,
      recovered: true,
    }],
    [encodeJoined("abc", { position, recovered: false }, { stream: 1, roomId: 2 }), "room:joined", {
      stream: 1,
      roomId: "abc",
      ...position,
      recovered: false,
    }],
    [encodeLeft("abc"), "room:left", { roomId: "abc" }],
    [encodeError({ code: "NO", message: "No" }, { event: "say" }), "error", {
      code: "NO",
      message: "No",
      event: "say",
    }],
    [encodeError({ code: "NO", message: "No", details: { type: 1, code: 2 } }), "error", {
      type: 1,
      code: "NO",
      message: "No",
    }],
    ['{"event":"welcome","data":{"id":"1"}}', "welcome", { id: "1" }],
  ];
  for (const [text, event, data] of cases) {
    assertEquals(parseServerMessage(text), { kind: "system", event, data } as ServerMessage, text);
  }
  assertEquals(encodeAuthOk(), '{"type":"auth_ok"}');
  assertEquals(
    encodeJoined("abc", { position, recovered: true }),
    '{"type":"room:joined","roomId":"abc","seq":41,"epoch":"e","recovered":true}',
  );
  assertEquals(
    encodeError({ code: "NO", message: "No", details: { retryAfter: 1 } }),
    '{"type":"error","retryAfter":1,"code":"NO","message":"No"}',
  );
  assertEquals(errorFields({ code: "A", message: "b", details: { c: 1 } }), {
    c: 1,
    code: "A",
    message: "b",
  });
});

Deno.test("parseServerMessage() reads signs of life, and acknowledgements", () => {
  assertEquals(parseServerMessage('{"type":"ping"}'), { kind: "ping" });
  assertEquals(parseServerMessage('{"type":"pong"}'), { kind: "pong" });
  assertEquals(parseServerMessage('{"ack":"7","data":[2]}'), {
    kind: "answer",
    id: "7",
    answer: { data: [2] },
  });
});

Deno.test("parseServerMessage() says what is none of the wire", () => {
  for (const text of ["", "hello", "{"]) {
    const message = parseServerMessage(text);
    assert(message.kind === "malformed" && message.code === "PARSE_ERROR");
  }
  const texts = ["1", "[]", "{}", '{"type":1}', '{"id":"1"}', '{"event":"welcome","data":5}'];
  for (const text of [...texts, '{"event":"error"}']) {
    const message = parseServerMessage(text);
    assert(message.kind === "malformed" && message.code === "INVALID_MESSAGE", text);
  }
  fc.assert(fc.property(fc.string(), (text) => void parseServerMessage(text)));
});

Deno.test("hostile 221: parseServerMessage() reads what is written for it, whatever it carries", () => {
  const place = fc.option(fc.record({ stream: fc.string(), seq: fc.maxSafeNat() }), {
    nil: undefined,
  });
  fc.assert(fc.property(anyEvent, anyData, place, (event, data, place) => {
    const message = parseServerMessage(encodeEvent(event, encodeData(data), { place }));
    assert(message.kind === "event" && message.event === event);
    assert(isSame(message.data, data));
    assertEquals(message.place, place);
  }));
  fc.assert(fc.property(anyData, (data) => {
    const message = parseServerMessage(encodeAnswer("7", encodeData(data)));
    assert(message.kind === "answer" && "data" in message.answer);
    assert(isSame(message.answer.data, data));
  }));
  fc.assert(fc.property(anyFields, (fields) => {
    const message = parseServerMessage(encodeWelcome(fields));
    assert(message.kind === "system" && isSame(message.data, fields));
  }));
});
