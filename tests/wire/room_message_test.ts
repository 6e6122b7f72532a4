/** Messages of a client about rooms. */

import { assertEquals } from "@std/assert";
import {
  encodeJoin,
  encodeLeave,
  joinEvent,
  leaveEvent,
  readRoomMessage,
} from "../../wire/room_message.ts";

function read(event: string, data: unknown, id?: string): unknown {
  return readRoomMessage({ kind: "event", event, data, ...(id !== undefined && { id }) });
}

Deno.test("readRoomMessage() reads one room, with a position or a number of messages", () => {
  const since = { seq: 4, epoch: "e" };
  const cases: [data: unknown, room: unknown][] = [
    [{ roomId: "deck" }, { roomId: "deck" }],
    ["deck", { roomId: "deck" }],
    [{ roomId: "deck", ...since }, { roomId: "deck", since }],
    [{ roomId: "deck", last: 50 }, { roomId: "deck", last: 50 }],
    [{ roomId: "deck", ...since, last: 5 }, { roomId: "deck", since, last: 5 }],
    [{ roomId: "deck", seq: 4, last: 5 }, { roomId: "deck", last: 5 }],
    [{ roomId: "", seq: -1.5, epoch: "" }, { roomId: "", since: { seq: -1.5, epoch: "" } }],
  ];
  for (const [data, room] of cases) {
    assertEquals(read(joinEvent, data, "1"), { kind: "join", rooms: [room], id: "1" });
  }
  assertEquals(read(leaveEvent, { roomId: "deck" }), {
    kind: "leave",
    rooms: ["deck"],
    id: undefined,
  });
  assertEquals(read("chat:message", { roomId: "deck" }), undefined);
});

Deno.test("readRoomMessage() reads several rooms, as names and as objects", () => {
  const since = { seq: 4, epoch: "e" };
  const rooms = ["deck", { roomId: "bridge", ...since }];
  assertEquals(read(joinEvent, { rooms }), {
    kind: "join",
    rooms: [{ roomId: "deck" }, { roomId: "bridge", since }],
    id: undefined,
  });
  assertEquals(read(leaveEvent, { rooms }), {
    kind: "leave",
    rooms: ["deck", "bridge"],
    id: undefined,
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
  for (const event of [joinEvent, leaveEvent]) {
    for (const [data, message] of cases) {
      const expected = { kind: "malformed", code: "INVALID_MESSAGE", message, event };
      assertEquals(read(event, data, "1"), expected);
    }
  }
});

Deno.test("encodeJoin() and encodeLeave() write flat messages, enveloped where they have an id", () => {
  const since = { seq: 41, epoch: "e" };
  assertEquals(
    encodeJoin([{ roomId: "abc", since }]),
    '{"type":"room:join","roomId":"abc","seq":41,"epoch":"e"}',
  );
  assertEquals(
    encodeJoin([{ roomId: "abc" }, { roomId: "d", last: 50 }], "7"),
    '{"id":"7","event":"room:join","data":{"rooms":[{"roomId":"abc"},{"roomId":"d","last":50}]}}',
  );
  assertEquals(encodeLeave(["abc"]), '{"type":"room:leave","roomId":"abc"}');
  assertEquals(
    encodeLeave(["abc"], "7"),
    '{"id":"7","event":"room:leave","data":{"roomId":"abc"}}',
  );
});
