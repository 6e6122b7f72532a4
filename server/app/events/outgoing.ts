/** An event on its way to one or many clients. */

import { checkData, decodeData, encodeChecked } from "../../../wire/data.ts";
import type { Place } from "../../../wire/position.ts";
import { checkSentName } from "./events.ts";

/**
 * An event and its data. Each wire encodes it at the first need and shares the encoding among all
 * receivers, so that a broadcast costs one encoding per wire.
 *
 * The data must not be changed once the event has been sent. It may be anything that JSON carries,
 * `Uint8Array` anywhere in it, `undefined`, and several arguments, made by `args(...)`.
 *
 * @example One event for several clients
 * ```ts
 * import { App, serve } from "@hawser/ws";
 * import { Outgoing } from "@hawser/ws/wire";
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
  /** The wire that has encoded it first, and its encoding: mostly there is no other. */
  #wire: symbol | undefined;
  #form: unknown;
  #others: Map<symbol, unknown> | undefined;
  #data: unknown;
  /** The data as JSON carries it, until there is the text. */
  #checked: unknown;
  #text: string | undefined;
  /** Whether the data is still to be read from the text. */
  #isUnread = false;

  /**
   * Makes an event to be sent.
   *
   * @param event Event name.
   * @param data The data of the event.
   * @param ackId Names the acknowledgement that receivers are asked for, where they are.
   * @param place Where it stands in a room's stream. Wires write it beside the data, not into it.
   * @throws {TypeError} The name is empty or reserved, or JSON cannot carry the data: the error
   * says where the reason is, `data.list[3] is a Map`.
   */
  constructor(
    readonly event: string,
    data: unknown,
    readonly ackId?: number,
    readonly place?: Place,
  ) {
    checkSentName(event);
    this.#data = data;
    this.#checked = checkData(data);
  }

  /**
   * Makes an event of data that is text already, as a history keeps it.
   *
   * @param event Event name.
   * @param text The data, as {@linkcode Outgoing.text} has it.
   * @param place Where the event stands in a room's stream.
   * @returns The event. Its data is read from the text where somebody asks for it.
   * @throws {TypeError} The name is empty or reserved.
   *
   * @example A message from a history
   * ```ts
   * import { Outgoing } from "@hawser/ws/wire";
   * import { assertEquals } from "@std/assert";
   *
   * const place = { room: "deck", seq: 7, epoch: "k3x" };
   * const note = Outgoing.ofText("note", '{"text":"hi"}', place);
   * assertEquals([note.data, note.place?.seq], [{ text: "hi" }, 7]);
   * ```
   */
  static ofText(event: string, text: string, place?: Place): Outgoing {
    const outgoing = new Outgoing(event, undefined, undefined, place);
    outgoing.#text = text;
    outgoing.#isUnread = true;
    return outgoing;
  }

  /** The event's data. */
  get data(): unknown {
    if (this.#isUnread) {
      this.#data = decodeData(this.text);
      this.#isUnread = false;
    }
    return this.#data;
  }

  /**
   * The data as text, for wires that carry JSON and for histories: JSON, in which bytes are
   * `{"$base64":"..."}`; nothing for `undefined`; `args[...]` for several arguments.
   */
  get text(): string {
    if (this.#text === undefined) {
      this.#text = encodeChecked(this.#checked);
      this.#checked = undefined;
    }
    return this.#text;
  }

  /**
   * Gives one wire's encoding of this event; called by wires.
   *
   * @param wire The wire's own key.
   * @param encode Called at the first need.
   * @returns The result of `encode` for this wire.
   *
   * @example A wire that encodes once
   * ```ts
   * import { Outgoing } from "@hawser/ws/wire";
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
    // The casts: nobody but the wire has its key, and it keeps one form under it.
    if (this.#wire === wire) return this.#form as Form;
    if (this.#others?.has(wire)) return this.#others.get(wire) as Form;
    const form = encode();
    if (this.#wire === undefined) {
      this.#wire = wire;
      this.#form = form;
    } else {
      (this.#others ??= new Map()).set(wire, form);
    }
    return form;
  }
}
