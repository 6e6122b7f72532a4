/**
 * Joins and leaves 100,000 rooms, with and without positions, while some are written to. Prints by
 * how many bytes the heap has grown, and what is left. Needs `--v8-flags=--expose-gc`.
 */

import { App } from "../../server/app/app.ts";
import { MemoryHistory } from "../../server/app/streams/memory_history.ts";
import { connect } from "./clients.ts";

const rounds = 100_000;

// The cast: the flag adds it.
const { gc } = globalThis as unknown as { gc(): void };

const history = new MemoryHistory({ maxRooms: 100 });
const app = new App({ rooms: { history } });
const clients = Array.from({ length: 10 }, () => {
  const { id, connection } = connect(app);
  return { client: app.client(id)!, connection };
});

async function joinAndLeave(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const room = `room ${i} `.padEnd(256, "x");
    const { client, connection } = clients[i % clients.length]!;
    const joining = client.join(room, i % 2 === 0 ? { seq: i, epoch: "guess" } : undefined);
    // Some leave before they are in, and some messages are still on their way then.
    if (i % 3 === 0) client.leave(room);
    const publishing = i % 10 === 0 ? app.publish(room, "note", {}) : undefined;
    await joining;
    client.leave(room);
    await publishing;
    connection.take();
  }
}

await joinAndLeave(2_000);
gc();
const before = Deno.memoryUsage().heapUsed;
await joinAndLeave(rounds);
gc();
const rooms = clients.reduce((sum, { client }) => sum + client.rooms.size, 0);
const grown = Deno.memoryUsage().heapUsed - before;
// deno-lint-ignore no-console -- this is its result
console.log(JSON.stringify({ rooms, remembered: history.rooms, grown }));
