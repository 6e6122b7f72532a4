/** A connection that takes everything and keeps nothing, to measure what is above it. */

import type { Connection, SendResult } from "../server/types.ts";
import { MemoryConnection } from "../tests/support/memory_connection.ts";

/** Swallows what is sent. */
export class Sink extends MemoryConnection {
  override send(_data: Parameters<Connection["send"]>[0]): SendResult {
    return "sent";
  }
}
