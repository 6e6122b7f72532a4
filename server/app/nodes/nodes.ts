/** Messages among the nodes themselves: servers that tell one another something. */

import { checkData, decodeData, encodeChecked } from "../../../wire/data.ts";
import type { BrokerLink, NodeInfo } from "../streams/broker.ts";
import { encodeNodeMessage } from "./node_message.ts";

/**
 * Handles what another node has sent.
 *
 * @param data Its data.
 * @param from Name of the node.
 */
export type NodeHandler = (data: unknown, from: string) => unknown;

/** Takes an event that another node has sent: its name, its data as text, and the node. */
export type NodeListener = (event: string, text: string, from: string) => void;

/** The parts that {@linkcode Nodes} needs. */
export interface NodesContext {
  readonly link: BrokerLink;
  /** Calls a function with each event that another node has sent. */
  listen(listener: NodeListener): void;
  /** A handler has failed. Does not throw. */
  failed(error: unknown): void;
}

/**
 * The nodes that an application runs on: `app.nodes`. With the default broker there is one.
 *
 * @example A cache that all nodes empty together
 * ```ts
 * import { App } from "@hawser/ws";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new App();
 * const cache = new Map([["motto", "Fair winds"]]);
 * app.nodes.on("changed", (key) => void cache.delete(String(key)));
 * function change(key: string): void {
 *   cache.delete(key); // this node does not receive its own events
 *   app.nodes.emit("changed", key);
 * }
 * change("motto");
 * assertEquals([cache.size, app.nodes.list().length], [0, 1]);
 * ```
 */
export class Nodes {
  readonly #context: NodesContext;
  readonly #handlers = new Map<string, NodeHandler>();

  /** Made by the application. */
  constructor(context: NodesContext) {
    this.#context = context;
    context.listen((event, text, from) => this.#receive(event, text, from));
  }

  /** Name of this node: eight letters and digits, new at every start. */
  get self(): string {
    return this.#context.link.node;
  }

  /**
   * Sends an event to all other nodes: at most once, in the order of the calls. It is dropped while
   * the broker is down.
   *
   * @param event Any name.
   * @param data Its data: any JSON value, bytes anywhere in it.
   * @throws {TypeError} The name is no string with content, or JSON cannot carry the data.
   *
   * @example A single node tells nobody
   * ```ts
   * import { App } from "@hawser/ws";
   * import { assertThrows } from "@std/assert";
   *
   * const app = new App();
   * app.nodes.emit("changed", { key: "motto" });
   * assertThrows(() => app.nodes.emit("changed", new Map()), TypeError, "Map");
   * ```
   */
  emit(event: string, data?: unknown): void {
    checkName(event);
    const checked = checkData(data);
    const { link } = this.#context;
    if (link.isAlone) return;
    link.tell("all", encodeNodeMessage({ type: "event", event, text: encodeChecked(checked) }));
  }

  /**
   * Sets the handler of an event of other nodes. Its errors go to `onError`; for its promise nobody
   * waits.
   *
   * @param event Any name.
   * @param handler Called with the data and the name of the node.
   * @throws {TypeError} The event has a handler already, or the name is no string with content.
   *
   * @example One handler for each event
   * ```ts
   * import { App } from "@hawser/ws";
   * import { assertThrows } from "@std/assert";
   *
   * const { nodes } = new App();
   * nodes.on("changed", () => {});
   * assertThrows(() => nodes.on("changed", () => {}), TypeError, "has a handler");
   * ```
   */
  on(event: string, handler: NodeHandler): void {
    checkName(event);
    if (this.#handlers.has(event)) {
      throw new TypeError(`Cannot handle "${event}" of other nodes: it has a handler already`);
    }
    this.#handlers.set(event, handler);
  }

  /**
   * Removes the handler of an event; does nothing where there is none.
   *
   * @param event Any name.
   *
   * @example A handler that is replaced
   * ```ts
   * import { App } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const { nodes } = new App();
   * nodes.on("changed", () => {});
   * nodes.off("changed");
   * nodes.on("changed", () => {});
   * assertEquals(nodes.list()[0]?.node, nodes.self);
   * ```
   */
  off(event: string): void {
    this.#handlers.delete(event);
  }

  /**
   * Lists the living nodes.
   *
   * @returns This one first.
   *
   * @example How many there are
   * ```ts
   * import { App } from "@hawser/ws";
   * import { assertEquals } from "@std/assert";
   *
   * const { nodes } = new App();
   * assertEquals(nodes.list().map(({ node }) => node), [nodes.self]);
   * ```
   */
  list(): readonly NodeInfo[] {
    return this.#context.link.nodes();
  }

  #receive(event: string, text: string, from: string): void {
    const handler = this.#handlers.get(event);
    if (handler === undefined) return;
    const { failed } = this.#context;
    try {
      Promise.resolve(handler(decodeData(text), from)).catch((error) => failed(error));
    } catch (error) {
      failed(error);
    }
  }
}

function checkName(event: string): void {
  if (typeof event === "string" && event !== "") return;
  throw new TypeError("Cannot use this event name: it is not a string with content");
}
