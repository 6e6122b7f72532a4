/** A broker as a namespace sees it: with one scope of its own. */

import type { Broker, BrokerEars, BrokerLink, BrokerState, BrokerStats } from "./broker.ts";

/** Links what is linked to a scope of another broker, which lives and ends by itself. */
export class ScopedBroker implements Broker {
  readonly #broker: Broker;
  readonly #scope: string;
  #link: BrokerLink | undefined;

  /**
   * @param broker The broker, or what another namespace sees of it.
   * @param scope Name of the namespace.
   */
  constructor(broker: Broker, scope: string) {
    this.#broker = broker instanceof ScopedBroker ? broker.#broker : broker;
    this.#scope = scope;
  }

  get state(): BrokerState {
    return this.#broker.state;
  }

  /** Links its own scope, in place of the given one. */
  link(_scope: string, ears: BrokerEars): BrokerLink {
    return this.#link = this.#broker.link(this.#scope, ears);
  }

  stats(): BrokerStats {
    return this.#broker.stats();
  }

  /** Ends the access of the namespace; the broker is the application's. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link?.[Symbol.asyncDispose]();
  }
}
