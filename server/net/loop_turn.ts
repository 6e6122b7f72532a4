/** Waits for a whole turn of the event loop: by a byte that the process sends to itself. */

const hostname = "127.0.0.1";

/** Both ends of a connection of the process with itself. */
interface Pair {
  readonly reader: Deno.TcpConn;
  readonly writer: Deno.TcpConn;
}

/**
 * Timers, immediates and messages to oneself come back before sockets that were ready earlier. A
 * read that has to wait comes back with them or behind them.
 *
 * Without the permission to connect to the loopback interface, and without file descriptors, two
 * timers in a row take its place: others get in as well, but 4 ms go by.
 */
export class LoopTurn {
  readonly #byte = new Uint8Array(1);
  /** Opened when it is needed, which on most servers it never is. */
  #pair: Pair | undefined;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wake: () => void = () => {};

  /**
   * Resolves in a later turn of the loop; never rejects.
   *
   * @param turned Is called there before it resolves, as early as a reader learns of its bytes:
   * readers whose bytes came behind run in a turn that has begun.
   */
  async next(turned: () => Promise<void> | void = () => {}): Promise<void> {
    if (!this.#closed) this.#pair ??= await this.#open();
    if (this.#pair === undefined) {
      await this.#awaitTimers();
      return await turned();
    }
    const { reader, writer } = this.#pair;
    const read = reader.read(this.#byte) // is pending before the byte is on its way
      .then(turned, () => this.#failed(turned));
    try {
      await writer.write(this.#byte);
    } catch {
      this.#closePair(); // which ends the read
    }
    await read;
  }

  /** The sockets were closed: by `close`, if not by somebody who resets connections. */
  #failed(turned: () => Promise<void> | void): Promise<void> | void {
    this.#closePair();
    return turned();
  }

  /** Closes the sockets; pending calls resolve. */
  close(): void {
    this.#closed = true;
    this.#closePair();
    clearTimeout(this.#timer);
    this.#wake();
  }

  async #awaitTimers(): Promise<void> {
    for (let i = 0; i < 2 && !this.#closed; i++) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#timer = setTimeout(resolve, 0);
      });
    }
  }

  async #open(): Promise<Pair | undefined> {
    // Asked before, as the user should not be.
    const { state } = Deno.permissions.querySync({ name: "net", host: hostname });
    const pair = state === "granted" ? await openPair() : undefined;
    if (!this.#closed) return pair;
    closePair(pair);
    return undefined;
  }

  #closePair(): void {
    closePair(this.#pair);
    this.#pair = undefined;
  }
}

/** Returns nothing where there are no descriptors, no such interface, or a stranger was faster. */
async function openPair(): Promise<Pair | undefined> {
  let writer: Deno.TcpConn | undefined;
  try {
    using listener = Deno.listen({ hostname, port: 0 });
    const accepted = listener.accept();
    accepted.catch(() => {}); // should nobody await it any more
    writer = await Deno.connect({ hostname, port: listener.addr.port });
    const reader = await accepted;
    if (reader.remoteAddr.port === writer.localAddr.port) return { reader, writer };
    reader.close();
  } catch {
    // Told by what is returned.
  }
  writer?.close();
  return undefined;
}

function closePair(pair: Pair | undefined): void {
  pair?.reader.close();
  pair?.writer.close();
}
