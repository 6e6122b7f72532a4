/** Events that wait for clients of the HTTP wires: encoded once for all clients. */

import type { Outgoing } from "../../app/events/outgoing.ts";
import type { Place } from "../../../wire/position.ts";
import type { Memory } from "../../types.ts";
import { encodeOutgoing } from "../json/json_message.ts";

const encoder = new TextEncoder();

/** An event of an application, as all its receivers share it. */
export interface SharedEvent {
  /** A line of an event stream, and the empty one that ends the event. */
  readonly line: Uint8Array;
  /** Where it stands in a room's stream. */
  readonly place: Place | undefined;
}

/** A waiting item of a client: an event, or JSON text that is for it alone. */
export type QueuedEvent = SharedEvent | string;

const [before, behind] = ["data: ", "\n\n"];

/** Key of the encoding that all HTTP wires share. */
const wire = Symbol("event line");

/** Gives an application's event in the form that all receivers share. */
export function sharedEvent(outgoing: Outgoing): SharedEvent {
  return outgoing.encoded(wire, () => {
    return { line: encodeLine(encodeOutgoing(outgoing)), place: outgoing.place };
  });
}

/** Gives the line of an event stream. JSON has no line breaks, so a message is one line. */
export function lineOf(event: QueuedEvent): Uint8Array {
  return typeof event === "string" ? encodeLine(event) : event.line;
}

function encodeLine(json: string): Uint8Array {
  return encoder.encode(before + json + behind);
}

/** Gives the JSON of an event. */
export function jsonOf(event: QueuedEvent): Uint8Array {
  if (typeof event === "string") return encoder.encode(event);
  return event.line.subarray(before.length, event.line.length - behind.length);
}

/** About how many bytes it has: what is text counts by its characters. */
export function sizeOf(event: QueuedEvent): number {
  return typeof event === "string" ? event.length : event.line.length;
}

/** How many of them are kept for one client alone. */
export function ownSizeOf(event: QueuedEvent): number {
  return typeof event === "string" ? event.length : 0;
}

/** Counts the events that clients share while they wait: each once, for however many clients. */
export class SharedEvents {
  readonly #memory: Memory;
  /** For how many clients each of them waits. */
  readonly #waiting = new Map<SharedEvent, number>();

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** An event waits for one more client. */
  hold(event: QueuedEvent): void {
    if (typeof event === "string") return;
    const count = this.#waiting.get(event) ?? 0;
    if (count === 0) this.#memory.sharedBytes += sizeOf(event);
    this.#waiting.set(event, count + 1);
  }

  /** An event that was held waits for one client less. */
  drop(event: QueuedEvent): void {
    if (typeof event === "string") return;
    const count = this.#waiting.get(event) ?? 0;
    if (count > 1) return void this.#waiting.set(event, count - 1);
    if (this.#waiting.delete(event)) this.#memory.sharedBytes -= sizeOf(event);
  }
}
