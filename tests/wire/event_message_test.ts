/** The two spellings of an event, and the acknowledgement, as they are written. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { args } from "../../wire/args.ts";
import { encodeData } from "../../wire/data.ts";
import {
  encodeAnswer,
  encodeEvent,
  encodeFields,
  encodeRefusal,
} from "../../wire/event_message.ts";
import { anyData, anyEvent } from "../support/any_data.ts";

Deno.test("encodeEvent() writes fields flat, and anything else in an envelope", () => {
  const cases: [data: unknown, text: string][] = [
    [{ text: "hi", event: 1, data: 2, args: 3, id: 4, ack: 5, epoch: 6, error: 7 }, ""],
    [{}, '{"type":"say"}'],
    [{ text: "hi" }, '{"type":"say","text":"hi"}'],
    [{ deep: { type: 1, seq: 2 } }, '{"type":"say","deep":{"type":1,"seq":2}}'],
    [{ text: '"type":' }, '{"type":"say","text":"\\"type\\":"}'],
    [{ $base64: 1 }, '{"type":"say","$$base64":1}'],
    [undefined, '{"event":"say"}'],
    [null, '{"event":"say","data":null}'],
    [9, '{"event":"say","data":9}'],
    [[1, 2], '{"event":"say","data":[1,2]}'],
    [args(1, 2), '{"event":"say","args":[1,2]}'],
    [Uint8Array.of(1), '{"event":"say","data":{"$base64":"AQ=="}}'],
    [{ type: "news" }, '{"event":"say","data":{"type":"news"}}'],
    [{ stream: 1 }, '{"event":"say","data":{"stream":1}}'],
    [{ seq: 99 }, '{"event":"say","data":{"seq":99}}'],
  ];
  for (const [data, text] of cases) {
    const expected = text || JSON.stringify({ type: "say", ...data as object });
    assertEquals(encodeEvent("say", encodeData(data)), expected);
  }
});

Deno.test("encodeEvent() writes a place beside the data, in either spelling", () => {
  const place = { stream: 'a"b', seq: 7 };
  assertEquals(
    encodeEvent("say", encodeData({ text: "hi" }), { place }),
    '{"type":"say","text":"hi","stream":"a\\"b","seq":7}',
  );
  assertEquals(encodeEvent("say", "{}", { place }), '{"type":"say","stream":"a\\"b","seq":7}');
  assertEquals(
    encodeEvent("say", encodeData({ seq: 1 }), { place }),
    '{"event":"say","data":{"seq":1},"stream":"a\\"b","seq":7}',
  );
  assertEquals(encodeEvent("say", "", { place }), '{"event":"say","stream":"a\\"b","seq":7}');
});

Deno.test("encodeEvent() writes what wants an answer in an envelope, and an application's ping", () => {
  assertEquals(
    encodeEvent("say", '{"a":1}', { id: "7" }),
    '{"id":"7","event":"say","data":{"a":1}}',
  );
  for (const event of ["ping", "pong", "auth"]) {
    assertEquals(encodeEvent(event, "{}"), `{"event":"${event}","data":{}}`);
  }
});

Deno.test("encodeEvent() writes what joins flat, with its position", () => {
  for (const event of ["room:join", "room:joined"]) {
    assertEquals(encodeEvent(event, '{"seq":1}'), `{"type":"${event}","seq":1}`);
    assertEquals(encodeEvent(event, '{"type":1}'), `{"event":"${event}","data":{"type":1}}`);
  }
});

Deno.test("encodeAnswer() and encodeRefusal() write acknowledgements", () => {
  assertEquals(encodeAnswer("7", encodeData({ type: 1 })), '{"ack":"7","data":{"type":1}}');
  assertEquals(encodeAnswer('"', encodeData(undefined)), '{"ack":"\\""}');
  assertEquals(encodeAnswer("7", encodeData(args(1, 2))), '{"ack":"7","args":[1,2]}');
  assertEquals(encodeRefusal("7", '{"code":"A"}'), '{"ack":"7","error":{"code":"A"}}');
});

Deno.test("encodeEvent() writes JSON of an object, whatever it carries", () => {
  const place = fc.option(fc.record({ stream: fc.string(), seq: fc.nat() }), { nil: undefined });
  const id = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
  fc.assert(fc.property(anyEvent, anyData, id, place, (event, data, id, place) => {
    const text = encodeEvent(event, encodeData(data), { id, place });
    const message = JSON.parse(text);
    assert(message.type === event || message.type === undefined && message.event === event);
    // No name stands there twice.
    assertEquals(JSON.stringify(message).length, JSON.stringify(JSON.parse(text)).length);
    assertEquals([message.id, message.stream], [
      id ?? (message.type === undefined ? undefined : message.id),
      place?.stream,
    ]);
  }));
});

Deno.test("encodeFields() writes what encodeEvent() writes", () => {
  const cases: Record<string, unknown>[] = [
    {},
    { a: undefined },
    { a: 1, list: [{ seq: 1, type: "x" }] },
    { roomId: "deck", seq: 1 },
    { type: "x" },
    { stream: null, a: 1 },
    { seq: 1, type: undefined },
    { $base64: "AQ==" },
    { bytes: Uint8Array.of(1) },
  ];
  for (const event of ["welcome", "room:joined", "error"]) {
    for (const fields of cases) {
      const data = encodeData(fields);
      assertEquals(encodeFields(event, fields, data), encodeEvent(event, data));
    }
  }
});
