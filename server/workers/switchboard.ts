/** The first thread of several: numbers and keeps messages, and passes them on to the workers. */

import { writeError } from "../contain.ts";
import { EventError } from "../app/events/errors.ts";
import type { Broker, NodeInfo } from "../app/streams/broker.ts";
import type { HistoryOptions } from "../app/streams/history_options.ts";
import { memoryBroker } from "../app/streams/memory_broker.ts";
import { BatchPort } from "./batch_port.ts";
import {
  type Call,
  type CallFailure,
  sizeOf,
  type SwitchboardMessage,
  type WorkerMessage,
} from "./messages.ts";
import { SwitchedLink, SwitchedScope } from "./switched_scope.ts";

/** How often workers are asked for a sign of life, in milliseconds. */
const pingInterval = 2_000;

/** Signs of life that a worker may owe: it is taken for dead 16 s after its last one. */
const maxPings = 8;

/** Messages of a worker to the thread that has started it. */
export interface NodeHandlers {
  /** It serves clients. */
  serving(): void;
  /** It has left by itself. */
  left(): void;
  /** It gives no sign of life. */
  silent(): void;
}

/** The state of a worker. */
interface SwitchedNode {
  readonly port: BatchPort<WorkerMessage, SwitchboardMessage>;
  readonly handlers: NodeHandlers;
  /** With the scope that each belongs to. */
  readonly links: Map<number, { link: SwitchedLink; scope: string }>;
  info: NodeInfo | undefined;
}

/** Joins workers, each behind a message port. */
export class Switchboard implements AsyncDisposable {
  readonly #broker: Broker;
  readonly #nodes = new Set<SwitchedNode>();
  readonly #scopes = new Map<string, SwitchedScope>();
  readonly #onError: (error: unknown) => void;
  #pinging: ReturnType<typeof setInterval> | undefined;

  /**
   * @param history How much is kept of what is published, or where else it is kept.
   * @param onError Gets errors of the history that nobody waits for. Does not throw.
   */
  constructor(
    history: HistoryOptions = {},
    onError: (error: unknown) => void = (error) => writeError("Hawser:", error),
  ) {
    this.#broker = memoryBroker({ history });
    this.#onError = onError;
  }

  /**
   * Takes in a worker.
   *
   * @param port Leads to its broker.
   * @param handlers Called with what becomes of it.
   * @returns Functions that shut it down, and that remove it when it has died.
   */
  connect(port: MessagePort, handlers: NodeHandlers): { shutdown(): void; died(): void } {
    const node: SwitchedNode = {
      port: new BatchPort<WorkerMessage, SwitchboardMessage>(port, {
        message: (message) => this.#received(node, message),
        drained: () => this.#drained(node),
      }),
      handlers,
      links: new Map(),
      info: undefined,
    };
    this.#nodes.add(node);
    this.#pinging ??= setInterval(() => this.#ping(), pingInterval);
    return {
      shutdown: () => node.port.post({ type: "shutdown" }),
      died: () => this.#remove(node, "lost"),
    };
  }

