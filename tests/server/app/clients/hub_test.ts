/** The clients that are connected to this server, and the rooms that they are in. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Hub, type Member } from "../../../../server/app/clients/hub.ts";
import { allClients } from "../../../../server/app/clients/selection.ts";
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
  const hub = new Hub<Someone>();
  const members = ids.map((id) => new Someone(id));
  for (const member of members) hub.add(member);
  return { hub, members };
}

function selected(hub: Hub<Someone>, rooms: string[], except: string[] = []): string[] {
  return [...hub.select({ ...allClients, rooms, except })].map(({ id }) => id);
}

Deno.test("Hub.select() selects everybody where no room is named", () => {
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

Deno.test("Hub.select() leaves out members of an excepted room", () => {
  const { hub, members: [a, b] } = hubOf("a", "b", "c");
  for (const member of [a!, b!]) hub.join("deck", member);
  hub.join("bridge", b!);
  assertEquals(selected(hub, [], ["deck"]), ["c"]);
  assertEquals(selected(hub, ["deck"], ["bridge", "nowhere"]), ["a"]);
});

Deno.test("Hub.select() goes through the connections of a user", () => {
  const hub = new Hub<Someone>();
  const [a, b, c] = ["a", "b", "c"].map((id) => new Someone(id));
  for (const member of [a!, b!]) hub.add(member, "ada");
  hub.add(c!);
  const ids = (users: string[], rooms: string[] = []) =>
    [...hub.select({ ...allClients, users, rooms })].map(({ id }) => id);
  assertEquals([ids(["ada"]), ids(["bob"]), hub.userIdOf(a!)], [["a", "b"], [], "ada"]);
  assertEquals(ids(["ada"], ["b", "c"]), ["a", "b", "c"]);
  hub.remove(a!);
  assertEquals([ids(["ada"]), hub.userIdOf(a!)], [["b"], undefined]);
});

Deno.test("Hub.select() leaves out congested members where it is volatile", () => {
  const { hub, members: [a] } = hubOf("a", "b");
  a!.congested = true;
  const ids = [...hub.select({ ...allClients, volatile: true })].map(({ id }) => id);
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

Deno.test("hostile 107: Hub keeps rooms apart whose names begin alike", () => {
  const { hub, members: [a] } = hubOf("a");
  for (let i = 0; i < 1_000; i++) hub.join(`${"x".repeat(200)}${i}`, a!);
  assertEquals(hub.roomsOf(a!).size, 1_000);
  assertEquals(selected(hub, [`${"x".repeat(200)}999`]), ["a"]);
});

Deno.test("Hub.each() and Hub.count() agree with select(), whatever is selected", () => {
  const { hub, members: [a, b] } = hubOf("a", "b", "c");
  for (const member of [a!, b!]) hub.join("deck", member);
  hub.join("c", b!);
  b!.congested = true;
  const cases = [
    { rooms: ["deck"] },
    { rooms: ["c"] },
    { rooms: ["nowhere"] },
    { rooms: ["deck"], volatile: true },
    { rooms: ["deck"], except: ["a"] },
    { rooms: ["deck"], clients: ["c"] },
    { clients: ["a", "c"] },
    {},
  ];
  for (const each of cases) {
    const selection = { ...allClients, ...each };
    assertEquals([...hub.each(selection)], [...hub.select(selection)]);
    assertEquals(hub.count(selection), [...hub.select(selection)].length);
  }
});
