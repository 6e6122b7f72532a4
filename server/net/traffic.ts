/** Messages and bytes of connections, in both directions. */

import type { Traffic } from "../types.ts";

/** Nothing so far. */
export const noTraffic: Traffic = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };

/** The traffic of both. */
export function addTraffic(a: Traffic, b: Traffic): Traffic {
  return {
    messagesIn: a.messagesIn + b.messagesIn,
    messagesOut: a.messagesOut + b.messagesOut,
    bytesIn: a.bytesIn + b.bytesIn,
    bytesOut: a.bytesOut + b.bytesOut,
  };
}
