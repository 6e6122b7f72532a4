/** The clients that are connected to this server, and the rooms that they are in. */

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EventError } from "../../../../server/app/events/errors.ts";
import { Hub, type Member } from "../../../../server/app/clients/hub.ts";
import { everybody } from "../../../../server/app/clients/selection.ts";
import type { SendResult } from "../../../../server/types.ts";

class Someone implements Member {
  congested = false;
  constructor(readonly id: string) {}
  send(): SendResult {
    return "sent";
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
}

function hubOf(...ids: string[]): { hub: Hub<Someone>; members: Someone[] } {
  const hub = new Hub<Someone>({
    maxRooms: 1_000,
    maxMemberships: 1_000_000,
    maxRoomNameSize: 256,
    maxPendingAcks: 10,
  });
  const members = ids.map((id) => new Someone(id));
  for (const member of members) hub.add(member);
  return { hub, members };
}

function selected(hub: Hub<Someone>, rooms: string[], except: string[] = []): string[] {
  return [...hub.select({ ...everybody, rooms, except })].map(({ id }) => id);
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

Deno.test("Hub.select() takes the id of a member as a room of its own", () => {
  const { hub, members: [a, b] } = hubOf("a", "b", "c");
  for (const member of [a!, b!]) hub.join("deck", member);
  assertEquals(selected(hub, ["c"]), ["c"]);
  assertEquals(selected(hub, ["a", "deck"]), ["a", "b"]);
});

Deno.test("Hub.join() refuses a room that is named as another member", () => {
  const { hub, members: [a, b] } = hubOf("a", "b");
  assertEventError(() => hub.join("b", a!), "FORBIDDEN");
  hub.join("b", b!);
  assertEquals(selected(hub, ["b"]), ["b"]);
});

Deno.test("Hub.select() leaves out members of an excepted room", () => {
  const { hub, members: [a, b] } = hubOf("a", "b", "c");
  for (const member of [a!, b!]) hub.join("deck", member);
  hub.join("bridge", b!);
  assertEquals(selected(hub, [], ["deck"]), ["c"]);
  assertEquals(selected(hub, ["deck"], ["bridge", "nowhere"]), ["a"]);
});

Deno.test("Hub.select() goes through the connections of a user", () => {
  const hub = new Hub<Someone>({
    maxRooms: 9,
    maxMemberships: 9,
    maxRoomNameSize: 9,
    maxPendingAcks: 9,
  });
  const [a, b, c] = ["a", "b", "c"].map((id) => new Someone(id));
  for (const member of [a!, b!]) hub.add(member, "ada");
  hub.add(c!);
  const ids = (users: string[], rooms: string[] = []) =>
    [...hub.select({ ...everybody, users, rooms })].map(({ id }) => id);
  assertEquals([ids(["ada"]), ids(["bob"]), hub.userIdOf(a!)], [["a", "b"], [], "ada"]);
  assertEquals(ids(["ada"], ["b", "c"]), ["a", "b", "c"]);
  hub.remove(a!);
  assertEquals([ids(["ada"]), hub.userIdOf(a!)], [["b"], undefined]);
});

Deno.test("Hub.select() leaves out congested members where it is volatile", () => {
  const { hub, members: [a] } = hubOf("a", "b");
  a!.congested = true;
  const ids = [...hub.select({ ...everybody, volatile: true })].map(({ id }) => id);
  assertEquals(ids, ["b"]);
});

Deno.test("Hub.observe() hears each coming and going once", () => {
  const { hub } = hubOf();
  const heard: string[] = [];
  hub.observe({
    entered: (room, { id }) => heard.push(`+${room}/${id}`),
    leaving: (room, { id }) => heard.push(`-${room}/${id}`),
  });
  const a = new Someone("a");
  hub.add(a);
  for (const room of ["deck", "deck", "bridge"]) hub.join(room, a);
  hub.leave("deck", a);
  hub.leave("deck", a);
  hub.remove(a);
  hub.remove(a);
  assertEquals(heard, ["+/a", "+deck/a", "+bridge/a", "-deck/a", "-bridge/a", "-/a"]);
});

Deno.test("hostile 106: Hub leaves nothing behind after random joins, leaves and ends", () => {
  const action = fc.tuple(
    fc.constantFrom("add", "join", "leave", "remove"),
    fc.nat(3),
    fc.constantFrom("deck", "bridge", "__proto__"),
  );
  fc.assert(fc.property(fc.array(action), (actions) => {
    const { hub } = hubOf();
    const members = ["a", "b", "c", "d"].map((id) => new Someone(id));
    let balance = 0;
    hub.observe({ entered: () => void balance++, leaving: () => void balance-- });
    for (const [name, index, room] of actions) {
      const member = members[index]!;
      if (name === "add" && hub.get(member.id) === undefined) hub.add(member, `user ${index % 2}`);
      if (name === "join") hub.join(room, member);
      if (name === "leave") hub.leave(room, member);
      if (name === "remove") hub.remove(member);
      const rooms = members.map((each) => hub.roomsOf(each).size);
      assertEquals(balance, hub.size + rooms.reduce((sum, size) => sum + size, 0));
    }
    for (const member of members) hub.remove(member);
    assertEquals([balance, hub.size, selected(hub, ["deck", "bridge"])], [0, 0, []]);
  }));
});

Deno.test("hostile 107: Hub keeps rooms apart whose names begin alike", () => {
  const { hub, members: [a] } = hubOf("a");
  for (let i = 0; i < 1_000; i++) hub.join(`${"x".repeat(200)}${i}`, a!);
  assertEquals(hub.roomsOf(a!).size, 1_000);
  assertEquals(selected(hub, [`${"x".repeat(200)}999`]), ["a"]);
});

Deno.test("Hub.lastOf() tells what a member was when it was removed", () => {
  const { hub, members: [a] } = hubOf("a");
  assertEquals(hub.lastOf(a!), undefined);
  hub.join("deck", a!);
  hub.remove(a!);
  assertEquals(hub.lastOf(a!), { rooms: new Set(["deck"]), userId: undefined });
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

function hubWith(limits: { maxRooms?: number; maxMemberships: number }): Hub<Someone> {
  return new Hub<Someone>({ maxRooms: 1_000, maxRoomNameSize: 256, maxPendingAcks: 10, ...limits });
}

/** Lets a member into as many rooms as it may, up to a number. Returns how many these are. */
function joinMany(hub: Hub<Someone>, member: Someone, count: number): number {
  for (let i = 0; i < count; i++) {
    const room = `${member.id} ${i}`;
    if (hub.refusalOf(room, member) === undefined) hub.join(room, member);
  }
  return hub.roomsOf(member).size;
}

Deno.test("hostile 144: Hub.join() keeps rooms of all members together within their bound", () => {
  const hub = hubWith({ maxMemberships: 100 });
  const members = Array.from({ length: 10 }, (_, index) => new Someone(`${index}`));
  for (const member of members) hub.add(member);
  assertEquals(joinMany(hub, members[0]!, 1_000), 50, "half of them to whoever comes first");
  assertEquals(members.slice(1).map((member) => joinMany(hub, member, 1_000)), Array(9).fill(5));
  assertEquals(hub.memberships, 95);
  assertEventError(() => hub.join("one more", members[1]!), "FORBIDDEN");
  for (const room of hub.roomsOf(members[0]!)) hub.leave(room, members[0]!);
  hub.join("one more", members[1]!);
  assertEquals(hub.memberships, 46);
});

Deno.test("hostile 144: Hub.join() lets each member into one room, however few memberships are left", () => {
  const hub = hubWith({ maxMemberships: 4 });
  const members = Array.from({ length: 20 }, (_, index) => new Someone(`${index}`));
  for (const member of members) hub.add(member);
  assertEquals(joinMany(hub, members[0]!, 10), 2);
  for (const member of members.slice(1)) assertEquals(joinMany(hub, member, 10), 1);
});
