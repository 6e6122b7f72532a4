/** The messages of the chat page. */

import { assertEquals } from "@std/assert";
import { decode, encodeJoin, encodeMessage, toDate } from "../../../../examples/chat/page/wire.js";

Deno.test("decode() takes what has a type", () => {
  assertEquals(decode('{"type":"welcome","id":"c1"}'), { type: "welcome", id: "c1" });
});

Deno.test("decode() takes an acknowledgement", () => {
  assertEquals(decode('{"ack":"1","data":null}'), { type: "ack", ack: "1", data: null });
});

Deno.test("decode() gives nothing for what is no message", () => {
  for (const text of ["", "{", "null", "1", "[]", "{}", '{"type":1}']) {
    assertEquals(decode(text), undefined, text);
  }
});

Deno.test("encodeJoin() names the position of an earlier visit", () => {
  assertEquals(JSON.parse(encodeJoin("abc", { seq: 41, epoch: "e" })), {
    id: "join",
    event: "room:join",
    data: { roomId: "abc", seq: 41, epoch: "e" },
  });
});

Deno.test("encodeMessage() is acknowledged by the number of the letter", () => {
  const letter = { key: 7, content: "Hello", state: "sending" as const };
  assertEquals(JSON.parse(encodeMessage("abc", letter)), {
    id: "7",
    event: "chat:message",
    data: { roomId: "abc", content: "Hello" },
  });
});

Deno.test("toDate() takes milliseconds and seconds", () => {
  assertEquals(toDate(1_700_000_000_000).toISOString(), "2023-11-14T22:13:20.000Z");
  assertEquals(toDate(1_700_000_000).toISOString(), "2023-11-14T22:13:20.000Z");
});
