/** An event on its way to one or many clients. */

import { checkSentName } from "./events.ts";
import type { Place } from "../streams/position.ts";

/**
 * An event and its data. Each wire encodes it at the first need and shares the encoding among all
 * receivers, so that a broadcast costs one encoding per wire.
 *
 * The data must not be changed once the event has been sent.
 *
 * @example One event for several clients
 * ```ts
 * import { App, Outgoing, serve } from "@hawser/ws";
 * import { connect } from "@hawser/ws/client";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * await using server = serve({ port: 0, hostname: "127.0.0.1", app });
 * await using ada = connect(`ws://127.0.0.1:${server.addr.port}`);
 * await using bob = connect(`ws://127.0.0.1:${server.addr.port}`);
 * const ticks = [ada, bob].map((each) => new Promise((resolve) => each.on("tick", resolve)));
 * await Promise.all([ada.ready(), bob.ready()]);
 *
 * const tick = new Outgoing("tick", { at: 12 });
 * for (const client of app.broadcast.clients()) client.send(tick);
 * assertEquals(await Promise.all(ticks), [{ at: 12 }, { at: 12 }]);
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
    checkSentName(event);
  }

  /**
   * Gives one wire's encoding of this event; called by wires.
   *
   * @param wire The wire's own key.
   * @param encode Called at the first need.
   * @returns What `encode` has returned for this wire.
   *
   * @example A wire that encodes once
   * ```ts
   * import { Outgoing } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const wire = Symbol("lines");
   * let encodings = 0;
   * function toLine(outgoing: Outgoing): string {
   *   return outgoing.encoded(wire, () => `${++encodings} ${outgoing.event}\n`);
   * }
   *
   * const tick = new Outgoing("tick", { at: 12 });
   * assertEquals([toLine(tick), toLine(tick)], ["1 tick\n", "1 tick\n"]);
   * ```
   */
  encoded<Form>(wire: symbol, encode: () => Form): Form {
    // The cast: nobody but the wire has its key, and it keeps one form under it.
    if (this.#encodings.has(wire)) return this.#encodings.get(wire) as Form;
    const form = encode();
    this.#encodings.set(wire, form);
    return form;
  }
}
