/** Information on the peer for handlers of plain requests. */

import type { FetchInfo } from "../../types.ts";
import type { Socket } from "../listen/socket.ts";

const noProtocols: readonly string[] = Object.freeze([]);

/** Creates the parts that few handlers use when they are read. */
export class ExchangeInfo implements FetchInfo {
  readonly #request: { readonly remoteAddress: string };
  readonly #socket: Socket;
  #completed: PromiseWithResolvers<void> | undefined;
  /** Known once the request was answered, or cannot be any more. */
  #isSent: boolean | undefined;

  /** @param request Knows the client's address, which may be another than the socket's. */
  constructor(request: { readonly remoteAddress: string }, socket: Socket) {
    this.#request = request;
    this.#socket = socket;
  }

  get remoteAddress(): string {
    return this.#request.remoteAddress;
  }

  get protocols(): readonly string[] {
    return noProtocols;
  }

  get remoteAddr(): Deno.NetAddr {
    const { remoteAddress: hostname } = this;
    const port = hostname === this.#socket.remoteAddress ? this.#socket.remotePort : 0;
    return { transport: "tcp", hostname, port };
  }

  get completed(): Promise<void> {
    if (this.#completed === undefined) {
      this.#completed = Promise.withResolvers();
      // A handler may ignore it.
      this.#completed.promise.catch(() => {});
      this.#settle();
    }
    return this.#completed.promise;
  }

  /** Reports whether the response was sent whole. */
  complete(isSent: boolean): void {
    this.#isSent = isSent;
    this.#settle();
  }

  #settle(): void {
    if (this.#isSent === true) this.#completed?.resolve();
    if (this.#isSent !== false) return;
    this.#completed?.reject(new Deno.errors.Interrupted("Response was not sent to its end"));
  }
}
