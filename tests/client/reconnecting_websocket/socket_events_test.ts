import { assertEquals, assertInstanceOf } from "@std/assert";
import {
  closeEvent,
  errorEvent,
  messageEvent,
} from "../../../client/reconnecting_websocket/socket_events.ts";

const close = { code: 4000, reason: "enough", wasClean: true };

Deno.test("closeEvent() has the fields of the standard class, also where that is missing", () => {
  assertInstanceOf(closeEvent(close), CloseEvent);
  const { CloseEvent: standard } = globalThis;
  Reflect.deleteProperty(globalThis, "CloseEvent");
  try {
    const { type, code, reason, wasClean } = closeEvent(close);
    assertEquals([type, code, reason, wasClean], ["close", 4000, "enough", true]);
  } finally {
    globalThis.CloseEvent = standard;
  }
});

Deno.test("messageEvent() and errorEvent() say what has come", () => {
  const event = messageEvent({ type: "message", data: "text" });
  assertEquals([event.type, event.data], ["message", "text"]);
  const { type, message, error } = errorEvent(new Error("No")) as ErrorEvent;
  assertEquals([type, message, String(error)], ["error", "Error: No", "Error: No"]);
});
