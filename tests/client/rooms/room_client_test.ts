import { assertEquals } from "@std/assert";
import { ClientError } from "../../../client/errors.ts";
import { RoomClient } from "../../../client/rooms/room_client.ts";
import type { Gap } from "../../../client/rooms/rooms.ts";
import { ManualClock } from "../../support/clients.ts";

function setUp() {
  const clock = new ManualClock();
  const sent: unknown[] = [];
  const gaps: Gap[] = [];
  const timing = { clock, minDelay: 1_000, maxDelay: 30_000, random: () => 0 };
  const client = new RoomClient(timing, {
    send: (text) => sent.push(JSON.parse(text)),
    gap: (gap) => gaps.push(gap),
  });
  return { clock, sent, gaps, client };
}

Deno.test("RoomClient.opened() asks for all rooms by one message", () => {
  const { sent, client } = setUp();
  for (const room of ["deck", "hold"]) client.rooms.join(room, false);
  assertEquals(sent, []);
  client.opened();
  assertEquals(sent, [{ type: "room:join", rooms: [{ roomId: "deck" }, { roomId: "hold" }] }]);
});

Deno.test("RoomClient.receive() keeps from the application what is asked again", async () => {
  const { clock, sent, client } = setUp();
  const joined = client.rooms.join("deck", true);
  client.flush();
  const refusal = { code: "RATE_LIMITED", message: "Slow down", event: "room:join", retryAfter: 1 };
  assertEquals(client.receive("error", { ...refusal, roomId: "deck" }), true);
  clock.pass(1_000);
  client.flush();
  assertEquals(sent.length, 2);
  const answer = { roomId: "deck", seq: 1, epoch: "e", recovered: false };
  assertEquals(client.receive("room:joined", answer), false);
  assertEquals((await joined).roomId, "deck");
  assertEquals(client.receive("error", { code: "INTERNAL", message: "x", event: "say" }), false);
});

Deno.test("RoomClient.leave() leaves again what the server postpones, unless it is joined", () => {
  const { clock, sent, client } = setUp();
  for (const room of ["deck", "hold"]) client.rooms.join(room, true);
  for (const room of ["deck", "hold"]) client.leave(room, true);
  client.flush();
  sent.length = 0;
  const refusal = { code: "RATE_LIMITED", message: "Slow down", event: "room:leave" };
  client.receive("error", { ...refusal, roomIds: ["deck", "hold"], retryAfter: 2 });
  client.rooms.join("hold", true);
  clock.pass(2_000);
  client.flush();
  assertEquals(sent, [
    { type: "room:leave", roomId: "deck" },
    { type: "room:join", roomId: "hold" },
  ]);
});

Deno.test("RoomClient.lost() and closed() forget what was to be asked", async () => {
  const { clock, sent, client } = setUp();
  const joined = client.rooms.join("deck", true);
  client.lost();
  client.flush();
  client.closed(new ClientError("CLOSED", "Client is closed"));
  assertEquals(await joined.catch(({ code }) => code), "CLOSED");
  assertEquals([sent, clock.size], [[], 0]);
});
