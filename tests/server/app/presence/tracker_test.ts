/** Follows who comes and goes on this node, and tells the others. */

import { assertEquals, assertRejects } from "@std/assert";
import { serve } from "@hawser/ws";
import { App } from "../../../../server/app/app.ts";
import type { AnyEvents } from "../../../../wire/event_types.ts";
import { MemoryPresence } from "../../../../server/app/presence/memory_presence.ts";
import type { PresenceOptions } from "../../../../server/app/presence/options.ts";
import { connect as connectTo, ManualClock } from "../../../support/clients.ts";
import { JsonSocket } from "../../../support/json_socket.ts";
import { waitFor } from "../../../support/wait.ts";

type UserApp = App<AnyEvents, AnyEvents, { sub: string } | undefined>;

function setUp(presence: boolean | PresenceOptions = true): { app: UserApp; clock: ManualClock } {
  const clock = new ManualClock();
  return { app: new App({ clock, presence }), clock };
}

/** Connects a user, or somebody without an id; what is due to be told has been told then. */
async function connect(app: UserApp, sub?: string): Promise<ReturnType<typeof connectTo>> {
  const connected = connectTo(app, { data: sub === undefined ? undefined : { sub } });
  await settle();
  return connected;
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

const online = (userId: string) => ({ type: "presence:update", userId, status: "online" });
const offline = (userId: string) => ({ type: "presence:update", userId, status: "offline" });

Deno.test("PresenceTracker tells the others of a user's first connection and last end", async () => {
  const { app, clock } = setUp();
  const { connection } = await connect(app);
  const one = await connect(app, "ada");
  const two = await connect(app, "ada");
  assertEquals(connection.take(), [online("ada")]);
  one.connection.end();
  clock.pass(10_000);
  await settle();
  assertEquals(connection.take(), []);
  two.connection.end();
  clock.pass(4_999);
  await settle();
  assertEquals([connection.take(), await app.users()], [[], ["ada"]]);
  clock.pass(1);
  await settle();
  assertEquals([connection.take(), await app.users()], [[offline("ada")], []]);
  assertEquals([one.connection.take(), two.connection.take(), clock.size], [[], [], 0]);
});

Deno.test("PresenceTracker says nothing of who returns within the grace time", async () => {
  const { app, clock } = setUp({ grace: 100 });
  const { connection } = await connect(app);
  (await connect(app, "ada")).connection.end();
  clock.pass(99);
  const again = await connect(app, "ada");
  clock.pass(1_000);
  await settle();
  assertEquals(connection.take(), [online("ada")]);
  again.connection.end();
  clock.pass(100);
  await settle();
  assertEquals(connection.take(), [offline("ada")]);
});

Deno.test("hostile 109: PresenceTracker coalesces a user that flaps 1000 times a second", async () => {
  let calls = 0;
  class CountingPresence extends MemoryPresence {
    override enter(room: string, userId: string, holder: string): Promise<boolean> {
      calls++;
      return super.enter(room, userId, holder);
    }
  }
  const { app, clock } = setUp({ store: new CountingPresence() });
  const { connection } = await connect(app);
  for (let i = 0; i < 1_000; i++) {
    connectTo(app, { data: { sub: "ada" } }).connection.end();
    clock.pass(1);
  }
  await settle();
  assertEquals([connection.take(), calls, clock.size], [[online("ada")], 1, 1]);
  clock.pass(5_000);
  await settle();
  assertEquals([connection.take(), clock.size], [[offline("ada")], 0]);
});

Deno.test("hostile 109: PresenceTracker keeps no more than 10,000 users who are away", async () => {
  const { app, clock } = setUp();
  await connect(app);
  for (let i = 0; i <= 10_000; i++) {
    connectTo(app, { data: { sub: `user ${i}` } }).connection.end();
  }
  assertEquals([clock.size, await app.countUsers()], [1, 10_000]);
  assertEquals((await app.users()).length, 1_000);
  assertEquals((await app.users("", 1))[0], "user 1");
  clock.pass(5_000);
  await settle();
  assertEquals([clock.size, await app.countUsers()], [1, 0]);
  clock.pass(60_000);
  assertEquals(clock.size, 0, "all has been told");
});

Deno.test("PresenceTracker keeps the grace time of the last client too", async () => {
  const calls: string[] = [];
  class RecordingPresence extends MemoryPresence {
    override enter(room: string, userId: string, holder: string): Promise<boolean> {
      calls.push(`+${userId}`);
      return super.enter(room, userId, holder);
    }
    override leave(room: string, userId: string, holder: string): Promise<boolean> {
      calls.push(`-${userId}`);
      return super.leave(room, userId, holder);
    }
  }
  const { app, clock } = setUp({ store: new RecordingPresence() });
  for (let reload = 0; reload < 5; reload++) {
    const { connection } = await connect(app, "ada");
    assertEquals(clock.size, 0);
    connection.end();
    clock.pass(4_000);
    assertEquals([await app.users(), app.size], [["ada"], 0]);
  }
  assertEquals(calls, ["+ada"]);
  clock.pass(1_000);
  assertEquals([await app.users(), calls, clock.size], [[], ["+ada", "-ada"], 0]);
});

Deno.test("PresenceTracker.end() ends grace times, and waits for the store", async () => {
  const left = Promise.withResolvers<void>();
  class SlowPresence extends MemoryPresence {
    override async leave(room: string, userId: string, holder: string): Promise<boolean> {
      await left.promise;
      return await super.leave(room, userId, holder);
    }
  }
  const { app, clock } = setUp({ store: new SlowPresence() });
  const connected = [await connect(app, "ada"), await connect(app, "bob")];
  connected[0]!.connection.end();
  await app[Symbol.asyncDispose]();
  assertEquals(await app.users(), ["ada", "bob"], "somebody is there still");
  connected[1]!.connection.end();
  let hasEnded = false;
  const ended = app[Symbol.asyncDispose]().then(() => hasEnded = true);
  await settle();
  assertEquals([hasEnded, clock.size], [false, 0]);
  left.resolve();
  await ended;
  assertEquals(await app.users(), []);
});

Deno.test("App leaves no presence behind when its server has shut down", async () => {
  const store = new MemoryPresence();
  const presence = { store, grace: 60_000 };
  const app = new App({ presence, identify: () => ({ id: "ada" }) });
  const admin = app.of("/admin", { presence });
  const server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app, onListen() {} });
  for (const path of ["/ws", "/ws/admin"]) {
    await using _socket = await JsonSocket.open(`ws://127.0.0.1:${server.addr.port}${path}`);
  }
  await waitFor(() => app.size + admin.size === 0);
  assertEquals(await store.users("", 10), ["ada"]);
  await server.shutdown();
  assertEquals(await store.users("", 10), []);
});

