/** All HTTP connections of one server, up to their end or their upgrade. */

import { HttpConnection } from "./http_connection.ts";
import type { HttpContext } from "./http_context.ts";
import type { Socket } from "./socket.ts";

/** Refused connections that are told why; beyond these they are just closed. */
const maxRefusals = 100;

/** Starts the HTTP loop of each connection, and ends them all. */
export class HttpServer {
  readonly #context: HttpContext;
  readonly #connections = new Set<HttpConnection>();
  #refusals = 0;

  constructor(context: HttpContext) {
    this.#context = context;
  }

  /** How many connections there are, those that are refused not counted. */
  get size(): number {
    return this.#connections.size;
  }

  /** Serves a connection. Never rejects. */
  async serve(socket: Socket): Promise<void> {
    const connection = new HttpConnection(socket, this.#context);
    this.#connections.add(connection);
    await connection.run();
    this.#connections.delete(connection);
  }

  /** Tells a connection that there are too many. Never rejects. */
  async refuse(socket: Socket, status: 429 | 503): Promise<void> {
    if (this.#refusals >= maxRefusals) return socket.close();
    this.#refusals++;
    await new HttpConnection(socket, this.#context).refuse(status, "Too many connections");
    this.#refusals--;
  }

  /** Ends connections as soon as they wait for a request, be it now. */
  shutdown(): void {
    for (const connection of this.#connections) connection.shutdown();
  }

  /** Ends every connection now. */
  terminate(): void {
    for (const connection of this.#connections) connection.terminate();
  }
}
