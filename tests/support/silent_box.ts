/** A box on the way that lets the handshake of WebSocket through, and carries nothing. */

/** Passes HTTP on to a server, but of a WebSocket only the handshake. */
export class SilentBox implements AsyncDisposable {
  readonly #port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #conns = new Set<Deno.TcpConn>();
  readonly #done: Promise<void>;
  /** WebSocket connections that were let through so far. */
  swallowed = 0;
  /** Whether it is in the way. */
  isSilent = true;

  /** @param port Where the server is. */
  constructor(port: number) {
    this.#port = port;
    this.#done = this.#accept();
  }

  /** Where clients go instead. */
  get url(): string {
    return `ws://127.0.0.1:${this.#listener.addr.port}/ws`;
  }

  /** Ends it, with all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#conns) close(conn);
    await this.#done;
  }

  async #accept(): Promise<void> {
    const joined: Promise<void>[] = [];
    for await (const conn of this.#listener) joined.push(this.#join(conn));
    await Promise.all(joined);
  }

  async #join(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
    this.#conns.add(client).add(server);
    await Promise.all([pass(client, server), pass(server, client, (bytes) => this.#filter(bytes))]);
    for (const conn of [client, server]) {
      this.#conns.delete(conn);
      close(conn);
    }
  }

  /** Lets a 101 through, and nothing behind it. */
  #filter(bytes: Uint8Array): { bytes: Uint8Array; isEnd: boolean } {
    const text = new TextDecoder("latin1").decode(bytes);
    if (!this.isSilent || !text.startsWith("HTTP/1.1 101")) return { bytes, isEnd: false };
    this.swallowed++;
    return { bytes: bytes.subarray(0, text.indexOf("\r\n\r\n") + 4), isEnd: true };
  }
}

/** Copies what comes, until an end or until the filter has seen enough; then reads on in silence. */
async function pass(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  filter = (bytes: Uint8Array) => ({ bytes, isEnd: false }),
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  let isOver = false;
  try {
    for (let size; (size = await from.read(buffer)) !== null;) {
      if (isOver) continue;
      const { bytes, isEnd } = filter(buffer.subarray(0, size));
      isOver = isEnd;
      for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
    }
    await to.closeWrite();
  } catch {
    // The other end was faster.
    close(to);
  }
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
