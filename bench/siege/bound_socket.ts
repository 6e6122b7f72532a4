/**
 * A TCP connection from an address of one's own. All of 127.0.0.0/8 is this machine, so honest
 * clients and flooders need not look like one another to limits per address.
 */

import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";

/** The handlers of a socket. Both are called at most once each after the last `data`. */
export interface SocketHandler {
  /** Takes what has come. */
  data(bytes: Uint8Array): void;
  /** Called at the end, whoever has brought it about. */
  end(): void;
}

/** Where a socket goes, and from where. */
export interface SocketAddress {
  /** Port of this machine. */
  readonly port: number;
  /** Address of 127.0.0.0/8 to come from. */
  readonly from: string;
}

/** `Deno.connect` cannot choose the address that it comes from; `node:net` can. */
export class BoundSocket implements Disposable {
  readonly #socket: Socket;

  /** Use {@linkcode BoundSocket.connect}. */
  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Connects. The handler may be called before the promise resolves.
   *
   * @throws {Error} The server does not accept.
   */
  static connect({ port, from }: SocketAddress, handler: SocketHandler): Promise<BoundSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<BoundSocket>();
    const socket = connect({ port, host: "127.0.0.1", localAddress: from, noDelay: true });
    socket.on("error", reject);
    socket.on("data", (bytes: Uint8Array) => handler.data(bytes));
    socket.on("close", () => {
      reject(new Error("The server has hung up"));
      handler.end();
    });
    socket.on("connect", () => resolve(new BoundSocket(socket)));
    return promise;
  }

  /** Sends a copy of the bytes, after all that was sent before. */
  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.from(bytes));
  }

  /** Ends the connection at once. */
  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
