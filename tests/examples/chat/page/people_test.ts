/** The names of users on the chat page. */

import { assert, assertEquals } from "@std/assert";
import { People } from "../../../../examples/chat/page/people.js";

Deno.test("People.present lists everyone by name, and by user id without one", () => {
  const people = new People();
  people.replace([{ userId: "guest-2", name: "Grace" }, { userId: "guest-1", name: "Ada" }]);
  people.join({ userId: "guest-3" });
  assertEquals(people.present.map(([, label]) => label), ["Ada", "Grace", "guest-3"]);
});

Deno.test("People.join() and People.leave() say whether anything changed", () => {
  const people = new People();
  const ada = { userId: "guest-1", name: "Ada" };
  assertEquals([people.join(ada), people.join(ada)], [true, false]);
  assertEquals([people.leave(ada), people.leave(ada)], [true, false]);
});

Deno.test("People.size counts those of a large room who are not listed", () => {
  const people = new People();
  people.replace([{ userId: "guest-1", name: "Ada" }], 120);
  assertEquals([people.size, people.present.length], [120, 1]);
  people.change({ joined: [{ userId: "guest-2", name: "Bob" }], left: ["guest-1"], count: 119 });
  assertEquals([people.size, people.present], [119, [["guest-2", "Bob"]]]);
  people.join({ userId: "guest-3", name: "Eve" });
  assertEquals(people.size, 2);
});

Deno.test("People.isAway() knows who is not here, but of a large room only who is", () => {
  const people = new People();
  people.replace([{ userId: "guest-1", name: "Ada" }]);
  assertEquals([people.isAway("guest-1"), people.isAway("guest-2")], [false, true]);
  people.replace([{ userId: "guest-1", name: "Ada" }], 120);
  assertEquals([people.isAway("guest-1"), people.isAway("guest-2")], [false, false]);
});

Deno.test("People.meet() remembers a name and lists nobody", () => {
  const people = new People();
  people.meet({ userId: "guest-1", name: "Ada" });
  assertEquals([people.label({ userId: "guest-1" }), people.size], ["Ada", 0]);
});

Deno.test("People.label() remembers the name of one who has left", () => {
  const people = new People();
  people.join({ userId: "guest-1", name: "Ada" });
  people.leave({ userId: "guest-1" });
  assertEquals(people.label({ userId: "guest-1" }), "Ada");
});

Deno.test("People.label() tells two of the same name apart", () => {
  const people = new People();
  people.replace([{ userId: "guest-1", name: "Ada" }, { userId: "guest-2", name: "ada " }]);
  assertEquals(people.label({ userId: "guest-1" }), "Ada (guest-1)");
  assertEquals(people.label({ userId: "guest-2" }), "ada  (guest-2)");
});

Deno.test("People.label() shows as much of an id as tells it from others of the name", () => {
  const people = new People();
  const ids = ["guest-12345678", "guest-12349999", "guest-abcdefab"];
  people.replace(ids.map((userId) => ({ userId, name: "Ada" })));
  assertEquals(
    ids.map((userId) => people.label({ userId })),
    ["Ada (guest-12345)", "Ada (guest-12349)", "Ada (guest-abcd)"],
  );
  people.replace([{ userId: "u", name: "Ada" }, { userId: "guest-1234", name: "Ada" }]);
  assertEquals(people.label({ userId: "u" }), "Ada (u)");
});

Deno.test("hostile 151: People.label() marks names that could be taken for words of the page", () => {
  const names = [
    "You",
    "you",
    "YOU ",
    "Ｙｏｕ",
    "Yo\u200du",
    "Ada (guest-1234)",
    "Ada (guest-1234)\u200d",
    "Ada （guest-1234）",
    "Ada you",
    "Ada offline",
    "Offline",
  ];
  const people = new People();
  for (const name of names) {
    assertEquals(people.label({ userId: "guest-abcdef", name }), `${name} (guest-abcd)`);
  }
  for (const name of ["Ada", "Youri", "You and me", "(A) team", "Ada guest-1234"]) {
    assertEquals(people.label({ userId: "guest-abcdef", name }), name);
  }
});

Deno.test("People.offline lists who was here and went, until they or their name is back", () => {
  const people = new People();
  people.replace([{ userId: "guest-1", name: "Ada" }, { userId: "guest-2", name: "Grace" }]);
  assertEquals(people.setOnline("guest-9", false), false);
  for (const userId of ["guest-1", "guest-2"]) {
    people.leave({ userId });
    assertEquals(people.setOnline(userId, false), true);
  }
  assertEquals(people.offline, [["guest-2", "Grace"], ["guest-1", "Ada"]]);
  people.join({ userId: "guest-3", name: "Grace" });
  assertEquals(people.offline, [["guest-1", "Ada"]]);
  assertEquals(people.setOnline("guest-1", true), true);
  assertEquals(people.offline, []);
});

Deno.test("People.setOnline() takes out whom a server took with it, until they are back", () => {
  const people = new People();
  const ada = { userId: "guest-1", name: "Ada" };
  people.join(ada);
  assertEquals(people.setOnline(ada.userId, false), true);
  assertEquals([people.present, people.offline], [[], [["guest-1", "Ada"]]]);
  assertEquals(people.setOnline(ada.userId, true), true);
  assertEquals([people.present, people.offline], [[["guest-1", "Ada"]], []]);
  people.leave(ada);
  people.setOnline(ada.userId, false);
  people.setOnline(ada.userId, true);
  assertEquals(people.present, []);
});

Deno.test("People.hear() lists who writes, but not where only some are listed", () => {
  const people = new People();
  const [ada, grace] = [{ userId: "guest-1", name: "Ada" }, { userId: "guest-2", name: "Grace" }];
  people.replace([ada]);
  assert(people.hear(grace));
  assert(!people.hear(grace));
  assertEquals(people.size, 2);
  people.replace([ada], 150);
  assert(!people.hear(grace));
  assertEquals(people.size, 150);
});
