/** An event on its way to one or many clients. */

import { checkEventName } from "./events.ts";
import type { Place } from "./position.ts";

/**
 * An event and its data. Each wire encodes it at the first need and shares the encoding among all
 * receivers, so that a broadcast costs one encoding per wire.
 *
 * The data must not be changed once the event has been sent.
 *
 * @example One event for several clients
 * ```ts
 * import { Outgoing } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const tick = new Outgoing("tick", { at: 12 });
 * // for (const client of chosen) client.send(tick);
 * assertEquals(tick.event, "tick");
 * ```
 */
export class Outgoing {
  readonly #encodings = new Map<symbol, unknown>();

  /**
   * Makes an event to be sent.
   *
   * @param event Event name.
   * @param data What the event carries.
   * @param ackId Names the acknowledgement that receivers are asked for, where they are.
   * @param place Where it stands in a room's stream, for wires on which a client tells that later.
   * @throws {TypeError} The name is empty or reserved.
   */
  constructor(
    readonly event: string,
    readonly data: unknown,
    readonly ackId?: number,
    readonly place?: Place,
  ) {
    checkEventName(event);
  }

  /**
   * Gives one wire's encoding of this event; called by wires.
   *
   * @param wire The wire's own key.
   * @param encode Called at the first need.
   * @returns What `encode` has returned for this wire.
   */
  encoded<Form>(wire: symbol, encode: () => Form): Form {
    // The cast: nobody but the wire has its key, and it keeps one form under it.
    if (this.#encodings.has(wire)) return this.#encodings.get(wire) as Form;
    const form = encode();
    this.#encodings.set(wire, form);
    return form;
  }
}