  #received(node: SwitchedNode, message: WorkerMessage): void {
    switch (message.type) {
      case "hello":
        node.info = message.info;
        return this.#tellNodes();
      case "serving":
        return node.handlers.serving();
      case "bye":
        this.#remove(node, "left");
        return node.handlers.left();
      case "link":
        return this.#link(node, message.link, message.scope);
      case "unlink":
        return this.#unlink(node, message.link);
      case "call":
        return void this.#call(node, message.id, message.link, message.call);
      default:
        return this.#pass(node, message);
    }
  }

  /** Messages to other workers that are not waited for. */
  #pass(
    node: SwitchedNode,
    message: Extract<WorkerMessage, { type: "unfollow" | "tell" | "answer" }>,
  ): void {
    const entry = node.links.get(message.link);
    const scope = entry && this.#scopes.get(entry.scope);
    if (entry === undefined || scope === undefined) return;
    if (message.type === "tell") scope.tell(entry.link, message.topic, message.message);
    else if (message.type === "answer") scope.answer(entry.link, message.id, message.reply);
    else scope.unfollow(entry.link, message.topic);
  }

  #link(node: SwitchedNode, number: number, name: string): void {
    try {
      let scope = this.#scopes.get(name);
      if (scope === undefined) {
        this.#scopes.set(name, scope = new SwitchedScope(this.#broker, name));
      }
      const link = new SwitchedLink(node.info?.node ?? "", number, node.port);
      scope.add(link);
      node.links.set(number, { link, scope: name });
    } catch (error) {
      this.#onError(error); // a history of the user's serves one scope: the calls of this one fail
    }
  }

  #unlink(node: SwitchedNode, number: number): void {
    const entry = node.links.get(number);
    if (entry === undefined) return;
    node.links.delete(number);
    this.#scopes.get(entry.scope)?.remove(entry.link);
    this.#closeEmpty(entry.scope);
  }

  /** The application itself may come back with the next worker; namespaces come and go. */
  #closeEmpty(name: string): void {
    const scope = this.#scopes.get(name);
    if (name === "/" || scope === undefined || !scope.isEmpty) return;
    this.#scopes.delete(name);
    scope[Symbol.asyncDispose]().catch(this.#onError);
  }

  async #call(node: SwitchedNode, id: number, number: number, call: Call): Promise<void> {
    try {
      const entry = node.links.get(number);
      const scope = entry && this.#scopes.get(entry.scope);
      if (entry === undefined || scope === undefined) throw new Error("Scope is not linked");
      const value = await scope.call(entry.link, call);
      node.port.post({ type: "result", id, value }, resultSize(value));
    } catch (error) {
      node.port.post({ type: "failed", id, failure: failureOf(error) });
    }
  }

  #drained(node: SwitchedNode): void {
    for (const { link, scope } of node.links.values()) {
      this.#scopes.get(scope)?.catchUp(link).catch(this.#onError);
    }
  }

  #ping(): void {
    for (const node of [...this.#nodes]) {
      if (node.port.ping() <= maxPings) continue;
      this.#remove(node, "lost");
      node.handlers.silent();
    }
  }

  /** A worker has left or died. */
  #remove(node: SwitchedNode, how: "lost" | "left"): void {
    if (!this.#nodes.delete(node)) return;
    node.port.close();
    if (this.#nodes.size === 0) this.#stopPinging();
    const { info, links } = node;
    for (const { link, scope } of links.values()) this.#scopes.get(scope)?.remove(link);
    for (const { port } of this.#nodes) if (info) port.post({ type: "gone", node: info.node, how });
    this.#tellNodes();
    for (const { link, scope: name } of links.values()) {
      const scope = this.#scopes.get(name);
      scope?.forget(link).then(() => this.#closeEmpty(name)).catch(this.#onError);
    }
    links.clear();
  }

  #tellNodes(): void {
    const nodes = Array.from(this.#nodes, ({ info }) => info).filter((info) => info !== undefined);
    for (const { port } of this.#nodes) port.post({ type: "nodes", nodes });
  }

  #stopPinging(): void {
    clearInterval(this.#pinging);
    this.#pinging = undefined;
  }

  /** Lets all workers go, and closes the history. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of [...this.#nodes]) this.#remove(node, "left");
    this.#stopPinging();
    await this.#broker[Symbol.asyncDispose]();
  }
}

/** Pages are the only results of any size. */
function resultSize(value: unknown): number {
  if (typeof value !== "object" || value === null || !("messages" in value)) return sizeOf();
  const { messages } = value;
  if (!Array.isArray(messages)) return sizeOf();
  return messages.reduce((sum: number, each) => sum + sizeOf(each.event, each.data), sizeOf());
}

function failureOf(error: unknown): CallFailure {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof EventError ? error.code : undefined, message };
}
