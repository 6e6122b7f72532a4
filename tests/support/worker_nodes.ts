/** Brokers of workers on one switchboard, in this thread. */

import { type NodeHandlers, Switchboard } from "../../server/workers/switchboard.ts";
import { SwitchedBroker } from "../../server/workers/worker_broker.ts";

/** A switchboard with its nodes. */
export class WorkerNodes implements AsyncDisposable {
  readonly switchboard = new Switchboard();
  readonly nodes: SwitchedBroker[] = [];
  /** The first thread's handle of each worker. */
  readonly handles: { shutdown(): void; died(): void }[] = [];

  /** @param count How many nodes. */
  constructor(count: number) {
    for (let i = 0; i < count; i++) this.add();
  }

  /** Adds a node. */
  add(handlers: Partial<NodeHandlers> = {}): SwitchedBroker {
    const { port1, port2 } = new MessageChannel();
    const all = { serving() {}, left() {}, silent() {}, ...handlers };
    this.handles.push(this.switchboard.connect(port2, all));
    const node = new SwitchedBroker(port1);
    this.nodes.push(node);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
    await this.switchboard[Symbol.asyncDispose]();
  }
}
