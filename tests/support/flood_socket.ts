/** A socket whose peer sends without pause: a read is ready whenever it is asked for. */

import type { Socket } from "../../server/net/listen/socket.ts";

/** The server's end of a connection to such a peer, which reads all it is sent. */
export class FloodSocket implements Socket {
  readonly remoteAddress = "192.0.2.66";
  readonly remotePort = 666;
  readonly #bytes: Uint8Array;
  #at = 0;
  #left: number;
  #isClosed = false;
  readonly #closed = Promise.withResolvers<never>();

  /**
   * @param bytes The bytes to send repeatedly.
   * @param times After so many times the peer falls silent.
   */
  constructor(bytes: Uint8Array, times: number) {
    this.#bytes = bytes;
    this.#left = times;
    this.#closed.promise.catch(() => {});
  }

  read(buffer: Uint8Array): Promise<number> {
    if (this.#left === 0) return this.#closed.promise;
    const size = Math.min(buffer.length, this.#bytes.length - this.#at);
    buffer.set(this.#bytes.subarray(this.#at, this.#at + size));
    this.#at += size;
    if (this.#at === this.#bytes.length) {
      this.#at = 0;
      this.#left--;
    }
    return Promise.resolve(size);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#isClosed ? this.#closed.promise : Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#isClosed = true;
    this.#closed.reject(new Deno.errors.Interrupted("operation canceled"));
  }
}
