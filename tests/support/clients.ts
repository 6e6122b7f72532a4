/** Clients of an application over connections in memory. */

import type { PeerAcceptor } from "../../server/app/peer.ts";
import { jsonApplication } from "../../server/wire/json.ts";
import { MemoryConnection, type MemoryConnectionOptions } from "./memory_connection.ts";

/** Connects to an application, and takes the welcome. */
export function connect(
  app: PeerAcceptor,
  options?: MemoryConnectionOptions,
): { connection: MemoryConnection; id: string } {
  const connection = new MemoryConnection(options);
  jsonApplication(app).open(connection);
  const [welcome] = connection.take();
  return { connection, id: welcome.id };
}

/** A clock that stands still until a test moves it. */
export class ManualClock {
  /** Milliseconds. */
  time = 0;
  readonly now = (): number => this.time;
}
