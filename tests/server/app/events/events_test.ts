/** Names of events: their types, and those that belong to the server. */

import { assert, assertThrows } from "@std/assert";
import {
  checkHandledName,
  checkSentName,
  isHandledByWires,
} from "../../../../server/app/events/events.ts";

Deno.test("isHandledByWires() knows what clients say to wires", () => {
  for (const name of ["auth", "room:join", "room:leave", "disconnect"]) {
    assert(isHandledByWires(name), name);
  }
  for (const name of ["chat:message", "welcome", "ping", "room:joined"]) {
    assert(!isHandledByWires(name), name);
  }
});

Deno.test("hostile 98: isHandledByWires() takes names of Object.prototype as ordinary names", () => {
  assert(!isHandledByWires("__proto__"));
  assert(!isHandledByWires("constructor"));
  checkHandledName("__proto__");
  checkSentName("__proto__");
});

Deno.test("checkHandledName() refuses what wires handle, and not what they send", () => {
  assertThrows(() => checkHandledName("auth"), TypeError, 'Cannot handle "auth" as it is reserved');
  assertThrows(() => checkHandledName("room:join"), TypeError, "by the option rooms of the App");
  checkHandledName("welcome");
});

Deno.test("hostile 426: checkHandledName() says what hears of clients instead of an event", () => {
  for (const name of ["connection", "connect"]) {
    assertThrows(() => checkHandledName(name), TypeError, "app.onConnect() hears");
  }
  for (const name of ["disconnect", "disconnecting"]) {
    assertThrows(() => checkHandledName(name), TypeError, "app.onDisconnect() hears");
  }
  checkSentName("connection");
});

Deno.test("checkSentName() refuses what wires send, and not what they handle", () => {
  for (const name of ["welcome", "auth_ok", "room:joined", "room:left", "error"]) {
    assertThrows(() => checkSentName(name), TypeError, `Cannot send "${name}" as it is reserved`);
  }
  checkSentName("auth");
});

Deno.test("checkHandledName() and checkSentName() refuse names that are empty or no strings", () => {
  const number: unknown = 5;
  for (const check of [checkHandledName, checkSentName]) {
    assertThrows(() => check(""), TypeError, "not a string with content");
    assertThrows(() => check(number as string), TypeError, "not a string with content");
  }
});