Deno.test("PresenceTracker lists the users of a room, and drops who leaves it at once", async () => {
  const { app, clock } = setUp();
  const { id, connection } = await connect(app, "ada");
  const other = await connect(app, "bob");
  for (const each of [id, other.id]) app.client(each)?.join("deck");
  assertEquals([await app.users("deck"), await app.countUsers("deck")], [["ada", "bob"], 2]);
  app.client(id)?.leave("deck");
  assertEquals(await app.users("deck"), ["bob"]);
  app.client(id)?.join("deck");
  connection.end();
  assertEquals(await app.users("deck"), ["bob", "ada"]);
  clock.pass(5_000);
  assertEquals([await app.users("deck"), await app.users("bridge")], [["bob"], []]);
});

Deno.test("PresenceTracker tells only the members of a room where the audience is that", async () => {
  const { app, clock } = setUp({ audience: "rooms" });
  const [member, outsider] = [await connect(app, "ada"), await connect(app, "eve")];
  app.client(member.id)?.join("deck");
  const bob = await connect(app, "bob");
  app.client(bob.id)?.join("deck");
  await settle();
  assertEquals(member.connection.take(), [{ ...online("bob"), roomId: "deck" }]);
  app.client(bob.id)?.leave("deck");
  await settle();
  clock.pass(250);
  assertEquals(member.connection.take(), [{ ...offline("bob"), roomId: "deck" }]);
  clock.pass(250);
  app.client(bob.id)?.join("deck");
  bob.connection.end();
  await settle();
  clock.pass(5_000);
  await settle();
  assertEquals(
    member.connection.take(),
    [online("bob"), offline("bob")].map((update) => ({
      ...update,
      roomId: "deck",
    })),
  );
  assertEquals(outsider.connection.take(), []);
});

