/** Protocol: the closing handshake, and how a connection ends. RFC 6455 §7. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Protocol } from "../../protocol/connection.ts";
import type { Closed } from "../../protocol/connection_options.ts";
import { isCloseCode } from "../../protocol/close_code.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { closePayload, closeTo, frameTo, messageTo, parseFrames } from "../support/frames.ts";
import { assertFails, assertNotes, Notes, start } from "../support/protocol.ts";
import { testRoles } from "../support/roles.ts";
import { hex } from "../support/splits.ts";

const none = new Uint8Array(0);

/** The output of a protocol, as opcodes and payloads. */
function sent(protocol: Protocol): unknown[] {
  return parseFrames(protocol.takeOutput()).map(({ opcode, payload }) => [opcode, payload]);
}

testRoles("Protocol answers a Close by the same code and is closed", (role) => {
  const [protocol, notes] = start(role);
  assertEquals([protocol.state, protocol.closeExpected], ["open", false]);
  protocol.receive(closeTo(role, 1001, "bye"));
  assertEquals(notes.all, [["closed", { code: 1001, reason: "bye", wasClean: true }]]);
  assertEquals(sent(protocol), [[Opcode.Close, closePayload(1001)]]);
  assertEquals([protocol.state, protocol.closeExpected], ["closed", true]);
});

testRoles("Protocol answers an empty Close by an empty one, and tells 1005", (role) => {
  const [protocol, notes] = start(role);
  protocol.receive(frameTo(role, { opcode: Opcode.Close, payload: none }));
  assertEquals(notes.all, [["closed", { code: 1005, reason: "", wasClean: true }]]);
  assertEquals(sent(protocol), [[Opcode.Close, none]]);
});

testRoles("Protocol.discardOutput() drops what was not taken, but no Close", (role) => {
  const [protocol] = start(role);
  protocol.send("dropped");
  protocol.discardOutput();
  assertEquals(protocol.outputLength, 0);
  protocol.send("kept");
  protocol.close(1000);
  protocol.discardOutput();
  assertEquals(sent(protocol), [[Opcode.Text, utf8("kept")], [Opcode.Close, closePayload(1000)]]);
});

testRoles("Protocol.close() waits for the peer's Close", (role) => {
  const [protocol, notes] = start(role);
  protocol.close(1000, "done");
  assertEquals([protocol.state, protocol.closeExpected], ["closing", false]);
  assertEquals(sent(protocol), [[Opcode.Close, closePayload(1000, "done")]]);
  assertEquals(notes.all, []);
  protocol.receive(closeTo(role, 1000));
  assertEquals(notes.all, [["closed", { code: 1000, reason: "", wasClean: true }]]);
  assertEquals(sent(protocol), []);
  assertEquals(protocol.state, "closed");
});

testRoles("Protocol.close() without a code sends an empty Close", (role) => {
  const [protocol] = start(role);
  protocol.close();
  assertEquals(sent(protocol), [[Opcode.Close, none]]);
});

testRoles("Protocol sends what was sent before close() first, and waiting pongs too", (role) => {
  const [protocol] = start(role);
  protocol.send("last words");
  for (let i = 1; i <= 18; i++) {
    protocol.receive(frameTo(role, { opcode: Opcode.Ping, payload: Uint8Array.of(i) }));
  }
  protocol.close(1000);
  const opcodes = parseFrames(protocol.takeOutput()).map((frame) => frame.opcode);
  assertEquals(opcodes, [Opcode.Text, ...new Array(17).fill(Opcode.Pong), Opcode.Close]);
});

testRoles("Protocol drops messages and answers no ping after its own Close", (role) => {
  const [protocol, notes] = start(role);
  protocol.close(1000);
  sent(protocol);
  protocol.receive(concat([
    messageTo(role, "too late"),
    frameTo(role, { opcode: Opcode.Ping, payload: utf8("p") }),
    closeTo(role, 1000),
  ]));
  assertEquals(sent(protocol), []);
  assertEquals(notes.messages, []);
  assertEquals(notes.closes.length, 1);
});

testRoles("Protocol checks frames after its own Close, and sends no second one", (role) => {
  const [protocol, notes] = start(role);
  protocol.close(4000);
  sent(protocol);
  protocol.receive(frameTo(role, { opcode: 0xb, payload: none }));
  const reason = "Opcode 0xb is reserved";
  assertEquals(notes.all, [["closed", { code: 1002, reason, wasClean: false }]]);
  assertEquals(sent(protocol), []);
});

testRoles("hostile 66: Protocol refuses a Close with a payload of one byte", (role) => {
  const bytes = frameTo(role, { opcode: Opcode.Close, payload: hex("03") });
  assertFails(role, bytes, { code: 1002, reason: "Close frame has a payload of one byte" });
});

