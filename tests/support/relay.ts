/**
 * A network between clients and a server on this machine, which can be cut, or swallow all bytes.
 */

/** Passes bytes on, both ways, unless it is cut. */
export class Relay implements AsyncDisposable {
  #port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #conns = new Set<Deno.TcpConn>();
  /** Those of them that lead to the server. */
  readonly #servers = new Set<Deno.TcpConn>();
  readonly #done: Promise<void>;
  #isCut = false;
  #isSwallowing = false;
  /** Connections that were there when bytes were swallowed: nothing passes on them any more. */
  readonly #dead = new WeakSet<Deno.TcpConn>();

  /** @param port Where the server is, or will be. */
  constructor(port: number) {
    this.#port = port;
    this.#done = this.#accept();
  }

  /** Where clients go instead. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Port that clients go to instead. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Ends all connections at once, and lets no more through. */
  cut(): void {
    this.#isCut = true;
    for (const conn of this.#conns) close(conn);
    this.#conns.clear();
    this.#servers.clear();
  }

  /** Lets connections through again. */
  restore(): void {
    this.#isCut = false;
    this.#isSwallowing = false;
  }

  /** Swallows all bytes without a word, those of new connections too; or only what servers send. */
  swallow({ onlyReplies = false } = {}): void {
    this.#isSwallowing = true;
    for (const conn of onlyReplies ? this.#servers : this.#conns) this.#dead.add(conn);
  }

  /** Ends all connections, and leads new ones to another server. */
  move(port: number): void {
    this.cut();
    this.#port = port;
    this.restore();
  }

  /** Ends it for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#listener.close();
    await this.#done;
  }

  async #accept(): Promise<void> {
    const joined: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      if (this.#isCut) conn.close();
      else joined.push(this.#join(conn));
    }
    await Promise.all(joined);
  }

  #filter(conn: Deno.TcpConn): TransformStream<Uint8Array, Uint8Array<ArrayBuffer>> {
    return new TransformStream({
      transform: (chunk, controller) => {
        if (!this.#dead.has(conn)) controller.enqueue(new Uint8Array(chunk));
      },
    });
  }

  async #join(client: Deno.TcpConn): Promise<void> {
    this.#conns.add(client);
    try {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
      if (this.#isCut) return close(server);
      this.#conns.add(server);
      this.#servers.add(server);
      if (this.#isSwallowing) { for (const conn of [client, server]) this.#dead.add(conn); }
      const pass = { preventClose: true, preventAbort: true, preventCancel: true };
      // The first end closes both.
      await Promise.race([
        client.readable.pipeThrough(this.#filter(client)).pipeTo(server.writable, pass),
        server.readable.pipeThrough(this.#filter(server)).pipeTo(client.writable, pass),
      ]).catch(() => {});
      this.#conns.delete(server);
      this.#servers.delete(server);
      close(server);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    } finally {
      this.#conns.delete(client);
      close(client);
    }
  }
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch (error) {
    // The other end was faster.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
