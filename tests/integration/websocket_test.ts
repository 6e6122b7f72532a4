/** WebSocket connections over real TCP and TLS, with peers that end badly or do not read. */

import { assert, assertEquals } from "@std/assert";
import { encodeLatin1 } from "../../protocol/latin1.ts";
import { Opcode } from "../../protocol/opcode.ts";
import type { ServeOptions } from "../../server/options.ts";
import type { Connection } from "../../server/types.ts";
import { utf8 } from "../support/bytes.ts";
import { type Certificate, makeCertificate } from "../support/certificate.ts";
import { connect } from "../support/client.ts";
import { EchoServer } from "../support/echo.ts";
import {
  closePayload,
  closeTo,
  frameTo,
  messageTo,
  parseFrames,
  type SentFrame,
} from "../support/frames.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { waitFor } from "../support/wait.ts";

const upgradeRequest = headText("GET / HTTP/1.1", upgradeFields);

/** A connection whose bytes are the test's own, after the 101. */
async function open(server: EchoServer): Promise<{ conn: Deno.TcpConn; connection: Connection }> {
  const conn = await server.openTcp();
  const count = server.opened.length;
  const { status } = await new HttpClient(conn).request(upgradeRequest);
  assertEquals(status, 101);
  return { conn, connection: server.opened[count]! };
}

/** Reads the frames up to the end of the stream. */
async function readToEnd(conn: Deno.Conn): Promise<SentFrame[]> {
  return parseFrames(encodeLatin1(await new HttpClient(conn).rest()));
}

