/** The HTTP connections of a server: those that have not ended and are not upgraded. */

import { type ListItem, UnorderedList } from "../../unordered_list.ts";
import type { HttpConnection } from "./http_connection.ts";

/** A connection with its place in the list; its deadline has its own place in another one. */
interface Held extends ListItem {
  readonly http: Pick<HttpConnection, "shutdown" | "terminate">;
}

/** Ends them together, and waits for the last one. */
export class HttpConnections {
  readonly #connections = new UnorderedList<Held>();
  #ended: PromiseWithResolvers<void> | undefined;

  /** How many there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Holds a connection for as long as it is served. */
  async hold(
    http: Held["http"],
    serve: () => Promise<void>,
  ): Promise<void> {
    const held: Held = { http, listIndex: undefined };
    this.#connections.add(held);
    await serve();
    this.#connections.delete(held);
    if (this.#connections.size === 0) this.#ended?.resolve();
  }

  /** Lets each finish its request, and answer no more. */
  shutdown(): void {
    this.#connections.forEach(({ http }) => http.shutdown());
  }

  /** Ends each at once. */
  terminate(): void {
    this.#connections.forEach(({ http }) => http.terminate());
  }

  /** Resolves when there are none. */
  async ended(): Promise<void> {
    while (this.#connections.size > 0) {
      this.#ended = Promise.withResolvers();
      await this.#ended.promise;
    }
  }
}
