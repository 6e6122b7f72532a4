/**
 * Clients that come and go at random, while much is published: no gap, no double, no other data.
 */

import { assert, assertEquals } from "@std/assert";
import { App, fallback, serve } from "@hawser/ws";
import { connect, type HawserClient, type TransportName } from "@hawser/ws/client";
import { waitFor } from "../support/wait.ts";

const rooms = ["deck", "bridge", "hold", "galley"];

/** Messages a second in all rooms together, how many there are, and at the most. */
const rate = 200;
const total = 1_000;
const most = 10_000;

/** Field names that our code must not interpret. */
function messageOf(n: number): Record<string, unknown> {
  return {
    type: `type ${n}`,
    seq: total - n,
    stream: rooms[(n + 1) % rooms.length],
    event: "room:joined",
    epoch: null,
    n,
    nested: { type: "x", seq: [n], data: { __proto: n } },
  };
}

/** The messages of one room at one client, checked on arrival. */
class Listener {
  /** Number of the message that must be next; `undefined` while the client is not in the room. */
  next: number | undefined;
  heard = 0;

  constructor(readonly name: string, readonly faults: string[]) {}

  joined(seq: number, recovered: boolean): void {
    if (recovered && this.next !== seq + 1) {
      this.faults.push(`${this.name}: recovered at ${seq}, not at ${this.next}`);
    }
    this.next = seq + 1;
  }

  receive(n: number): void {
    this.heard++;
    // Messages of the stay before, or of one that begins, come in order, too.
    if (this.next !== undefined && n !== this.next) {
      this.faults.push(`${this.name}: ${n} instead of ${this.next}`);
    }
    this.next = n + 1;
  }
}

class Guest {
  readonly client: HawserClient;
  readonly listeners = new Map<string, Listener>();
  /** Rooms that the client is in, or wants to be in. */
  readonly inside = new Set<string>();
  stays = 0;

  constructor(url: string, index: number, faults: string[]) {
    const transports: TransportName[] = [
      (["websocket", "websocket", "sse", "poll"] as const)[index % 4]!,
    ];
    this.client = connect(url, { transports, minDelay: 10, maxDelay: 100 });
    for (const room of rooms) {
      this.listeners.set(room, new Listener(`${index} in ${room}`, faults));
    }
    this.client.on("note", (data) => {
      // The cast: so it was published, or else the comparison tells.
      const message = data as { n: number; room: string };
      const { room, ...rest } = message;
      const { n } = rest;
      if (JSON.stringify(rest) !== JSON.stringify(messageOf(n))) {
        faults.push(`${index}: data ${JSON.stringify(rest)}`);
      }
      if (!this.inside.has(room)) faults.push(`${index}: ${n} of ${room}, which it has left`);
      this.listeners.get(room)?.receive(n);
    });
    this.client.on("room:joined", ({ roomId, seq, recovered }) => {
      this.stays++;
      this.listeners.get(roomId)?.joined(seq as number, recovered);
    });
    this.client.onGap(({ roomId }) => faults.push(`${index}: gap in ${roomId}`));
    this.client.on("error", (error) => faults.push(`${index}: ${JSON.stringify(error)}`));
  }
}

Deno.test("rooms: twenty clients that come and go at random hear each message once, as it was", async () => {
  const app = new App({
    rooms: { join: true, history: { size: most } },
    rateLimit: { perSecond: 100 },
  });
  const wires = [fallback({ maxSessionsPerAddress: 0, sessionTimeout: 60_000 })];
  await using server = serve({ port: 0, hostname: "127.0.0.1", path: "/ws", app, wires });
  const faults: string[] = [];
  const guests = Array.from(
    { length: 20 },
    (_, index) => new Guest(`ws://127.0.0.1:${server.addr.port}/ws`, index, faults),
  );
  await Promise.all(guests.map(({ client }) => client.ready()));

  /** Lets one client do something at random. */
  function act(guest: Guest): void {
    const { client, listeners, inside } = guest;
    const room = rooms[Math.floor(Math.random() * rooms.length)]!;
    const what = Math.random();
    if (what < 0.1) app.client(client.id ?? "")?.terminate();
    else if (what < 0.2) client.connect();
    else if (inside.delete(room)) {
      client.leave(room);
      listeners.get(room)!.next = undefined;
      // At once, as somebody does who reloads a view.
      if (what < 0.6) return void join();
    } else join();

    function join(): void {
      inside.add(room);
      // The join of a client that leaves before it is in rejects.
      client.join(room).catch(({ code }) => code === "CLOSED" || faults.push(code));
    }
  }

  const numbers = new Map(rooms.map((room) => [room, 0]));
  const published: Promise<unknown>[] = [];
  const start = performance.now();
  const stays = () => guests.reduce((sum, guest) => sum + guest.stays, 0);
  const heard = () =>
    Math.max(
      ...guests.flatMap(({ listeners }) => Array.from(listeners.values(), ({ heard }) => heard)),
    );
  // A loaded machine lets the clients do less in the same time.
  const isEnough = () => stays() > 50 && heard() > 50;
  for (let count = 0; count < total || count < most && !isEnough();) {
    const due = Math.min(most, Math.floor((performance.now() - start) * rate / 1_000));
    for (; count < due; count++) {
      const room = rooms[count % rooms.length]!;
      const n = numbers.get(room)! + 1;
      numbers.set(room, n);
      published.push(app.publish(room, "note", { ...messageOf(n), room }));
      if (count % 2 === 0) act(guests[Math.floor(Math.random() * guests.length)]!);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(published);

  // All come to the end of each room that they are in.
  for (const guest of guests) {
    for (const room of guest.inside) await guest.client.join(room);
  }
  const isDone = (guest: Guest) =>
    [...guest.inside].every((room) => guest.listeners.get(room)!.next === numbers.get(room)! + 1);
  await waitFor(() => guests.every(isDone) || faults.length > 0);
  assertEquals(faults, []);
  assert(isEnough(), `${stays()} stays, ${heard()} messages`);
  await Promise.all(guests.map(({ client }) => client.close()));
});
