/**
 * Lets 20 clients of an application with presence into 1,000 rooms each, of their own. Prints how
 * many bytes each membership takes. Needs `--v8-flags=--expose-gc`.
 */

import { App } from "../../server/app/app.ts";
import { connect } from "./clients.ts";
import { acceptor } from "../../server/app/peer.ts";

// The cast: the flag adds it.
const { gc } = globalThis as unknown as { gc(): void };

const app = new App({ presence: true });

/** Lets clients into rooms of their own. */
async function join(clients: number, rooms: number): Promise<void> {
  for (let i = 0; i < clients; i++) {
    const sub = crypto.randomUUID();
    const client = app.client(connect(app, { data: { sub } }).id)!;
    for (let room = 0; room < rooms; room++) await client.join(`room ${room} of ${sub}`);
  }
}

await join(20, 10);
gc();
const before = Deno.memoryUsage().heapUsed;
await join(20, 1_000);
gc();
const bytes = (Deno.memoryUsage().heapUsed - before) / 20_000;
// deno-lint-ignore no-console -- this is its result
console.log(JSON.stringify({ bytes, memberships: app[acceptor].stats!()["/"]?.memberships }));
