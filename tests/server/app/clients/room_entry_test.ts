/** Many rooms by one message, without a client. */

import { assert, assertEquals } from "@std/assert";
import { enterRooms, type JoinFields } from "../../../../server/app/clients/room_entry.ts";

interface Entry {
  readonly client: { connected: boolean };
  readonly trace: string[];
  readonly refused: string[];
  most: number;
  enter(names: readonly string[], mayJoin?: (room: string) => JoinFields): Promise<void>;
}

/** Rooms that are entered within a turn of the event loop. */
function setUp(): Entry {
  let inside = 0;
  const entry: Entry = {
    client: { connected: true },
    trace: [],
    refused: [],
    most: 0,
    enter: (names, mayJoin = () => undefined) =>
      enterRooms(
        entry.client,
        names.map((room) => ({ room })),
        {
          mayJoin: (_client, room) => {
            entry.trace.push(`? ${room}`);
            return mayJoin(room);
          },
          enter: async (_client, room, _from, fields) => {
            entry.most = Math.max(entry.most, ++inside);
            await new Promise((resolve) => setTimeout(resolve));
            inside--;
            entry.trace.push(`${room} ${JSON.stringify(fields)}`);
            if (room === "wreck") throw new Error("sunk");
          },
          leave() {},
        },
        (error, room) => void entry.refused.push(`${room}: ${(error as Error).message}`),
      ),
  };
  return entry;
}

Deno.test("enterRooms() decides about one room after the other, and enters four at a time", async () => {
  const entry = setUp();
  const names = Array.from({ length: 20 }, (_, index) => `${index}`);
  await entry.enter(names);
  const asked = entry.trace.filter((line) => line.startsWith("?"));
  assertEquals(asked, names.map((name) => `? ${name}`));
  assertEquals([entry.most, entry.trace.length], [4, 40]);
});

Deno.test("enterRooms() waits for one decision before it asks for the next", async () => {
  const entry = setUp();
  const deck = Promise.withResolvers<{ count: number }>();
  const entered = entry.enter(["deck", "bridge"], (room) => room === "deck" ? deck.promise : {});
  await Promise.resolve();
  assertEquals(entry.trace, ["? deck"]);
  deck.resolve({ count: 1 });
  await entered;
  assertEquals(entry.trace, ["? deck", "? bridge", 'deck {"count":1}', "bridge {}"]);
});

Deno.test("enterRooms() tells of each room that cannot be entered, and goes on", async () => {
  const entry = setUp();
  await entry.enter(["boat", "wreck", "raft", "deck"], (room) => {
    if (room === "boat") throw new Error("full");
    return room === "raft" ? Promise.reject(new Error("adrift")) : undefined;
  });
  assertEquals(entry.refused.sort(), ["boat: full", "raft: adrift", "wreck: sunk"]);
  assert(entry.trace.includes("deck undefined"));
});

Deno.test("enterRooms() asks for nothing more when its client has gone", async () => {
  const entry = setUp();
  await entry.enter(["deck", "bridge"], async () => {
    await Promise.resolve();
    entry.client.connected = false;
  });
  assertEquals(entry.trace.filter((line) => line.startsWith("?")), ["? deck"]);
});
