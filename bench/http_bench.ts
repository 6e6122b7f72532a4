/**
 * The cost of a plain GET above its system calls: the HTTP loop over a socket that is always ready.
 */

import { HttpConnection } from "../server/net/http/http_connection.ts";
import type { HttpContext } from "../server/net/http/http_context.ts";
import { ConnectionLimits } from "../server/net/listen/connection_limits.ts";
import { ProxyTrust } from "../server/net/listen/forwarded.ts";
import type { Socket } from "../server/net/listen/socket.ts";
import { NetCounters } from "../server/net/counters.ts";
import { MemoryBudget } from "../server/net/memory_budget.ts";
import { ReadBuffers } from "../server/net/read_buffers.ts";
import { Cork } from "../server/net/websocket/cork.ts";
import { Turns } from "../server/net/turns.ts";
import { Deadlines } from "../server/deadlines.ts";
import { resolveOptions } from "../server/resolved_options.ts";

const requests = 1_000;
const bytes = new TextEncoder().encode("GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n");

/** Brings the same request so many times, and then the end of the stream. */
class RepeatingSocket implements Socket {
  readonly remoteAddress = "192.0.2.1";
  readonly remotePort = 4711;
  #left = requests;

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#left === 0) return Promise.resolve(null);
    this.#left--;
    buffer.set(bytes);
    return Promise.resolve(bytes.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.length);
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {}
}

const handlers: Record<string, (request: Request) => Response> = {
  "text": () => new Response("Hello, World!"),
  "the request's path": (request) => new Response(new URL(request.url).pathname),
  "a request's field": (request) => new Response(request.headers.get("host")),
  "a request's clone": (request) => new Response(request.clone().method),
};

for (const [name, handler] of Object.entries(handlers)) {
  const options = resolveOptions({});
  const deadlines = new Deadlines();
  const context: HttpContext = {
    options,
    handlers: {
      upgrade: () => new Response(null, { status: 403 }),
      fetch: (request) => handler(request.makeRequest()),
      handlerFailed(error) {
        throw error;
      },
    },
    deadlines,
    readBuffers: new ReadBuffers(),
    memory: new MemoryBudget(options.memoryBudget, deadlines.now),
    turns: new Turns({ loop: { next: () => Promise.resolve(), close() {} } }),
    cork: new Cork(),
    counters: new NetCounters(),
    limits: new ConnectionLimits(options, () => false),
    trust: new ProxyTrust(0),
    secure: false,
  };
  Deno.bench(`answer ${requests} requests with ${name}`, { group: "plain HTTP" }, async () => {
    await new HttpConnection(new RepeatingSocket(), context).run();
  });
}