testRoles("hostile 67: Protocol takes exactly the close codes that may be sent", (role) => {
  const near = [0, 1, 999, 1000, 1003, 1004, 1005, 1006, 1007, 1014, 1015, 1016, 1100];
  const far = [2000, 2999, 3000, 3999, 4000, 4999, 5000, 32768, 65535];
  for (const code of [...near, ...far]) {
    if (isCloseCode(code)) {
      assertNotes(role, closeTo(role, code), [["closed", { code, reason: "", wasClean: true }]]);
    } else {
      assertFails(role, closeTo(role, code), {
        code: 1002,
        reason: `Close code ${code} is not allowed`,
      });
    }
  }
});

testRoles("hostile 68: Protocol refuses a close reason that is not UTF-8", (role) => {
  for (const reason of ["ff", "c328", "eda080", "e282"]) {
    const payload = concat([hex("03e8"), hex(reason)]);
    const bytes = frameTo(role, { opcode: Opcode.Close, payload });
    assertFails(role, bytes, { code: 1007, reason: "Close reason is not valid UTF-8" });
  }
});

testRoles("hostile 69: Protocol ignores all that follows a Close", (role) => {
  const bytes = concat([
    closeTo(role, 1000),
    messageTo(role, "too late"),
    frameTo(role, { opcode: Opcode.Ping, payload: none }),
    closeTo(role, 1001),
    hex("ffffffffffffffff"),
  ]);
  assertNotes(role, bytes, [["closed", { code: 1000, reason: "", wasClean: true }]]);
});

Deno.test("hostile 70: Protocol ends once at each side when both close at once", () => {
  const [server, serverNotes] = start("server");
  const [client, clientNotes] = start("client");
  server.close(1001, "going");
  client.close(1000, "bored");
  const fromServer = server.takeOutput().slice();
  server.receive(client.takeOutput().slice());
  client.receive(fromServer);
  assertEquals(serverNotes.all, [["closed", { code: 1000, reason: "bored", wasClean: true }]]);
  assertEquals(clientNotes.all, [["closed", { code: 1001, reason: "going", wasClean: true }]]);
  assertEquals([server.outputLength, client.outputLength], [0, 0]);
});

testRoles("hostile 65: Protocol.receiveEnd() inside a frame is 1006 without a message", (role) => {
  const bytes = messageTo(role, "x".repeat(300));
  for (let cut = 1; cut < bytes.length; cut++) {
    const [protocol, notes] = start(role);
    protocol.receive(bytes.slice(0, cut));
    protocol.receiveEnd();
    assertEquals(notes.all, [["closed", { code: 1006, reason: "", wasClean: false }]]);
    assertEquals([protocol.outputLength, protocol.heldBytes, protocol.unfinished], [0, 0, false]);
  }
});

testRoles("hostile 75: Protocol.receiveEnd() without a Close is 1006, once", (role) => {
  const [protocol, notes] = start(role);
  protocol.receiveEnd();
  protocol.receiveEnd();
  protocol.receive(messageTo(role, "too late"));
  assertEquals(notes.all, [["closed", { code: 1006, reason: "", wasClean: false }]]);
  assertEquals([protocol.state, protocol.outputLength], ["closed", 0]);
});

testRoles("hostile 75: Protocol.receiveEnd() after our own Close only is 1006", (role) => {
  const [protocol, notes] = start(role);
  protocol.close(1000);
  protocol.receiveEnd();
  assertEquals(notes.all, [["closed", { code: 1006, reason: "", wasClean: false }]]);
});

testRoles("hostile 75: Protocol.receiveEnd() after the closing handshake says nothing", (role) => {
  const [protocol, notes] = start(role);
  protocol.receive(closeTo(role, 1000));
  protocol.receiveEnd();
  assertEquals(notes.closes, [{ code: 1000, reason: "", wasClean: true }]);
});

testRoles("hostile 73: Protocol.close() throws on a bad code or reason and stays open", (role) => {
  const [protocol, notes] = start(role);
  for (const code of [0, 1004, 1005, 1006, 1015, 2000, 5000, NaN]) {
    assertThrows(() => protocol.close(code), RangeError);
  }
  assertThrows(() => protocol.close(1000, "x".repeat(124)), RangeError);
  assertThrows(() => protocol.close(1000, "\udc00"), TypeError);
  assertThrows(() => protocol.close(1000, new Float32Array(30) as unknown as string), TypeError);
  assertThrows(() => protocol.close(undefined, "why"), TypeError);
  assertEquals([protocol.state, protocol.outputLength], ["open", 0]);
  protocol.close(1000, "x".repeat(123));
  assertThrows(() => protocol.close(1005), RangeError);
  assertEquals([protocol.state, notes.all], ["closing", []]);
});

testRoles("hostile 74: Protocol.close() twice sends one Close", (role) => {
  const [protocol] = start(role);
  protocol.close(1000);
  protocol.close(1001);
  assertEquals(sent(protocol), [[Opcode.Close, closePayload(1000)]]);
});

