/** Which rooms a member may join: names, and how many rooms. */

import { assertEquals, assertThrows } from "@std/assert";
import { Hub, type Member } from "../../../../server/app/clients/hub.ts";
import { type MemberLimits, RoomLimits } from "../../../../server/app/clients/room_limits.ts";
import { EventError } from "../../../../server/app/events/errors.ts";
import type { SendResult } from "../../../../server/types.ts";

class Someone implements Member {
  readonly congested = false;
  constructor(readonly id: string) {}
  send(): SendResult {
    return "sent";
  }
  drained(): Promise<void> {
    return Promise.resolve();
  }
}

interface Setting {
  readonly hub: Hub<Someone>;
  readonly limits: RoomLimits<Someone>;
  readonly members: Someone[];
  /** Joins as a client does. */
  join(room: string, member: Someone): void;
}

function setUp(ids: string[], changes: Partial<MemberLimits> = {}): Setting {
  const hub = new Hub<Someone>();
  const limits = new RoomLimits(hub, {
    maxRooms: 1_000,
    maxMemberships: 1_000_000,
    maxRoomNameSize: 256,
    maxPendingAcks: 10,
    ...changes,
  });
  const members = ids.map((id) => new Someone(id));
  for (const member of members) hub.add(member);
  const join = (room: string, member: Someone) => {
    limits.check(room, member);
    hub.join(room, member);
  };
  return { hub, limits, members, join };
}

function assertEventError(run: () => void, code: string): void {
  assertEquals(assertThrows(run, EventError).code, code);
}

Deno.test("RoomLimits.check() refuses a room that is named as another member", () => {
  const { hub, join, members: [a, b] } = setUp(["a", "b"]);
  assertEventError(() => join("b", a!), "FORBIDDEN");
  join("b", b!);
  assertEquals([...hub.membersOf("b")], [b!]);
});

Deno.test("hostile 105: RoomLimits.check() refuses the room after the thousandth", () => {
  const { hub, join, members: [a, b] } = setUp(["a", "b"]);
  for (let i = 0; i < 1_000; i++) join(`room ${i}`, a!);
  join("room 0", a!);
  assertEventError(() => join("one more", a!), "FORBIDDEN");
  join("one more", b!);
  hub.leave("room 0", a!);
  join("one more", a!);
  assertEquals(hub.roomsOf(a!).size, 1_000);
});

Deno.test("hostile 105: RoomLimits.check() refuses names that are empty, long or no string", () => {
  const { hub, join, members: [a] } = setUp(["a"]);
  for (const room of ["", "x".repeat(257), "ä".repeat(129), "x".repeat(1_048_576)]) {
    assertEventError(() => join(room, a!), "INVALID_MESSAGE");
  }
  for (const room of [undefined, 5, {}, ["deck"]]) {
    assertEventError(() => join(room as string, a!), "INVALID_MESSAGE");
  }
  join("ä".repeat(128), a!);
  assertEquals(hub.roomsOf(a!).size, 1);
});

/** Lets a member into as many rooms as it may, up to a number. Returns how many these are. */
function joinMany({ hub, limits, join }: Setting, member: Someone, count: number): number {
  for (let i = 0; i < count; i++) {
    const room = `${member.id} ${i}`;
    if (limits.refusalOf(room, member) === undefined) join(room, member);
  }
  return hub.roomsOf(member).size;
}

Deno.test("hostile 144: RoomLimits.check() keeps rooms of all members together within their bound", () => {
  const setting = setUp([], { maxMemberships: 100 });
  const { hub, join } = setting;
  const members = Array.from({ length: 10 }, (_, index) => new Someone(`${index}`));
  for (const member of members) hub.add(member);
  assertEquals(joinMany(setting, members[0]!, 1_000), 50, "half of them to whoever comes first");
  assertEquals(
    members.slice(1).map((member) => joinMany(setting, member, 1_000)),
    Array(9).fill(5),
  );
  assertEquals(hub.memberships, 95);
  assertEventError(() => join("one more", members[1]!), "FORBIDDEN");
  for (const room of hub.roomsOf(members[0]!)) hub.leave(room, members[0]!);
  join("one more", members[1]!);
  assertEquals(hub.memberships, 46);
});

Deno.test("hostile 144: RoomLimits.check() lets each member into one room, however few memberships are left", () => {
  const setting = setUp([], { maxMemberships: 4 });
  const { hub } = setting;
  const members = Array.from({ length: 20 }, (_, index) => new Someone(`${index}`));
  for (const member of members) hub.add(member);
  assertEquals(joinMany(setting, members[0]!, 10), 2);
  for (const member of members.slice(1)) assertEquals(joinMany(setting, member, 10), 1);
});

Deno.test("RoomLimits.check() asks whether a name is that of a client elsewhere", () => {
  const { hub, members: [a] } = setUp(["a"]);
  const limits = new RoomLimits(hub, {
    maxRooms: 9,
    maxMemberships: 9,
    maxRoomNameSize: 256,
    maxPendingAcks: 9,
  }, (name) => name.startsWith("n7k2q9xa."));
  assertEventError(() => limits.check("n7k2q9xa.3f", a!), "FORBIDDEN");
  limits.check("deck", a!);
});
