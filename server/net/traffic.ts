/** How much has gone over connections, in both directions. */

/** Messages and bytes. Bytes are those of TCP, or of TLS when it is unwrapped: frames as they are. */
export interface Traffic {
  /** Whole messages received. */
  readonly messagesIn: number;
  /** Messages taken for sending. */
  readonly messagesOut: number;
  /** Bytes received behind the upgrade request. */
  readonly bytesIn: number;
  /** Bytes handed to the kernel, the 101 response among them. */
  readonly bytesOut: number;
}

/** Before anything has gone. */
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
