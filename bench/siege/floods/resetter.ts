/** Connects and resets by libc: Deno's own sockets end with a FIN. */

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_LINGER = 13;

const symbols = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** Needs Linux and the permission for foreign functions. */
export class Resetter implements Disposable {
  readonly #libc = Deno.dlopen("libc.so.6", symbols);
  readonly #address: Uint8Array<ArrayBuffer>;
  /** `struct linger`: on, and 0 seconds, so that `close` sends a reset. */
  readonly #linger = new Uint8Array(Int32Array.of(1, 0).buffer);

  /** @param port A port of this machine. */
  constructor(port: number) {
    const address = new Uint8Array(16);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_INET, true);
    view.setUint16(2, port);
    address.set([127, 0, 0, 1], 4);
    this.#address = address;
  }

  /**
   * Connects and resets in one go: the server finds a connection in its queue that has ended.
   *
   * @throws {Error} There are no descriptors left.
   */
  connectAndReset(): void {
    const { socket, connect, setsockopt, close } = this.#libc.symbols;
    const descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (descriptor < 0) throw new Error("Cannot make a socket");
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, this.#linger, this.#linger.length);
    // On the loopback the handshake is done when this returns, also where it does not wait for it.
    connect(descriptor, this.#address, this.#address.length);
    close(descriptor);
  }

  /** Lets the library go. */
  [Symbol.dispose](): void {
    this.#libc.close();
  }
}
