/** The HTTP connections of a server: those that have not ended and are not upgraded. */

import { UnorderedList } from "../../unordered_list.ts";
import type { HttpConnection } from "./http_connection.ts";

/** Ends them together, and waits for the last one. */
export class HttpConnections {
  readonly #connections = new UnorderedList<Pick<HttpConnection, "shutdown" | "terminate">>();
  #ended: PromiseWithResolvers<void> | undefined;

  /** How many there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Holds a connection for as long as it is served. */
  async hold(
    connection: Pick<HttpConnection, "shutdown" | "terminate">,
    serve: () => Promise<void>,
  ): Promise<void> {
    const entry = this.#connections.add(connection);
    await serve();
    this.#connections.delete(entry);
    if (this.#connections.size === 0) this.#ended?.resolve();
  }

  /** Lets each finish its request, and answer no more. */
  shutdown(): void {
    this.#connections.forEach((http) => http.shutdown());
  }

  /** Ends each at once. */
  terminate(): void {
    this.#connections.forEach((http) => http.terminate());
  }

  /** Resolves when there are none. */
  async ended(): Promise<void> {
    while (this.#connections.size > 0) {
      this.#ended = Promise.withResolvers();
      await this.#ended.promise;
    }
  }
}
