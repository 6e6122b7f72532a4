/** Clients of an application over connections in memory. */

import type { Clock } from "../../server/clock.ts";
import { acceptor, type Peer, type Servable } from "../../server/app/peer.ts";
import type { Admission, Connection, Notify } from "../../server/types.ts";
import { openJson } from "../../server/wires/json/json.ts";
import { MemoryConnection, type MemoryConnectionOptions } from "./memory_connection.ts";

/** Connects to an application, and takes the welcome. */
export function connect(
  app: Servable,
  options?: MemoryConnectionOptions,
): { connection: MemoryConnection; id: string } {
  const connection = new MemoryConnection(options);
  openApp(app, connection);
  const [welcome] = connection.take();
  return { connection, id: welcome.id };
}

/** Lets an application speak JSON over a connection. */
export function openApp(
  app: Servable,
  connection: Connection,
  { notify = () => {}, ...admission }: Admission & { readonly notify?: Notify } = {},
): void {
  const accept = (peer: Peer) => app[acceptor].accept(peer, admission);
  openJson(connection, accept, { highWaterMark: 65_536, notify });
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  /** Milliseconds. */
  time = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  readonly now = (): number => this.time;

  /** How many things wait for their time. */
  get size(): number {
    return this.#waiting.size;
  }

  after(delay: number, run: () => void): () => void {
    const item = { at: this.time + delay, run };
    this.#waiting.add(item);
    return () => void this.#waiting.delete(item);
  }

  /** Lets time pass, and runs what waits for it in its order. */
  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    while (true) {
      const [next] = [...this.#waiting].sort((one, other) => one.at - other.at);
      if (next === undefined || next.at > end) break;
      this.#waiting.delete(next);
      this.time = next.at;
      next.run();
    }
    this.time = end;
  }
}
