/** A server that echoes, on a free port of this machine, and what became of its connections. */

import { serve } from "../../server/serve.ts";
import type { Server } from "../../server/server.ts";
import type { ServeOptions } from "../../server/options.ts";
import type { CloseInfo, Connection } from "../../server/types.ts";

/** An echo server. */
export class EchoServer implements AsyncDisposable {
  readonly server: Server;
  /** Connections in the order in which they opened. */
  readonly opened: Connection[] = [];
  /** How they have closed. */
  readonly closes: CloseInfo[] = [];
  /** The errors of handlers. */
  readonly errors: unknown[] = [];
  readonly #secure: boolean;

  /** `onConnection` is called with each connection before it echoes. */
  constructor(options: ServeOptions = {}, onConnection?: (connection: Connection) => void) {
    this.#secure = options.cert !== undefined;
    const onError = (error: unknown) => void this.errors.push(error);
    this.server = serve({ port: 0, hostname: "127.0.0.1", onError, ...options }, (connection) => {
      this.opened.push(connection);
      onConnection?.(connection);
      connection.on("message", (data) => {
        if (connection.send(data) === "queued") return connection.drained();
      });
      connection.on("close", (close) => void this.closes.push(close));
    });
  }

  /** Where the server listens. */
  get port(): number {
    return this.server.addr.port;
  }

  /** The URL of a path. */
  url(path = "/"): string {
    return this.#secure
      ? `wss://localhost:${this.port}${path}`
      : `ws://127.0.0.1:${this.port}${path}`;
  }

  /** Opens a connection whose bytes are the test's own. */
  openTcp(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: "127.0.0.1", port: this.port });
  }

  /** Shuts down; what is left of the connections is cut off soon. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.shutdown({ deadline: 1_000 });
  }
}
