/** Which rooms the client asks for, and what the server says of them, without a connection. */

import { assert, assertEquals } from "@std/assert";
import { readRoomRefusal, RoomRequests } from "../../../client/rooms/room_requests.ts";
import type { ServerError } from "../../../client/errors.ts";

function setUp() {
  const sent: unknown[] = [];
  const requests = new RoomRequests((text) => sent.push(JSON.parse(text)));
  return { sent, requests };
}

Deno.test("RoomRequests sends what is asked for within a turn by one message", async () => {
  const { sent, requests } = setUp();
  requests.join({ roomId: "deck", since: { seq: 4, epoch: "e" } });
  requests.join({ roomId: "bridge", last: 50 });
  assertEquals(sent, []);
  await Promise.resolve();
  const deck = { roomId: "deck", seq: 4, epoch: "e" };
  assertEquals(sent, [{ type: "room:join", rooms: [deck, { roomId: "bridge", last: 50 }] }]);
  requests.join({ roomId: "hold" });
  requests.flush();
  await Promise.resolve();
  assertEquals(sent.slice(1), [{ type: "room:join", roomId: "hold" }]);
});

Deno.test("RoomRequests leaves before it joins, and joins nothing that was left", async () => {
  const { sent, requests } = setUp();
  requests.leave("deck");
  requests.join({ roomId: "deck" });
  requests.join({ roomId: "bridge" });
  requests.leave("bridge");
  await Promise.resolve();
  assertEquals(sent, [
    { type: "room:leave", rooms: ["deck", "bridge"] },
    { type: "room:join", roomId: "deck" },
  ]);
});

Deno.test("RoomRequests sends a thousand rooms in messages of 16 KiB", () => {
  const texts: string[] = [];
  const requests = new RoomRequests((text) => texts.push(text));
  for (let i = 0; i < 1_000; i++) {
    requests.join({ roomId: `room ${i} with a name`, since: { seq: 123_456, epoch: "1abcdefgh" } });
  }
  requests.join({ roomId: '"'.repeat(20_000) });
  requests.flush();
  assertEquals(texts.flatMap((text) => JSON.parse(text).rooms ?? [0]).length, 1_001);
  assert(texts.length <= 7, `${texts.length} messages`);
  for (const text of texts.slice(0, -1)) assert(text.length <= 16_384, `${text.length}`);
});

Deno.test("RoomRequests forgets with the connection what was to be said", async () => {
  const { sent, requests } = setUp();
  requests.join({ roomId: "deck" });
  requests.leave("bridge");
  requests.clear();
  await Promise.resolve();
  assertEquals(sent, []);
});

Deno.test("readRoomRefusal() tells what passes, and what is for good", () => {
  const read = (fields: object) => {
    const refusal = readRoomRefusal({ code: "RATE_LIMITED", message: "No", ...fields });
    return refusal && [refusal.event, refusal.rooms, refusal.delay];
  };
  const event = "room:join";
  assertEquals(read({ event, roomId: "a", retryAfter: 2 }), [event, ["a"], 2_000]);
  assertEquals(read({ event, roomIds: ["a", "b"] }), [event, ["a", "b"], 0]);
  assertEquals(read({ event }), [event, undefined, 0]);
  assertEquals(read({}), [event, undefined, 0]);
  assertEquals(read({ event, code: "UNAVAILABLE", roomId: "a" }), [event, ["a"], 0]);
  assertEquals(read({ event, code: "FORBIDDEN", roomId: "a" }), [event, ["a"], undefined]);
  assertEquals(read({ event: "room:leave", roomId: "a", retryAfter: 1 }), [
    "room:leave",
    ["a"],
    1_000,
  ]);
  for (const other of [{ event: "say" }, { code: "PARSE_ERROR" }, { code: 5, event }]) {
    assertEquals(read(other), undefined);
  }
  const error = readRoomRefusal({ event, code: "FORBIDDEN", message: 5, roomId: "a", why: "full" })
    ?.error as ServerError;
  assertEquals([error.code, error.message, error.details], [
    "FORBIDDEN",
    "Server error",
    { why: "full" },
  ]);
});