testRoles("hostile 74: Protocol sends nothing once it is closing or closed", (role) => {
  for (const end of ["closing", "closed"]) {
    const [protocol, notes] = start(role);
    protocol.close(1000);
    if (end === "closed") protocol.receive(closeTo(role, 1000));
    sent(protocol);
    assertEquals(protocol.state, end);
    assertEquals([protocol.send("x"), protocol.send(none)], [false, false]);
    assertEquals(protocol.sendEncoded(none), false);
    protocol.ping();
    protocol.pong();
    protocol.close(1001);
    assertEquals(protocol.takeOutput(), none);
    assertEquals(notes.all.length, end === "closed" ? 1 : 0);
  }
});

testRoles("hostile 74: Protocol.close() in a handler ends the messages of the chunk", (role) => {
  const notes = new Notes();
  const protocol = new Protocol(role, {}, {
    message(data) {
      notes.message(data);
      protocol.close(1000);
    },
    closed: (close) => notes.closed(close),
  });
  const texts = ["one", "two"].map((text) => messageTo(role, text));
  protocol.receive(concat([...texts, closeTo(role, 1000)]));
  assertEquals(notes.all, [
    ["message", "one"],
    ["closed", { code: 1000, reason: "", wasClean: true }],
  ]);
});

testRoles("hostile 74: Protocol.fail() in a handler is the end", (role) => {
  for (const kind of ["message", "ping", "pong"] as const) {
    const notes = new Notes();
    const fail = (): void => protocol.fail(1008, "enough");
    const protocol: Protocol = new Protocol(role, {}, {
      message: kind === "message" ? fail : () => {},
      [kind]: fail,
      closed: (close) => notes.closed(close),
    });
    const bytes = concat([
      frameTo(role, { opcode: Opcode.Ping, payload: none }),
      frameTo(role, { opcode: Opcode.Pong, payload: none }),
      messageTo(role, "one"),
      messageTo(role, "two"),
      closeTo(role, 1000),
    ]);
    protocol.receive(bytes);
    protocol.receiveEnd();
    assertEquals(notes.all, [["closed", { code: 1008, reason: "enough", wasClean: false }]], kind);
  }
});

testRoles("hostile 74: Protocol.send() in the closed handler is refused quietly", (role) => {
  let answer: boolean | undefined;
  const protocol = new Protocol(role, {}, {
    message() {},
    closed() {
      answer = protocol.send("one more");
      protocol.close(1000);
      protocol.fail(1011, "again");
      protocol.receiveEnd();
    },
  });
  protocol.receive(closeTo(role, 1000));
  assertEquals(answer, false);
  assertEquals(sent(protocol), [[Opcode.Close, closePayload(1000)]]);
});

testRoles("Protocol.fail() sends a Close and ignores all that arrives", (role) => {
  const [protocol, notes] = start(role);
  protocol.fail(1011, "Internal error");
  protocol.fail(1002, "again");
  protocol.receive(messageTo(role, "too late"));
  assertEquals(notes.all, [["closed", { code: 1011, reason: "Internal error", wasClean: false }]]);
  assertEquals(sent(protocol), [[Opcode.Close, closePayload(1011, "Internal error")]]);
});

testRoles("Protocol.fail() after our own Close sends no second one", (role) => {
  const [protocol, notes] = start(role);
  protocol.close(1000);
  protocol.fail(1008, "Closing takes too long");
  assertEquals(sent(protocol), [[Opcode.Close, closePayload(1000)]]);
  assertEquals(notes.closes.map((close) => close.code), [1008]);
});

testRoles("Protocol.fail() refuses a code that may not be sent, and changes nothing", (role) => {
  const [protocol, notes] = start(role);
  assertThrows(() => protocol.fail(1006, ""), RangeError);
  assertThrows(() => protocol.fail(1008, "x".repeat(124)), RangeError);
  assertEquals([protocol.state, protocol.outputLength, notes.all.length], ["open", 0, 0]);
  assert(protocol.send("still open"));
});

Deno.test("Protocol sends no close reasons where closeReasons is false, and tells its handler all the same", () => {
  const ends: Closed[] = [];
  const handler = { message() {}, closed: (close: Closed) => void ends.push(close) };
  const closing = new Protocol("server", { closeReasons: false }, handler);
  closing.close(4000, "Moored");
  assertEquals([...closing.takeOutput()], [0x88, 2, 0x0f, 0xa0]);
  const failing = new Protocol("server", { closeReasons: false }, handler);
  failing.fail(1008, "Against the rules");
  assertEquals([...failing.takeOutput()], [0x88, 2, 0x03, 0xf0]);
  assertEquals(ends, [{ code: 1008, reason: "Against the rules", wasClean: false }]);
  const empty = new Protocol("server", { closeReasons: false }, handler);
  empty.close();
  assertEquals([...empty.takeOutput()], [0x88, 0]);
});