Deno.test("PresenceTracker goes by the user as it was when it connected", async () => {
  const { app, clock } = setUp({ grace: 0, interval: 0 });
  const { connection } = await connect(app);
  const user = { sub: "ada" };
  const changing = connectTo(app, { data: user });
  user.sub = "bob";
  changing.connection.end();
  await settle();
  assertEquals(connection.take(), [online("ada"), offline("ada")]);
  assertEquals([await app.users(), clock.size], [[], 0]);
});

Deno.test("PresenceTracker reports a store that fails, and goes on", async () => {
  const errors: string[] = [];
  class FailingPresence extends MemoryPresence {
    override enter(): Promise<boolean> {
      return Promise.reject(new Error("no store"));
    }
    override leave(): Promise<boolean> {
      return Promise.reject(new Error("no store"));
    }
  }
  const presence = { store: new FailingPresence(), grace: 0 };
  const clock = new ManualClock();
  const onError = (_error: unknown, { event }: { event: string }) => void errors.push(event);
  const app: UserApp = new App({ clock, presence, onError });
  const { connection } = await connect(app, "ada");
  connection.end();
  await settle();
  assertEquals([errors, app.size], [["presence", "presence"], 0]);
});

Deno.test("hostile 420: a store that refuses for a while: its users are brought in and taken out later", async () => {
  const errors: string[] = [];
  let refuses = true;
  class RefusingPresence extends MemoryPresence {
    override async enter(room: string, user: string, holder: string): Promise<boolean> {
      if (refuses) throw new Error("OOM");
      return await super.enter(room, user, holder);
    }
    override async leave(room: string, user: string, holder: string): Promise<boolean> {
      if (refuses) throw new Error("OOM");
      return await super.leave(room, user, holder);
    }
  }
  const clock = new ManualClock();
  const presence = { store: new RefusingPresence(), grace: 0, interval: 0 };
  const onError = (_error: unknown, { event }: { event: string }) => void errors.push(event);
  const app: UserApp = new App({ clock, presence, onError });
  const { connection } = await connect(app);
  const ada = await connect(app, "ada");
  const bob = await connect(app, "bob");
  bob.connection.end(); // who was never there, for the store
  await settle();
  for (let i = 0; i < 10; i++) {
    clock.pass(30_000);
    await settle();
  }
  assertEquals([await app.users(), errors], [[], ["presence", "presence", "presence"]]);
  refuses = false;
  clock.pass(30_000);
  await settle();
  clock.pass(1_000);
  assertEquals([await app.users(), connection.take()], [["ada"], [online("ada")]]);
  refuses = true;
  ada.connection.end();
  await settle();
  refuses = false;
  clock.pass(1_000);
  await settle();
  clock.pass(1_000);
  assertEquals([await app.users(), connection.take()], [[], [offline("ada")]]);
  assertEquals(clock.size, 0);
});

Deno.test("App.users() and countUsers() reject without presence", async () => {
  const app = new App();
  const [users, count] = [app.users(), app.countUsers("deck")];
  await assertRejects(() => users, TypeError, "presence is off");
  await assertRejects(() => count, TypeError, "presence is off");
});
