/** Events of a WebSocket, made anew: one that was dispatched cannot be dispatched by another. */

import type { CloseInfo } from "../close_code.ts";
import { describe } from "../errors.ts";
import type { SocketEvent } from "../transports/websocket.ts";

/** Makes an event `message`. */
export function messageEvent(event: SocketEvent): MessageEvent {
  return new MessageEvent("message", { data: event.data });
}

/** Makes an event `error`, with what the runtime says of it, where it does. */
export function errorEvent(error: unknown, message: string = describe(error)): Event {
  return Object.assign(new Event("error"), { error, message });
}

/** Makes an event `close`; of a class of our own in Node before 23, which has none. */
export function closeEvent({ code, reason, wasClean }: CloseInfo): CloseEvent {
  const init = { code, reason, wasClean };
  if (globalThis.CloseEvent !== undefined) return new CloseEvent("close", init);
  return Object.assign(new Event("close"), init) as CloseEvent;
}
