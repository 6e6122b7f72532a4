/** The members of rooms. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { itemsOf } from "../../../../server/compact_set.ts";
import { Rooms } from "../../../../server/app/rooms/rooms.ts";

Deno.test("Rooms.join() reports the first member of a room", () => {
  const rooms = new Rooms<string>();
  assert(rooms.join("deck", "ada"));
  assert(!rooms.join("deck", "bob"));
  assert(!rooms.join("deck", "ada"));
  assertEquals([...itemsOf(rooms.members("deck"))], ["ada", "bob"]);
});

Deno.test("Rooms.leave() reports the last member of a room", () => {
  const rooms = new Rooms<string>();
  rooms.join("deck", "ada");
  rooms.join("deck", "bob");
  assert(!rooms.leave("deck", "ada"));
  assert(!rooms.leave("deck", "ada"));
  assert(rooms.leave("deck", "bob"));
  assert(!rooms.leave("deck", "bob"));
});

Deno.test("Rooms.leave() does nothing for an unknown room or member", () => {
  const rooms = new Rooms<string>();
  rooms.join("deck", "ada");
  assert(!rooms.leave("bridge", "ada"));
  assert(!rooms.leave("deck", "bob"));
  assert(rooms.has("deck", "ada"));
});

Deno.test("hostile 98: Rooms takes names of Object.prototype as ordinary names", () => {
  const rooms = new Rooms<string>();
  for (const room of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    assertEquals(rooms.members(room), undefined);
    assert(rooms.join(room, "ada"));
    assertEquals([...itemsOf(rooms.members(room))], ["ada"]);
  }
  assertEquals(rooms.roomsOf("ada").size, 4);
});

Deno.test("hostile 106: Rooms keeps its two maps mirror images under random joins and leaves", () => {
  const step = fc.record({
    joins: fc.boolean(),
    room: fc.constantFrom("a", "b", "c"),
    member: fc.constantFrom("1", "2", "3"),
  });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const rooms = new Rooms<string>();
    const expected = new Set<string>();
    for (const { joins, room, member } of steps) {
      const count = () => [...expected].filter((pair) => pair.startsWith(room)).length;
      const before = count();
      if (joins) expected.add(`${room}${member}`);
      else expected.delete(`${room}${member}`);
      const changed = joins ? rooms.join(room, member) : rooms.leave(room, member);
      assertEquals(changed, joins ? before === 0 : before === 1 && count() === 0);
    }
    const byRoom = ["a", "b", "c"].flatMap((room) =>
      [...itemsOf(rooms.members(room))].map((m) => room + m)
    );
    const byMember = ["1", "2", "3"].flatMap((m) => [...rooms.roomsOf(m)].map((room) => room + m));
    assertEquals(byRoom.sort(), [...expected].sort());
    assertEquals(byMember.sort(), [...expected].sort());
    assertEquals(rooms.size, new Set([...expected].map((pair) => pair[0])).size);
    assertEquals(rooms.memberships, expected.size);
  }));
});

Deno.test("Rooms lets all members of a room share one copy of its name", () => {
  const rooms = new Rooms<string>();
  const names = ["ada", "ben"].map((member) => {
    rooms.join(["de", "ck"].join(""), member);
    return [...rooms.roomsOf(member)];
  });
  assertEquals(names, [["deck"], ["deck"]]);
  rooms.leave("deck", "ada");
  assertEquals([rooms.has("deck", "ada"), rooms.has("deck", "ben")], [false, true]);
});

Deno.test("hostile 144: a joined room takes little memory, presence included", async () => {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--v8-flags=--expose-gc", "tests/support/membership_load.ts"],
    stderr: "inherit",
  }).output();
  assert(success);
  const { bytes, memberships } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals(memberships, 20_200);
  assert(bytes < 450, `${bytes} bytes for each`);
});
