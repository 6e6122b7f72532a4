/** Peers that send without pause over real sockets, beside others and what else a process does. */

import { assert, assertEquals } from "@std/assert";
import { setImmediate } from "node:timers/promises";
import { serve, type Server } from "@hawser/ws";
import { Opcode } from "../../protocol/opcode.ts";
import { type PulledBody, streamOf } from "../../server/pulled_body.ts";
import { concat, utf8 } from "../support/bytes.ts";
import { emptyBlocks } from "../support/deflate_blocks.ts";
import { startFlood } from "../support/flood_worker.ts";
import { frameTo, messageTo } from "../support/frames.ts";
import { connectClient } from "../support/text_client.ts";

const upgrade = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover",
  "\r\n",
].join("\r\n");

function many(bytes: Uint8Array, count: number): Uint8Array {
  return concat(new Array(count).fill(bytes));
}

function fragment(opcode: Opcode, fin: boolean): Uint8Array {
  return frameTo("server", { opcode, payload: utf8("x"), fin });
}

function blocks(kind: "fixed" | "dynamic"): Uint8Array {
  const payload = emptyBlocks(kind, 20_000);
  return frameTo("server", { opcode: Opcode.Binary, payload, rsv1: true });
}

const floods: Record<string, { opening: string; bytes: Uint8Array }> = {
  pings: {
    opening: upgrade,
    bytes: many(frameTo("server", { opcode: Opcode.Ping, payload: new Uint8Array(0) }), 20_000),
  },
  "empty texts": { opening: upgrade, bytes: many(messageTo("server", ""), 20_000) },
  "long texts": { opening: upgrade, bytes: messageTo("server", "€".repeat(300_000)) },
  fragments: {
    opening: upgrade,
    bytes: concat([
      fragment(Opcode.Text, false),
      many(fragment(Opcode.Continuation, false), 10_000),
      fragment(Opcode.Continuation, true),
    ]),
  },
  "empty blocks": { opening: upgrade, bytes: concat([blocks("fixed"), blocks("dynamic")]) },
  requests: { opening: "", bytes: many(utf8("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"), 1_000) },
};

for (const [name, flood] of Object.entries(floods)) {
  Deno.test(`hostile 126: others are served beside a flood of ${name}`, async () => {
    await using server = serve({
      port: 0,
      hostname: "127.0.0.1",
      compress: true,
      onListen() {},
      fetch: () => new Response("ok"),
    }, (connection) => {
      connection.on("message", (data) => {
        if (connection.send(data) === "queued") return connection.drained();
      });
    });
    const { port } = server.addr;
    const honest = await connectClient(`ws://127.0.0.1:${port}`);
    using _flood = await startFlood({ port, connections: 4, ...flood });
    const start = performance.now();
    for (let round = 0; round < 5; round++) {
      honest.socket.send(`round ${round}`);
      assertEquals(await honest.next(), `round ${round}`);
      await comeAndGo(server);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const time = performance.now() - start;
    // A second where nothing else runs; without an end where the flood is served first.
    assert(time < 60_000, `five rounds took ${time} ms`);
    honest.socket.close();
    await honest.closed;
  });
}

/** A newcomer, and somebody who asks by plain HTTP. */
async function comeAndGo({ addr: { port } }: Server): Promise<void> {
  const newcomer = await connectClient(`ws://127.0.0.1:${port}`);
  newcomer.socket.close();
  await newcomer.closed;
  assertEquals(await (await fetch(`http://127.0.0.1:${port}`)).text(), "ok");
}

/** Opens a connection whose peer reads nothing but the 101: the kernel takes what it is sent. */
async function openIdle(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(utf8(upgrade));
  await conn.read(new Uint8Array(1_024));
  return conn;
}

Deno.test("hostile 400: no member of a room of 400 waits while the others are written to", async () => {
  await using server = serve({ port: 0, hostname: "127.0.0.1" }, () => {});
  const peers: Deno.TcpConn[] = [];
  while (peers.length < 400) peers.push(await openIdle(server.addr.port));
  const message = new Uint8Array(512);
  const waits = new Map([...server.connections].map((connection) => [connection, 0]));
  let longest = 0;
  for (let turn = 0; turn < 150; turn++) {
    server.broadcast(message);
    await setImmediate();
    for (const [connection, wait] of waits) {
      waits.set(connection, connection.bufferedAmount > message.length ? wait + 1 : 0);
      longest = Math.max(longest, wait);
    }
  }
  for (const peer of peers) peer.close();
  assert(longest < 30, `One has waited for ${longest} turns, and the kernel would have taken it`);
});

/** The body of an event stream, which counts how often it is written. */
class Events implements PulledBody {
  static written = 0;
  static waiting = 0;
  readonly ended = false;
  #parts = [new Uint8Array(1)];
  #wake: (() => void) | undefined;

  get pending(): boolean {
    return this.#parts.length > 0;
  }

  push(part: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(part);
    this.#wake?.();
  }

  take(): Uint8Array {
    if (this.pending) Events.written++;
    return this.#parts.shift() ?? new Uint8Array(0);
  }

  more(): Promise<void> {
    Events.waiting++;
    return new Promise((resolve) => {
      this.#wake = () => {
        Events.waiting--;
        this.#wake = undefined;
        resolve();
      };
    });
  }

  cancel(): void {
    this.#wake?.();
  }
}

Deno.test("hostile 336: an event to 400 streams and the answers to 400 polls share turns", async () => {
  const bodies: Events[] = [];
  const news = Promise.withResolvers<void>();
  let answered = 0;
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      if (request.url.endsWith("/events")) {
        const body = new Events();
        bodies.push(body);
        return new Response(streamOf(body));
      }
      answered++;
      await news.promise;
      return new Response("news");
    },
  }, () => {});
  const peers: Deno.TcpConn[] = [];
  while (peers.length < 800) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    const path = peers.length % 2 === 0 ? "/events" : "/poll";
    await conn.write(utf8(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`));
    peers.push(conn);
  }
  while (answered < 400 || Events.waiting < 400) await setImmediate();

  const before = Events.written;
  const part = new Uint8Array(512);
  for (const body of bodies) body.push(part);
  news.resolve();
  const turns: number[] = [];
  for (let written = before; written < before + 400;) {
    await setImmediate();
    turns.push(Events.written - written);
    written = Events.written;
  }
  for (const peer of peers) peer.close();
  const most = Math.max(...turns);
  assert(most <= 112, `${most} were written in one turn`);
});
