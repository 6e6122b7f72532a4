/** Tests of server/operations/log_lines.ts. */

import { assert, assertEquals } from "@std/assert";
import { assertSnapshot } from "@std/testing/snapshot";
import fc from "fast-check";
import type { CloseRecord, LogRecord } from "../../../server/net/log_records.ts";
import { jsonLog, textLog } from "../../../server/operations/log_lines.ts";

const closed: CloseRecord = {
  time: Date.UTC(2026, 10, 22, 10),
  event: "close",
  id: "c-1",
  address: "2001:db8::1",
  origin: undefined,
  path: "/ws",
  transport: "websocket",
  protocol: "chat.v1",
  code: 1001,
  reason: "going away",
  wasClean: true,
  duration: 2_500,
  messagesIn: 1,
  messagesOut: 2,
  bytesIn: 30,
  bytesOut: 40,
};

const formats = { textLog, jsonLog };

function lineOf(format: typeof textLog, record: LogRecord): string {
  const lines: string[] = [];
  format((line) => lines.push(line))(record);
  assertEquals(lines.length, 1);
  return lines[0]!;
}

function rejected(text: string): LogRecord {
  return {
    time: 0,
    event: "reject",
    address: text,
    origin: text,
    path: text,
    status: 403,
    reason: text,
  };
}

Deno.test("textLog() writes time, event, and a pair for each field that there is", () => {
  assertEquals(
    lineOf(textLog, closed),
    "2026-11-22T10:00:00.000Z close id=c-1 address=2001:db8::1 path=/ws transport=websocket " +
      'protocol=chat.v1 code=1001 reason="going away" wasClean=true duration=2500 messagesIn=1 messagesOut=2 ' +
      "bytesIn=30 bytesOut=40",
  );
});

Deno.test("textLog() and jsonLog() keep the form that other programs read", async (t) => {
  for (const record of [closed, rejected("/wss")]) {
    for (const format of [textLog, jsonLog]) {
      await assertSnapshot(t, lineOf(format, record), { serializer: (text) => text });
    }
  }
});

Deno.test("textLog() quotes what could be taken for something else", () => {
  const texts = ["", 'a" b=c', "a=b", "é"];
  const quoted = texts.map((reason) => lineOf(textLog, { ...closed, reason }));
  assertEquals(quoted.map((line) => / reason=(".*") wasClean/.exec(line)?.[1]), [
    '""',
    String.raw`"a\" b=c"`,
    '"a=b"',
    '"é"',
  ]);
});

Deno.test("jsonLog() writes an object with the time as text", () => {
  const { origin: _origin, ...fields } = closed;
  assertEquals(JSON.parse(lineOf(jsonLog, closed)), {
    ...fields,
    time: "2026-11-22T10:00:00.000Z",
  });
});

Deno.test("hostile 117: textLog() and jsonLog() escape line breaks, ANSI sequences and what is invisible", () => {
  const hostile = [
    "\r\n2026-11-22T10:00:00.000Z open forged",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m\x85\x7f\x00",
    "\u2028\u2029\u202e\u2066\u200b\ufeff\u{e0041}",
    "\ud800",
  ];
  for (const text of hostile) {
    for (const format of Object.values(formats)) {
      const line = lineOf(format, rejected(text));
      assert(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line), JSON.stringify(line));
    }
    const { reason } = JSON.parse(lineOf(jsonLog, rejected(text)));
    assertEquals(reason, text);
  }
});

Deno.test("hostile 117: no text adds a line, a field or an end to a record", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
    assertEquals(JSON.parse(lineOf(jsonLog, rejected(text))).path, text);
    const line = lineOf(textLog, rejected(text));
    const fields = line.matchAll(/ (\w+)=(?:"(?:[^"\\]|\\.)*"|[^" ]+)/g);
    const names = Array.from(fields, ([, name]) => name);
    assertEquals(names, ["address", "origin", "path", "status", "reason"]);
  }));
});

Deno.test("textLog() and jsonLog() shorten long texts", () => {
  for (const format of Object.values(formats)) {
    const line = lineOf(format, rejected("x".repeat(8_000)));
    assert(line.length < 1_500);
    assert(line.includes(`${"x".repeat(256)}…`));
  }
  JSON.parse(lineOf(jsonLog, rejected(`${"x".repeat(255)}😀`)));
});
