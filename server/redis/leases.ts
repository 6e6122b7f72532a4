/**
 * The living nodes: each renews a lease, and the one that finds another's over takes its users out.
 */

import type { NodeInfo } from "../app/streams/broker.ts";
import type { Connections } from "./connections.ts";
import { decodeUser } from "./presence.ts";
import { type Names, renew, resign, takeOut } from "./scripts.ts";

/** The parts of leases, and the receivers of their reports. None of these throws. */
export interface LeasesContext {
  readonly info: NodeInfo;
  readonly names: Names;
  readonly connections: Connections;
  /** Milliseconds of a lease. */
  readonly timeout: number;
  /**
   * Redis knows nothing of this node, or not any more. Rejects where it cannot be told.
   *
   * @param wasTaken Its users were taken out, and the others were told so.
   */
  forgotten(wasTaken: boolean): Promise<void>;
  /** The lease could not be renewed. */
  failed(error: unknown): void;
  /** The lease was renewed: presence may be stored. */
  held(): void;
  /** A node has died or left. */
  gone(node: string, how: "lost" | "left"): void;
  /** A user is in a room no more. */
  vanished(scope: string, room: string, userId: string): void;
}

/**
 * Milliseconds after which it is not known any more that a node's users were taken out: a process that
 * stood still for longer has lost its clients.
 */
const takenTimeout = 3_600_000;

/** Renews this node's lease three times in its time. */
export class Leases {
  readonly #context: LeasesContext;
  readonly #nodes = new Map<string, NodeInfo>();
  /** The lease of this node in Redis. */
  readonly #own: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewing: Promise<void> | undefined;
  /** Whether something has happened since it began. */
  #isAgain = false;
  #isHeld = false;
  /** Whether all was done that the last answer has asked for. */
  #isKnown = false;
  #isClosed = false;

  constructor(context: LeasesContext) {
    this.#context = context;
    const { node, startedAt } = context.info;
    this.#own = `${node} ${startedAt}`;
  }

  /** Whether Redis knows that this node lives, so that its users are taken out when it dies. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Lists the living nodes; this one comes first. */
  nodes(): readonly NodeInfo[] {
    return [this.#context.info, ...this.#nodes.values()];
  }

  /** Renews the lease now, and then again and again. Rejects where it cannot be renewed. */
  renew(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isAgain = this.#renewing !== undefined;
    return this.#renewing ??= this.#renew().catch((error) => {
      if (!this.#isClosed) this.#context.failed(error);
      throw error;
    }).finally(() => {
      this.#renewing = undefined;
      if (this.#isAgain) this.renew().catch(() => {}); // it has reported it
      else this.#wait();
    });
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.renew().catch(() => {}); // again in the same time
    }, this.#context.timeout / 3);
  }

  async #renew(): Promise<void> {
    const { connections, names, timeout, info } = this.#context;
    const reply = await connections.ask({
      script: renew,
      keys: [...names.leases, names.taken(info.node)],
      args: [this.#own, timeout, this.#isKnown ? 1 : 0],
    });
    const [isNew, living, dead, wasTaken] = reply as [number, string[], string[], number];
    if (isNew === 1) {
      // Until its users are there again, none of them goes.
      this.#isHeld = this.#isKnown = false;
      await this.#context.forgotten(wasTaken === 1);
    }
    this.#isHeld = this.#isKnown = true;
    this.#context.held();
    this.#know(living);
    for (const each of dead) await this.#takeOut(each);
  }

  #know(living: readonly string[]): void {
    const { info } = this.#context;
    const found = new Map<string, NodeInfo>();
    for (const each of living) {
      const [node = "", startedAt] = each.split(" ");
      if (node !== info.node) found.set(node, { node, startedAt: Number(startedAt) });
    }
    for (const node of this.#nodes.keys()) if (!found.has(node)) this.#remove(node, "lost");
    for (const [node, each] of found) this.#nodes.set(node, each);
  }

  /** A node tells that it leaves. */
  left(node: string): void {
    this.#remove(node, "left");
  }

  #remove(node: string, how: "lost" | "left"): void {
    if (this.#nodes.delete(node)) this.#context.gone(node, how);
  }

  /** Takes the users of a dead node out, a hundred at a time. */
  async #takeOut(dead: string): Promise<void> {
    const { names, connections, vanished } = this.#context;
    const node = dead.split(" ")[0]!;
    for (;;) {
      const reply = await connections.ask({
        script: takeOut,
        keys: [names.held(node), names.leases[1], names.taken(node)],
        args: [names.prefix, dead, takenTimeout],
      });
      const [hasMore, ...rest] = reply as [number, ...string[]];
      for (let i = 0; i < rest.length; i += 3) {
        vanished(decodeURIComponent(rest[i]!), rest[i + 1]!, decodeUser(rest[i + 2]!));
      }
      if (hasMore !== 1) return;
    }
  }

  /** Gives the lease up: what is left of this node is the others' to take out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#renewing?.catch(() => {});
    const { names, connections, info } = this.#context;
    if (!this.#isHeld || !connections.isUsable) return;
    await connections.ask({
      script: resign,
      keys: [...names.leases, names.held(info.node)],
      args: [this.#own],
    });
  }
}
