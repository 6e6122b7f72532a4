/** How messages reach a client of the HTTP wires. */

import type { Joined } from "../../app/streams/position.ts";
import type { QueuedEvent } from "./queued_event.ts";

/** How a client was sent away, or went. */
export interface SessionEnd {
  readonly code: number;
  readonly reason: string;
}

/** Takes events, and hands them to the client in their order. */
export interface FallbackTransport {
  /** About how many bytes wait. */
  readonly queuedBytes: number;
  /** About how many of them are kept for this client alone. */
  readonly heldBytes: number;
  /** About how many bytes waited and do not any more, as the client has taken them. */
  readonly takenBytes: number;
  /** Bytes of the bodies that have carried messages so far. */
  readonly sentBytes: number;
  /** Called when the client has taken something. */
  taken: () => void;
  /** Sends an event; behind it the client stands where the event does. */
  push(event: QueuedEvent): void;
  /** The client has joined a room, and stands there. */
  joined(room: string, joined: Joined): void;
  /** Sends no more after this. A slow client is spared what waits for it. */
  end(end: SessionEnd, dropWaiting: boolean): void;
}