/** Sends text until the kernel takes no more, and some of it waits. */
async function fill(connection: Connection): Promise<void> {
  const chunk = "x".repeat(256 * 1024);
  while (connection.bufferedAmount < chunk.length && connection.state === "open") {
    connection.send(chunk);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

const echoed = [0, 1, 125, 126, 65_535, 65_536, 1_000_000].map((size) => "x".repeat(size));

async function assertEchoes(server: EchoServer, caCerts?: string[]): Promise<void> {
  const client = await connect(server.url(), caCerts === undefined ? {} : { caCerts });
  for (const text of echoed) client.send(text);
  for (const text of echoed) assertEquals(await client.next(), text);
  assertEquals((await client.close(1000)).wasClean, true);
}

Deno.test("a server over TCP echoes messages of any length", async () => {
  await using server = new EchoServer();
  await assertEchoes(server);
});

Deno.test("a server over TLS echoes messages of any length", async () => {
  const certificate = await makeCertificate();
  await using server = new EchoServer(certificate);
  await assertEchoes(server, [certificate.cert]);
  assertEquals(server.closes, [{ code: 1000, reason: "", wasClean: true }]);
});

Deno.test("hostile 18: frames in the same packet as the upgrade request are read after the 101", async () => {
  await using server = new EchoServer({ allowedOrigins: [] });
  using conn = await server.openTcp();
  const early = messageTo("server", "early");
  const bytes = new Uint8Array([...encodeLatin1(upgradeRequest), ...early]);
  await conn.write(bytes);
  const client = new HttpClient(conn);
  assertEquals((await client.response()).status, 101);
  await conn.write(closeTo("server", 1000));
  const rest = await client.rest();
  assertEquals(parseFrames(encodeLatin1(rest)).map((frame) => frame.opcode), [1, 8]);

  using refused = await server.openTcp();
  const foreign = headText("GET / HTTP/1.1", [...upgradeFields, ["Origin", "https://evil.io"]]);
  await refused.write(new Uint8Array([...encodeLatin1(foreign), ...early]));
  const other = new HttpClient(refused);
  assertEquals((await other.response()).status, 403);
  assertEquals(await other.rest(), "");
  assertEquals(server.opened.length, 1);
});

// ----- Ends -----

Deno.test("hostile 72: the server ends TCP first, and does not wait for long", async () => {
  await using server = new EchoServer({ closeTimeout: 100 });
  const { conn } = await open(server);
  await conn.write(closeTo("server", 1000));
  assertEquals((await readToEnd(conn)).map((frame) => frame.payload), [closePayload(1000)]);
  assertEquals(server.closes, [{ code: 1000, reason: "", wasClean: true }]);
  await server.server.shutdown({ deadline: 60_000 }); // it is over before the peer closes
  conn.close();
});

Deno.test("hostile 71: a peer that does not answer our Close is cut off at the close timeout", async () => {
  await using server = new EchoServer({ closeTimeout: 100 });
  const { conn, connection } = await open(server);
  connection.close(1000);
  assertEquals((await readToEnd(conn)).map((frame) => frame.payload), [closePayload(1000)]);
  assertEquals(server.closes, [{ code: 1006, reason: "", wasClean: false }]);
  conn.close();
});

Deno.test("hostile 75: the end of TCP without Close is 1006, once", async () => {
  await using server = new EchoServer();
  const { conn } = await open(server);
  conn.close();
  await waitFor(() => server.closes.length > 0);
  assertEquals(server.closes, [{ code: 1006, reason: "", wasClean: false }]);
});

/** Ways to a state in which the peer has bytes unread: to close the socket then sends a reset. */
const resets: Record<
  string,
  { code: number; enter(conn: Deno.TcpConn, connection: Connection): Promise<void> | void }
> = {
  open: { code: 1006, enter: (_conn, connection) => void connection.send("unread") },
  "in a message": {
    code: 1006,
    async enter(conn, connection) {
      connection.send("unread");
      await conn.write(messageTo("server", "unfinished").subarray(0, 9));
    },
  },
  "closing": { code: 1006, enter: (_conn, connection) => connection.close(1000) },
  "half-closed": {
    code: 1006,
    async enter(conn, connection) {
      connection.send("unread");
      await conn.closeWrite();
    },
  },
  "closed by the peer": {
    code: 1000,
    async enter(conn) {
      await conn.write(closeTo("server", 1000));
    },
  },
  "writing": { code: 1006, enter: (_conn, connection) => fill(connection) },
  "in a handler": {
    code: 1006,
    async enter(conn, connection) {
      const called = Promise.withResolvers<void>();
      connection.on("message", () => {
        called.resolve();
        return new Promise<void>((resolve) => setTimeout(resolve, 1));
      });
      await conn.write(messageTo("server", "hello"));
      await called.promise;
    },
  },
};

for (const [name, { code, enter }] of Object.entries(resets)) {
  Deno.test(`hostile 76: a reset is one close event, ${name}`, async () => {
    await using server = new EchoServer();
    const { conn, connection } = await open(server);
    await enter(conn, connection);
    await waitFor(() => connection.bufferedAmount === 0 || name === "writing");
    conn.close();
    await waitFor(() => server.closes.length > 0);
    await server.server.shutdown({ deadline: 60_000 });
    assertEquals(server.closes.map((close) => close.code), [code]);
    assertEquals(server.errors, []);
  });
}

/** Forwards bytes to a port, and can cut TCP under the TLS that it does not know of. */
class Relay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #conns: Deno.TcpConn[] = [];
  readonly #running: Promise<unknown>;

  constructor(port: number) {
    this.#running = this.#run(port);
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  async #run(port: number): Promise<void> {
    const down = await this.#listener.accept();
    const up = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#conns.push(down, up);
    await Promise.allSettled([copy(down, up), copy(up, down)]);
  }

  /** Ends both connections where they stand. */
  cut(): void {
    for (const conn of this.#conns) conn.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#running;
  }
}

async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  for (let size; (size = await from.read(buffer)) !== null;) {
    for (let at = 0; at < size;) at += await to.write(buffer.subarray(at, size));
  }
}

/** A client over TLS through a relay. */
async function relayed(
  certificate: Certificate,
  run: (server: EchoServer, relay: Relay) => Promise<void>,
): Promise<void> {
  await using server = new EchoServer(certificate);
  await using relay = new Relay(server.port);
  const client = await connect(`wss://localhost:${relay.port}/`, { caCerts: [certificate.cert] });
  client.send("hello");
  assertEquals(await client.next(), "hello");
  await run(server, relay);
  await waitFor(() => server.closes.length > 0);
  assertEquals(server.closes, [{ code: 1006, reason: "", wasClean: false }]);
  assertEquals(server.errors, []);
  await client.closed;
}

Deno.test("hostile 77: TLS that ends without close_notify is 1006, and no error", async () => {
  const certificate = await makeCertificate();
  await relayed(certificate, (_server, relay) => {
    relay.cut();
    return Promise.resolve();
  });
  await relayed(certificate, (server, relay) => {
    server.opened[0]!.send("x".repeat(10_000_000)); // it ends in the middle of this
    relay.cut();
    return Promise.resolve();
  });
});

// ----- Peers that do not read -----

const small: ServeOptions = { maxQueuedBytes: 500_000, slowTimeout: 100, closeTimeout: 200 };

Deno.test("hostile 87: a broadcast reaches all who read, and closes the one who does not", async () => {
  await using server = new EchoServer(small);
  const { conn, connection: slow } = await open(server);
  const clients = await Promise.all([1, 2, 3].map(() => connect(server.url())));
  const message = "x".repeat(100_000);
  let mostQueued = 0;
  for (let n = 0; n < 100; n++) {
    server.server.broadcast(`${n} ${message}`);
    mostQueued = Math.max(mostQueued, slow.bufferedAmount);
    for (const client of clients) assertEquals(await client.next(), `${n} ${message}`);
  }
  await waitFor(() => server.closes.length > 0);
  assertEquals(server.closes, [{ code: 1013, reason: "slow consumer", wasClean: false }]);
  assert(mostQueued < 17 * 500_000 + 2 * 100_020, `${mostQueued} bytes were queued`);
  await Promise.all(clients.map((client) => client.close()));
  await server.server.shutdown({ deadline: 60_000 }); // the slow one is cut off at closeTimeout
  conn.close();
});

Deno.test("hostile 87: a slow peer gets the Close with 1013 if it reads in the end", async () => {
  await using server = new EchoServer({ ...small, closeTimeout: 10_000 });
  const { conn, connection } = await open(server);
  while (connection.state === "open") {
    connection.send("x".repeat(300_000));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals((await readToEnd(conn)).at(-1)!.payload, closePayload(1013, "slow consumer"));
  conn.close();
});

Deno.test("hostile 88: a peer whose window is full is found dead by the ping that cannot reach it", async () => {
  await using server = new EchoServer({ pingInterval: 50, pingTimeout: 50 });
  const { conn, connection } = await open(server);
  await fill(connection);
  assertEquals(connection.state, "open");
  await waitFor(() => server.closes.length > 0);
  assertEquals(server.closes, [{ code: 1006, reason: "", wasClean: false }]);
  await server.server.shutdown({ deadline: 60_000 });
  conn.close();
});

Deno.test("hostile 85: a peer that pings and does not read is cut off", async () => {
  await using server = new EchoServer();
  const { conn, connection } = await open(server);
  await fill(connection);
  const ping = frameTo("server", { opcode: Opcode.Ping, payload: new Uint8Array(125) });
  const flood = (async () => {
    try {
      for (;;) await conn.write(ping);
    } catch {
      // It was cut off.
    }
  })();
  await waitFor(() => server.closes.length > 0);
  assertEquals(server.closes, [{ code: 1006, reason: "", wasClean: false }]);
  assert(connection.bufferedAmount < 2_000_000);
  conn.close();
  await flood;
});

Deno.test("hostile 85: a peer that pings and reads gets its pongs", async () => {
  await using server = new EchoServer();
  const client = await connect(server.url());
  for (let n = 0; n < 200; n++) {
    client.ping(utf8(String(n)));
    await waitFor(() => client.pongs.length === n + 1);
  }
  assertEquals(client.pongs.map((pong) => new TextDecoder().decode(pong)).at(-1), "199");
  await client.close();
});

Deno.test("hostile 91: the kernel holds back a peer that is faster than the handler", async () => {
  await using server = new EchoServer();
  const { conn, connection } = await open(server);
  const work = Promise.withResolvers<void>();
  let messages = 0;
  connection.on("message", () => {
    messages++;
    return work.promise;
  });
  const frame = messageTo("server", "x".repeat(60_000));
  let written = 0;
  let isStopped = false;
  const flood = (async () => {
    try {
      while (!isStopped) written += await conn.write(frame);
    } catch {
      // The connection has ended.
    }
  })();
  let before = -1;
  let still = 0;
  await waitFor(() => {
    still = written > 0 && written === before ? still + 1 : 0;
    before = written;
    return still === 50;
  });
  assert(written < 20_000_000, `the kernel took ${written} bytes`);
  assertEquals(messages, 1);
  isStopped = true;
  connection.terminate();
  work.resolve();
  await flood;
  conn.close();
});
