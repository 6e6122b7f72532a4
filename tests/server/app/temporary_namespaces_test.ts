/** Namespaces of one pattern. */

import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { EventError } from "../../../server/app/events/errors.ts";
import {
  type NamespacePattern,
  TemporaryNamespaces,
} from "../../../server/app/temporary_namespaces.ts";

function setUp(
  pattern: NamespacePattern<string>["pattern"] = /^\/room-\d+$/g,
  maxNamespaces = 3,
) {
  const made: string[] = [];
  const ended: string[] = [];
  const namespaces = new TemporaryNamespaces<string>({
    pattern,
    maxNamespaces,
    make: (name) => (made.push(name), name.toUpperCase()),
    ended: (namespace) => void ended.push(namespace),
    connecting: () => undefined,
    stats: () => ({}) as never,
  });
  return { namespaces, made, ended };
}

Deno.test("TemporaryNamespaces.fits() asks a regular expression from the beginning, or a predicate", () => {
  const { namespaces } = setUp();
  for (let i = 0; i < 3; i++) assertEquals(namespaces.fits("/room-1"), true);
  assertEquals(namespaces.fits("/room-x"), false);
  const byName = setUp((name) => name.length === 3).namespaces;
  assertEquals([byName.fits("/ab"), byName.fits("/abc")], [true, false]);
  const late = (() => Promise.resolve(true)) as unknown as () => boolean;
  assertThrows(() => setUp(late).namespaces.fits("/a"), TypeError, "must answer at once");
});

Deno.test("TemporaryNamespaces makes one for its first client, and drops it with the last", () => {
  const { namespaces, made, ended } = setUp();
  assertEquals(namespaces.get("/room-1"), undefined);
  assertEquals([namespaces.open("/room-1"), namespaces.open("/room-1")], ["/ROOM-1", "/ROOM-1"]);
  namespaces.enter("/room-1");
  namespaces.enter("/room-1");
  namespaces.leave("/room-1");
  assertEquals([made, ended, namespaces.size], [["/room-1"], [], 1]);
  namespaces.leave("/room-1");
  assertEquals([ended, namespaces.size, namespaces.get("/room-1")], [["/ROOM-1"], 0, undefined]);
});

Deno.test("hostile 283: TemporaryNamespaces makes no more than there may be, and room by dropping empty ones", () => {
  const { namespaces, ended } = setUp();
  for (const name of ["/room-1", "/room-2", "/room-3"]) namespaces.open(name);
  namespaces.enter("/room-2");
  assertEquals(namespaces.open("/room-4"), "/ROOM-4");
  assertEquals([ended, namespaces.size], [["/ROOM-1", "/ROOM-3"], 2]);
  for (const name of ["/room-4", "/room-5"]) (namespaces.open(name), namespaces.enter(name));
  const refusal = namespaces.open("/room-6");
  assertInstanceOf(refusal, EventError);
  assertEquals([refusal.code, namespaces.size], ["UNAVAILABLE", 3]);
});
