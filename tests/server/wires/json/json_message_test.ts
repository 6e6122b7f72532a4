/** Between the messages of the JSON wire and what the application speaks of. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { EventError } from "../../../../server/app/events/errors.ts";
import { Outgoing } from "../../../../server/app/events/outgoing.ts";
import type { Answer, Session } from "../../../../server/app/peer.ts";
import {
  encodeError,
  encodeOutgoing,
  encodeReply,
  parseRequestId,
  readAnswer,
  report,
  requestId,
} from "../../../../server/wires/json/json_message.ts";
import { args } from "../../../../wire/args.ts";
import { parseClientMessage } from "../../../../wire/client_message.ts";
import { parseServerMessage } from "../../../../wire/server_message.ts";

/** A session that notes what is reported to it. */
function noting(notes: unknown[]): Session {
  return {
    open() {},
    event: (event) => void notes.push(event),
    join: (request) => void notes.push({ join: request }),
    leave: (request) => void notes.push({ leave: request }),
    auth: (token) => void notes.push({ token }),
    malformed: ({ code, message }, event) => void notes.push([code, message, event]),
    answered: (ackId, answer) => void notes.push([ackId, answer]),
    closed() {},
  };
}

function reported(text: string): unknown[] {
  const notes: unknown[] = [];
  const message = parseClientMessage(text);
  assert(message.kind !== "ping");
  report(noting(notes), message);
  return notes;
}

Deno.test("report() tells a session what its client says", () => {
  assertEquals(reported('{"type":"note","text":"hi","id":7}'), [
    { event: "note", data: { text: "hi", id: 7 }, ackId: undefined },
  ]);
  assertEquals(reported('{"event":"note"}'), [{
    event: "note",
    data: undefined,
    ackId: undefined,
  }]);
  assertEquals(reported('{"id":"a1","event":"note","data":[1]}'), [
    { event: "note", data: [1], ackId: "a1" },
  ]);
  assertEquals(reported('{"type":"auth","token":"t"}'), [{ token: "t" }]);
  assertEquals(reported("{"), [["PARSE_ERROR", "Invalid JSON", undefined]]);
  assertEquals(reported('{"id":5,"event":"note"}'), [
    ["INVALID_MESSAGE", "Message id must be a string of 1 to 128 characters", "note"],
  ]);
  assertEquals(reported('{"type":"pong"}'), []);
  assertEquals(reported(JSON.stringify({ ack: requestId(300), data: 5 })), [[300, { data: 5 }]]);
});

Deno.test("report() waits for what the session waits for", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const session: Session = { ...noting([]), event: () => promise, leave: () => promise };
  assert(report(session, { kind: "event", event: "a", data: 1 }) === promise);
  assert(report(session, { kind: "leave", rooms: ["a"], id: undefined }) === promise);
  resolve();
  await promise;
});

Deno.test("report() tells a session what its client asks of rooms", () => {
  assertEquals(reported('{"type":"room:join","roomId":"a","seq":4,"epoch":"e","last":9}'), [
    { join: { rooms: [{ room: "a", from: { seq: 4, epoch: "e" } }], ackId: undefined } },
  ]);
  const rooms = [{ room: "a", from: undefined }, { room: "b", from: { last: 9 } }];
  const data = '{"rooms":["a",{"roomId":"b","last":9}]}';
  assertEquals(reported(`{"event":"room:join","data":${data},"id":"1"}`), [
    { join: { rooms, ackId: "1" } },
  ]);
  assertEquals(reported('{"event":"room:leave","data":"a","id":"1"}'), [
    { leave: { rooms: ["a"], ackId: "1" } },
  ]);
});

Deno.test("report() names acknowledgements as it is told to", () => {
  const notes: unknown[] = [];
  report(noting(notes), { kind: "event", event: "note", data: undefined, id: "1" }, 7);
  assertEquals(notes, [{ event: "note", data: undefined, ackId: 7 }]);
});

Deno.test("readAnswer() cuts off what a client says too much of an error", () => {
  const answers: [error: unknown, code: string, message: string][] = [
    [{ code: "BUSY", message: "Later" }, "BUSY", "Later"],
    [{ code: 5 }, "ERROR", "Answered with an error"],
    ["no", "ERROR", "Answered with an error"],
    [{ code: "X".repeat(1_000), message: "" }, "X".repeat(200), "Answered with an error"],
  ];
  for (const [error, code, message] of answers) {
    const decoded = parseClientMessage(JSON.stringify({ ack: "a1", error }));
    assert(decoded.kind === "answer");
    const answer: Answer = readAnswer(decoded);
    assert("error" in answer && answer.error instanceof EventError);
    assertEquals([answer.error.code, answer.error.message], [code, message]);
  }
});

Deno.test("hostile 103: parseRequestId() knows the ids of its own requests only", () => {
  const id = requestId(300);
  assertMatch(id, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
  assertEquals(parseRequestId(id), 300);
  for (const other of ["300", "a1", "-1", "", id.slice(0, -1), `${id}0`, `${id.slice(0, -1)}x`]) {
    assertEquals(parseRequestId(other), NaN);
  }
});

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

Deno.test("encodeReply() writes data as it is, nothing for undefined, or an error", () => {
  assertEquals(encodeReply("a1", { data: { ok: true } }), '{"ack":"a1","data":{"ok":true}}');
  assertEquals(encodeReply("a1", { data: undefined }), '{"ack":"a1"}');
  assertEquals(encodeReply("a1", { data: null }), '{"ack":"a1","data":null}');
  assertEquals(encodeReply("a1", { data: args(1, 2) }), '{"ack":"a1","args":[1,2]}');
  const details = { left: Uint8Array.of(1) };
  assertEquals(
    encodeReply("a1", { error: new EventError("FORBIDDEN", "No", { details }) }),
    '{"ack":"a1","error":{"left":{"$base64":"AQ=="},"code":"FORBIDDEN","message":"No"}}',
  );
});

Deno.test("encodeOutgoing() writes an event, a request, or a message of a stream", () => {
  const data = { a: 1 };
  assertEquals(encodeOutgoing(new Outgoing("note", data)), '{"type":"note","a":1}');
  const request = parseServerMessage(encodeOutgoing(new Outgoing("note", data, 7)));
  assertEquals(request, { kind: "event", event: "note", data, id: requestId(7) });
  const place = { room: "deck", seq: 4, epoch: "e" };
  assertEquals(
    encodeOutgoing(new Outgoing("note", data, undefined, place)),
    '{"type":"note","a":1,"stream":"deck","seq":4}',
  );
});
