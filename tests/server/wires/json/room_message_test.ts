/** The messages of the JSON wire by which clients join and leave rooms. */

import { assertEquals } from "@std/assert";
import {
  joinedFields,
  readRoomMessage,
  readSignOfLife,
} from "../../../../server/wires/json/room_message.ts";

Deno.test("readRoomMessage() reads one room, with a position or a number of messages", () => {
  const cases: [data: unknown, room: unknown][] = [
    [{ roomId: "deck" }, { room: "deck" }],
    ["deck", { room: "deck" }],
    [{ roomId: "deck", seq: 4, epoch: "e" }, { room: "deck", from: { seq: 4, epoch: "e" } }],
    [{ roomId: "deck", last: 50 }, { room: "deck", from: { last: 50 } }],
    [{ roomId: "deck", seq: 4, epoch: "e", last: 5 }, {
      room: "deck",
      from: { seq: 4, epoch: "e" },
    }],
    [{ roomId: "deck", seq: 4, last: 5 }, { room: "deck", from: { last: 5 } }],
    [{ roomId: "" }, { room: "" }],
  ];
  for (const [data, room] of cases) {
    assertEquals<unknown>(readRoomMessage("room:join", data, "1"), {
      kind: "join",
      rooms: [room],
      ackId: "1",
    });
  }
  assertEquals(readRoomMessage("room:leave", { roomId: "deck" }), {
    kind: "leave",
    rooms: ["deck"],
    ackId: undefined,
  });
  assertEquals(readRoomMessage("chat:message", { roomId: "deck" }), undefined);
});

Deno.test("readRoomMessage() reads several rooms, as names and as objects", () => {
  const rooms = ["deck", { roomId: "bridge", seq: 4, epoch: "e" }];
  assertEquals<unknown>(readRoomMessage("room:join", { rooms }), {
    kind: "join",
    rooms: [{ room: "deck" }, { room: "bridge", from: { seq: 4, epoch: "e" } }],
    ackId: undefined,
  });
  assertEquals<unknown>(readRoomMessage("room:leave", { rooms }), {
    kind: "leave",
    rooms: ["deck", "bridge"],
    ackId: undefined,
  });
});

Deno.test("hostile 271: readRoomMessage() refuses what is no room, position or number", () => {
  const thousandAndOne = Array.from({ length: 1_001 }, (_, index) => `room ${index}`);
  const cases: [data: unknown, message: string][] = [
    [undefined, "roomId must be a string"],
    [null, "roomId must be a string"],
    [5, "roomId must be a string"],
    [["deck"], "roomId must be a string"],
    [{ roomId: ["deck"] }, "roomId must be a string"],
    [{ roomId: "deck", seq: "4", epoch: "e" }, "seq must be a number"],
    [{ roomId: "deck", seq: null }, "seq must be a number"],
    [{ roomId: "deck", seq: 4, epoch: 5 }, "epoch must be a string"],
    [{ roomId: "deck", last: "50" }, "last must be a number"],
    [{ roomId: "deck", last: 0 }, "last must be a whole number > 0"],
    [{ roomId: "deck", last: 1e300 }, "last must be a whole number > 0"],
    [{ roomId: "deck", last: 1.5 }, "last must be a whole number > 0"],
    [{ rooms: [] }, "rooms must be an array of rooms"],
    [{ rooms: "deck" }, "rooms must be an array of rooms"],
    [{ rooms: ["deck", 5] }, "roomId must be a string"],
    [{ rooms: [["deck"]] }, "roomId must be a string"],
    [{ rooms: thousandAndOne }, "More than 1000 rooms"],
  ];
  for (const [data, message] of cases) {
    const read = readRoomMessage("room:join", data, "1");
    assertEquals(read?.kind === "malformed" && [read.error.code, read.error.message, read.event], [
      "INVALID_MESSAGE",
      message,
      "room:join",
    ]);
  }
});

Deno.test("joinedFields() lets no field of the application take the place of the wire's", () => {
  const fields = { roomId: "x", seq: 9, epoch: "x", recovered: "x", motto: "Fair winds" };
  const joined = { position: { seq: 4, epoch: "e" }, recovered: true, fields };
  assertEquals(joinedFields("deck", joined), {
    roomId: "deck",
    seq: 4,
    epoch: "e",
    recovered: true,
    motto: "Fair winds",
  });
});

Deno.test("readSignOfLife() knows pings and pongs without fields, spaces or not", () => {
  assertEquals(readSignOfLife('{"type":"ping"}'), "ping");
  assertEquals(readSignOfLife('{"type": "ping"}\n'), "ping");
  assertEquals(readSignOfLife(' { "type" : "pong" } '), "pong");
  for (const text of ['{"type":"ping","n":1}', '{"type":"pinged"}', '"ping"', "ping", ""]) {
    assertEquals(readSignOfLife(text), undefined);
  }
  assertEquals(readSignOfLife(`{"type":"ping"}${" ".repeat(100)}`), undefined);
  assertEquals(readSignOfLife(new TextEncoder().encode('{"type":"ping"}')), undefined);
});
