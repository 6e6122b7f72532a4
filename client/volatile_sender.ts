/** The sender of events that may be dropped. */

import type { EventArguments, EventData, EventName } from "../wire/event_types.ts";
import type { SendResult } from "./line/outbox.ts";

/**
 * Sends events that may be dropped: `client.volatile`.
 *
 * @typeParam ClientEvents What the client sends.
 */
export interface VolatileSender<ClientEvents extends object> {
  /**
   * Sends an event, or drops it.
   *
   * @param event Event name.
   * @param data Its data: anything that JSON carries, with bytes anywhere in it.
   * @returns `"sent"` or `"dropped"`.
   * @throws {TypeError} JSON cannot carry the data: the error says where, `data.list[3] is a Map`.
   */
  emit<Name extends EventName<ClientEvents>>(
    event: Name,
    ...data: EventArguments<EventData<ClientEvents>[Name]>
  ): SendResult;
}
