/** Reports on the broker of an application to its servers: state, numbers, and nodes that have gone. */

import { contain } from "../../contain.ts";
import type { Broker, BrokerState, BrokerStats } from "../streams/broker.ts";

/** Numbers of a broker, and whether it works. */
export interface BrokerFigures extends BrokerStats {
  /** `"down"` while other nodes cannot be reached. */
  readonly state: BrokerState;
}

/** An event of a broker. */
export type BrokerChange =
  | { readonly event: "broker"; readonly state: BrokerState }
  | { readonly event: "node"; readonly state: "lost" | "left"; readonly node: string };

/** Called with each change. */
export type BrokerWatcher = (change: BrokerChange) => void;

/** Passes what a broker reports of itself on to those who watch it. */
export class BrokerWatch {
  readonly #broker: Pick<Broker, "state" | "stats">;
  readonly #failed: (error: unknown) => void;
  readonly #watchers = new Set<BrokerWatcher>();
  #state: BrokerState;

  /**
   * @param broker The broker.
   * @param failed Told what watchers throw. Does not throw.
   */
  constructor(broker: Pick<Broker, "state" | "stats">, failed: (error: unknown) => void) {
    this.#broker = broker;
    this.#failed = failed;
    this.#state = broker.state;
  }

  /** The broker at the moment. */
  figures(): BrokerFigures {
    return { ...this.#broker.stats(), state: this.#broker.state };
  }

  /**
   * Watches the broker.
   *
   * @returns Ends it.
   */
  watch(watcher: BrokerWatcher): () => void {
    // A function of its own, as the same watcher may come twice.
    const tell: BrokerWatcher = (change) => watcher(change);
    this.#watchers.add(tell);
    return () => void this.#watchers.delete(tell);
  }

  /** See {@linkcode BrokerEars.state}; a state that is told again is no change. */
  state(state: BrokerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#tell({ event: "broker", state });
  }

  /** See {@linkcode BrokerEars.gone}. */
  gone(node: string, state: "lost" | "left"): void {
    this.#tell({ event: "node", state, node });
  }

  #tell(change: BrokerChange): void {
    for (const watcher of this.#watchers) contain(() => watcher(change), this.#failed);
  }
}
