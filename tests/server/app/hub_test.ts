/** The clients that are connected to this server, and the rooms that they are in. */

import { assertEquals, assertThrows } from "@std/assert";
import { EventError } from "../../../server/app/errors.ts";
import { Hub, type Member } from "../../../server/app/hub.ts";
import type { SendResult } from "../../../server/types.ts";

class Someone implements Member {
  constructor(readonly id: string) {}
  send(): SendResult {
    return "sent";
  }
}

function hubOf(...ids: string[]): { hub: Hub<Someone>; members: Someone[] } {
  const hub = new Hub<Someone>({ maxRooms: 1_000, maxRoomNameSize: 256, maxPendingAcks: 10 });
  const members = ids.map((id) => new Someone(id));
  for (const member of members) hub.add(member);
  return { hub, members };
}

function selected(hub: Hub<Someone>, rooms: string[], except: string[] = []): string[] {
  return [...hub.select({ rooms, except })].map(({ id }) => id);
}

function assertEventError(run: () => void, code: string): void {
  assertEquals(assertThrows(run, EventError).code, code);
}

Deno.test("Hub.select() goes through everybody where no room is named", () => {
  const { hub } = hubOf("a", "b", "c");
  assertEquals(selected(hub, []), ["a", "b", "c"]);
  assertEquals(selected(hub, [], ["b"]), ["a", "c"]);
});

Deno.test("Hub.select() gives a member of several rooms once", () => {
  const { hub, members: [a, b, c] } = hubOf("a", "b", "c");
  for (const member of [a!, b!]) hub.join("deck", member);
  for (const member of [b!, c!]) hub.join("bridge", member);
  assertEquals(selected(hub, ["deck", "bridge"]), ["a", "b", "c"]);
  assertEquals(selected(hub, ["deck", "bridge"], ["b"]), ["a", "c"]);
  assertEquals(selected(hub, ["deck", "deck"]), ["a", "b"]);
  assertEquals(selected(hub, ["nowhere"]), []);
});

Deno.test("Hub.remove() takes a member out of all of its rooms", () => {
  const { hub, members: [a] } = hubOf("a");
  for (const room of ["deck", "bridge", "hold"]) hub.join(room, a!);
  hub.remove(a!);
  assertEquals([hub.size, hub.roomsOf(a!).size, selected(hub, ["deck"])], [0, 0, []]);
});

Deno.test("hostile 106: Hub.join() makes no ghost of a member that has gone", () => {
  const { hub, members: [a] } = hubOf("a");
  hub.remove(a!);
  hub.join("deck", a!);
  assertEquals([hub.roomsOf(a!).size, selected(hub, ["deck"])], [0, []]);
});

Deno.test("hostile 105: Hub.join() refuses the room after the thousandth", () => {
  const { hub, members: [a, b] } = hubOf("a", "b");
  for (let i = 0; i < 1_000; i++) hub.join(`room ${i}`, a!);
  hub.join("room 0", a!);
  assertEventError(() => hub.join("one more", a!), "FORBIDDEN");
  hub.join("one more", b!);
  hub.leave("room 0", a!);
  hub.join("one more", a!);
  assertEquals(hub.roomsOf(a!).size, 1_000);
});

Deno.test("hostile 105: Hub.join() refuses names that are empty, long or no string", () => {
  const { hub, members: [a] } = hubOf("a");
  for (const room of ["", "x".repeat(257), "ä".repeat(129), "x".repeat(1_048_576)]) {
    assertEventError(() => hub.join(room, a!), "INVALID_MESSAGE");
  }
  for (const room of [undefined, 5, {}, ["deck"]]) {
    assertEventError(() => hub.join(room as string, a!), "INVALID_MESSAGE");
  }
  hub.join("ä".repeat(128), a!);
  assertEquals(hub.roomsOf(a!).size, 1);
});

Deno.test("Hub keeps the position of a room over its last leave", () => {
  const { hub, members: [a] } = hubOf("a");
  hub.join("deck", a!);
  const position = hub.positions.next("deck");
  hub.leave("deck", a!);
  hub.join("deck", a!);
  assertEquals(hub.positions.current("deck"), position);
});
