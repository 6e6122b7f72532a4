/** Tests of server/net/http/http_connection.ts over a connection in memory, with a clock by hand. */

import { assert, assertEquals } from "@std/assert";
import { HandshakeError } from "../../../../protocol/errors.ts";
import { headText, upgradeFields } from "../../../support/heads.ts";
import { HttpDriver } from "../../../support/http_driver.ts";

const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const upgrade = headText("GET /ws HTTP/1.1", upgradeFields);

// ----- Request after request -----

Deno.test("HttpConnection.run() answers requests one after the other", async () => {
  const driver = new HttpDriver();
  assertEquals((await driver.client.request(get)).body, "/a");
  assertEquals((await driver.client.request(get.replace("/a", "/b"))).body, "/b");
  assertEquals(driver.counters.requests, 2);
  await driver.hangUp();
});

Deno.test("HttpConnection.run() answers pipelined requests in their order", async () => {
  const waits = [3, 0, 1];
  const driver = new HttpDriver({
    async fetch(request) {
      for (let turns = waits.shift() ?? 0; turns > 0; turns--) await undefined;
      return new Response(new URL(request.url).pathname);
    },
  });
  await driver.client.send(get + get.replace("/a", "/b") + get.replace("/a", "/c"));
  const bodies = [];
  for (let i = 0; i < 3; i++) bodies.push((await driver.client.response()).body);
  assertEquals(bodies, ["/a", "/b", "/c"]);
  await driver.hangUp();
});

Deno.test("HttpConnection.run() takes a head in single bytes", async () => {
  const driver = new HttpDriver();
  for (const char of get) await driver.client.send(char);
  assertEquals((await driver.client.response()).body, "/a");
  await driver.hangUp();
});

Deno.test("HttpConnection.run() ends the connection when the request says close", async () => {
  const driver = new HttpDriver();
  await driver.client.send(get.replace("\r\n\r\n", "\r\nConnection: foo, Close\r\n\r\n") + get);
  const response = await driver.client.response();
  assertEquals(response.headers.get("connection"), "close");
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  assertEquals(driver.counters.requests, 1);
});

Deno.test("HttpConnection.run() ends the connection when the response says close", async () => {
  const driver = new HttpDriver({
    fetch: () => new Response("x", { headers: { connection: "close" } }),
  });
  const response = await driver.client.request(get);
  assertEquals(response.headers.get("connection"), "close");
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
});

Deno.test("HttpConnection.run() ends the connection after an HTTP/1.0 request", async () => {
  const driver = new HttpDriver();
  const response = await driver.client.request("GET /a HTTP/1.0\r\n\r\n");
  assertEquals([response.status, response.body], [200, "/a"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
});

Deno.test("HttpConnection.run() tells the handler the peer's address", async () => {
  const addresses: string[] = [];
  const driver = new HttpDriver({
    fetch(_request, info) {
      addresses.push(info.remoteAddress);
      assertEquals(info.protocols, []);
      return new Response(null);
    },
  });
  await driver.client.request(get);
  await driver.hangUp();
  assertEquals(addresses, ["192.0.2.1"]);
});

// ----- Heads that are refused -----

async function assertRefused(text: string, status: number): Promise<void> {
  const driver = new HttpDriver();
  const response = await driver.client.request(text + get);
  assertEquals(response.status, status, JSON.stringify(text.slice(0, 200)));
  assertEquals(response.headers.get("connection"), "close");
  assertEquals(response.headers.get("content-type"), "text/plain; charset=utf-8");
  assert(response.body.length > 1);
  // Nothing that follows is taken for a request.
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  assertEquals(driver.counters.rejected, 1);
}

Deno.test("hostile 7: HttpConnection refuses a bad Host with 400", async () => {
  for (
    const host of ["", "Host: a\r\nHost: a\r\n", "Host: \r\n", "Host: u@a\r\n", "Host: a b\r\n"]
  ) {
    await assertRefused(`GET / HTTP/1.1\r\n${host}\r\n`, 400);
  }
});

Deno.test("hostile 8: HttpConnection refuses a long request line with 414", async () => {
  await assertRefused(`GET /${"a".repeat(9000)} HTTP/1.1\r\nHost: h\r\n\r\n`, 414);
});

Deno.test("hostile 9: HttpConnection refuses large fields with 431", async () => {
  await assertRefused(`GET / HTTP/1.1\r\nHost: h\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, 431);
  const field = `X: ${"a".repeat(4000)}\r\n`;
  await assertRefused(`GET / HTTP/1.1\r\nHost: h\r\n${field.repeat(5)}\r\n`, 431);
});

Deno.test("hostile 10: HttpConnection refuses more than 100 fields with 431", async () => {
  await assertRefused(`GET / HTTP/1.1\r\nHost: h\r\n${"X: a\r\n".repeat(100)}\r\n`, 431);
});

Deno.test("hostile 5: HttpConnection refuses other versions of HTTP", async () => {
  await assertRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
  await assertRefused("GET /\r\n\r\n", 400);
});

Deno.test("hostile 14: HttpConnection never takes a body for frames", async () => {
  for (const field of ["Content-Length: 4", "Transfer-Encoding: chunked"]) {
    let attempts = 0;
    const driver = new HttpDriver({
      upgrade() {
        attempts++;
        throw new HandshakeError(400, "Upgrade request has a body");
      },
    });
    const text = upgrade.replace("\r\n\r\n", `\r\n${field}\r\n\r\n`);
    assertEquals((await driver.client.request(text + get)).status, 400);
    assertEquals(await driver.client.rest(), "");
    await driver.hangUp();
    assertEquals(attempts, 1);
  }
});

Deno.test("hostile 15: HttpConnection refuses a body that is framed in two ways", async () => {
  const framings: [fields: string, status: number][] = [
    ["Content-Length: 4\r\nTransfer-Encoding: chunked", 400],
    ["Content-Length: 4\r\nContent-Length: 5", 400],
    ["Content-Length: 4\r\nContent-Length: 4", 400],
    ["Content-Length: 4, 4", 400],
    ["Content-Length: +4", 400],
    ["Content-Length: 0x4", 400],
    ["Content-Length: -1", 400],
    ["Content-Length: 99999999999999999999", 400],
    ["Transfer-Encoding: chunked, identity", 400],
    ["Transfer-Encoding: chunked, chunked", 400],
    ["Transfer-Encoding: \x0bchunked", 400],
    ["Transfer-Encoding : chunked", 400],
    ["Transfer-Encoding: xchunked", 400],
    ["Transfer-Encoding: gzip, chunked", 501],
  ];
  for (const [fields, status] of framings) {
    await assertRefused(`POST / HTTP/1.1\r\nHost: h\r\n${fields}\r\n\r\n0\r\n\r\n`, status);
  }
  await assertRefused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
});

Deno.test("hostile 16: HttpConnection refuses what other parsers would repair", async () => {
  const heads = [
    "GET / HTTP/1.1\nHost: h\n\n",
    "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
    "GET / HTTP/1.1\r\n Host: h\r\n\r\n",
  ];
  for (const head of heads) await assertRefused(head, 400);
});

Deno.test("hostile 27: HttpConnection refuses a target that cannot be a URL", async () => {
  const targets = ["/a#b", "/%00", "/%zz", "/\xff", "evil", "http://u@h/", "http:///a", "ftp://h/"];
  for (const target of targets) {
    await assertRefused(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`, 400);
  }
});

Deno.test("hostile 38: HttpConnection refuses PROXY protocol bytes from any peer", async () => {
  await assertRefused("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", 400);
  await assertRefused("PROXY UNKNOWN\r\n", 400);
  const signature = "\r\n\r\n\0\r\nQUIT\n";
  await assertRefused(`${signature}\x21\x11\0\x0cabcdefghijkl`, 400);
});

Deno.test("HttpConnection.run() refuses methods that make no Request", async () => {
  for (const method of ["CONNECT", "TRACE"]) {
    await assertRefused(`${method} /a HTTP/1.1\r\nHost: h\r\n\r\n`, 501);
  }
});

// ----- Deadlines -----

Deno.test("hostile 12: HttpConnection answers a slow head with 408, whatever drips in", async () => {
  const driver = new HttpDriver();
  await driver.client.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  for (let i = 0; i < 3; i++) {
    driver.advance(3_000);
    await driver.client.send("a");
    await driver.settle();
  }
  assertEquals(driver.counters.timeouts, 0);
  driver.advance(1_000);
  const response = await driver.client.response();
  assertEquals([response.status, response.headers.get("connection")], [408, "close"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  assertEquals(driver.counters.timeouts, 1);
});

Deno.test("hostile 12: HttpConnection cuts off a peer that goes on after its 408", async () => {
  const driver = new HttpDriver();
  await driver.client.send("GET / HTTP/1.1\r\nX: ");
  await driver.settle();
  driver.advance(10_000);
  assertEquals((await driver.client.response()).status, 408);
  let seconds = 0;
  for (; !driver.socket.isClosed && seconds < 10; seconds++) {
    await driver.client.send("a");
    await driver.settle();
    driver.advance(1_000);
  }
  await driver.ended;
  assertEquals(seconds, 2);
});

Deno.test("hostile 13: HttpConnection closes a silent connection at the same deadline", async () => {
  const driver = new HttpDriver();
  driver.advance(9_999);
  await driver.settle();
  assertEquals(driver.socket.isClosed, false);
  driver.advance(1);
  await driver.ended;
  assertEquals(await driver.client.rest(), "");
  assertEquals([driver.counters.timeouts, driver.counters.abandoned], [1, 1]);
});

Deno.test("HttpConnection closes an idle connection after idleTimeout", async () => {
  const driver = new HttpDriver();
  await driver.client.request(get);
  await driver.settle();
  driver.advance(4_999);
  assertEquals((await driver.client.request(get)).status, 200);
  await driver.settle();
  driver.advance(5_000);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  assertEquals([driver.counters.timeouts, driver.counters.abandoned], [1, 0]);
});

Deno.test("HttpConnection tells for how long it waits for a request, and waits for a second more", async () => {
  const waits: [idleTimeout: number, told: string | null][] = [
    [65_000, "timeout=64"],
    [5_900, "timeout=4"],
    [1_500, "timeout=0"],
    [200, "timeout=0"],
    [Infinity, null],
  ];
  for (const [idleTimeout, told] of waits) {
    const driver = new HttpDriver({ options: { idleTimeout } });
    const kept = await driver.client.request(get);
    assertEquals(kept.headers.get("keep-alive"), told);
    assertEquals(kept.headers.get("connection"), told === null ? null : "keep-alive");
    const last = await driver.client.request(
      get.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
    );
    assertEquals([last.headers.get("keep-alive"), last.headers.get("connection")], [null, "close"]);
    await driver.hangUp();
  }
});

Deno.test("HttpConnection answers a request that has arrived when its time is over", async () => {
  const driver = new HttpDriver();
  await driver.client.request(get);
  await driver.settle();
  const sent = driver.client.send(get);
  driver.advance(5_000); // before the bytes are read
  await sent;
  assertEquals((await driver.client.response()).status, 200);
  assertEquals(driver.counters.timeouts, 0);
  await driver.hangUp();
});

Deno.test("HttpConnection.shutdown() answers a request that has arrived, and ends behind it", async () => {
  const driver = new HttpDriver();
  await driver.client.request(get);
  await driver.settle();
  const sent = driver.client.send(get);
  driver.connection.shutdown();
  await sent;
  const response = await driver.client.response();
  assertEquals([response.status, response.headers.get("connection")], [200, "close"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
});

Deno.test("HttpConnection ends the stream under a request that comes too late, and resets nothing", async () => {
  const driver = new HttpDriver();
  await driver.client.request(get);
  await driver.settle();
  driver.advance(5_000);
  assertEquals(await driver.client.rest(), "");
  await driver.client.send(get);
  await driver.settle();
  assertEquals([driver.socket.isClosed, driver.counters.requests], [false, 1]);
  driver.advance(2_000);
  await driver.ended;
});

Deno.test("HttpConnection gives a later head the same time from its first byte", async () => {
  const driver = new HttpDriver();
  await driver.client.request(get);
  driver.advance(4_000);
  await driver.client.send("GET /");
  await driver.settle();
  driver.advance(9_999);
  await driver.settle();
  assertEquals(driver.counters.timeouts, 0);
  driver.advance(1);
  assertEquals((await driver.client.response()).status, 408);
  await driver.hangUp();
});

Deno.test("HttpConnection gives a handler all the time it wants", async () => {
  const answer = Promise.withResolvers<Response>();
  const driver = new HttpDriver({ fetch: () => answer.promise });
  await driver.client.send(get);
  await driver.settle();
  driver.advance(3_600_000);
  answer.resolve(new Response("late"));
  assertEquals((await driver.client.response()).body, "late");
  await driver.hangUp();
});

Deno.test("hostile 139: HttpConnection answers what came while the process stood still", async () => {
  const driver = new HttpDriver();
  await driver.client.request(get);
  await driver.settle();
  await driver.client.send(get);
  driver.standStill(6_000); // longer than idleTimeout
  assertEquals((await driver.client.response()).status, 200);

  await driver.settle();
  driver.advance(250);
  await driver.client.send(get.slice(0, 9));
  await driver.settle();
  await driver.client.send(get.slice(9));
  driver.standStill(60_000); // longer than handshakeTimeout
  assertEquals((await driver.client.response()).status, 200);

  await driver.settle();
  driver.advance(250);
  driver.standStill(6_000);
  driver.advance(250);
  driver.advance(250);
  assertEquals(await driver.client.rest(), "");
  assertEquals(driver.counters.timeouts, 1);
  await driver.hangUp();
});

// ----- Endings -----

Deno.test("hostile 36: HttpConnection swallows a reset and counts it", async () => {
  for (const start of ["", "GET / HT"]) {
    const driver = new HttpDriver();
    await driver.client.send(start);
    await driver.settle();
    driver.peer.cut();
    await driver.ended;
    assert(driver.socket.isClosed);
    assertEquals([driver.counters.abandoned, driver.errors.length], [1, 0]);
  }
});

Deno.test("HttpConnection counts a peer that ends in the middle of a head", async () => {
  const driver = new HttpDriver();
  await driver.client.send("GET / HT");
  await driver.peer.closeWrite();
  await driver.ended;
  assertEquals([driver.counters.abandoned, driver.counters.requests], [1, 0]);
});

Deno.test("HttpConnection.shutdown() closes a connection that waits for a request", async () => {
  const driver = new HttpDriver();
  await driver.client.request(get);
  await driver.settle();
  driver.connection.shutdown();
  assertEquals(await driver.client.rest(), "");
  await driver.ended;
});

Deno.test("HttpConnection.shutdown() lets a request at work finish", async () => {
  const answer = Promise.withResolvers<Response>();
  const driver = new HttpDriver({ fetch: () => answer.promise });
  await driver.client.send(get);
  await driver.settle();
  driver.connection.shutdown();
  answer.resolve(new Response("done"));
  const response = await driver.client.response();
  assertEquals([response.body, response.headers.get("connection")], ["done", "close"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
});

Deno.test("HttpConnection.terminate() ends a request at work", async () => {
  const driver = new HttpDriver({ fetch: () => new Promise(() => {}) });
  await driver.client.send(get);
  await driver.settle();
  driver.connection.terminate();
  assertEquals(await driver.client.rest(), "");
});

Deno.test("HttpConnection.refuse() answers before anything is asked", async () => {
  const driver = new HttpDriver({
    start: (connection) => connection.refuse(429, "Too many connections"),
  });
  const response = await driver.client.response();
  assertEquals([response.status, response.body], [429, "Too many connections\n"]);
  assertEquals(response.headers.get("connection"), "close");
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
});

Deno.test("HttpConnection.run() counts a TLS handshake that fails", async () => {
  const driver = new HttpDriver({
    handshake: () => Promise.reject(new Error("InvalidContentType")),
  });
  await driver.ended;
  assert(driver.socket.isClosed);
  assertEquals([driver.counters.tlsFailures, driver.counters.abandoned], [1, 0]);
});

Deno.test("hostile 35: HttpConnection ends a TLS handshake that stalls at the deadline", async () => {
  const stalled = Promise.withResolvers<void>();
  const driver = new HttpDriver({ handshake: () => stalled.promise });
  driver.socket.closed.then(() => stalled.reject(new Deno.errors.Interrupted()));
  driver.advance(10_000);
  await driver.ended;
  assertEquals([driver.counters.tlsFailures, driver.counters.timeouts], [1, 1]);
});

// ----- Memory -----

Deno.test("HttpConnection counts a head that is not small until its request is answered", async () => {
  const answer = Promise.withResolvers<Response>();
  const driver = new HttpDriver({ fetch: () => answer.promise });
  const head = get.replace("\r\n\r\n", `\r\nX: ${"a".repeat(7_000)}\r\n\r\n`);
  await driver.client.send(head);
  await driver.settle();
  assertEquals(driver.memory.used, head.length);
  answer.resolve(new Response("x"));
  await driver.client.response();
  await driver.settle();
  assertEquals(driver.memory.used, 0);
  await driver.hangUp();
});

Deno.test("hostile 141: HttpConnection refuses an unfinished head with 503 when it is evicted", async () => {
  const driver = new HttpDriver({ memoryBudget: 2_000 });
  const response = await driver.client.request(`GET / HTTP/1.1\r\nX: ${"a".repeat(5_000)}`);
  assertEquals([response.status, response.headers.get("retry-after")], [503, "5"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  assertEquals(driver.counters.rejections["503"], 1);
});

Deno.test("hostile 142: HttpConnection keeps nothing of a large head while it waits for the next", async () => {
  const driver = new HttpDriver();
  const { socket } = driver;
  const read = socket.read.bind(socket);
  let waitsOn = 0;
  socket.read = (buffer) => {
    waitsOn = buffer.length;
    return read(buffer);
  };
  const fields = `\r\nX: ${"a".repeat(7_000)}`.repeat(2);
  const large = get.replace("/a", `/${"b".repeat(8_000)}`).replace("\r\n\r\n", `${fields}\r\n\r\n`);
  assertEquals((await driver.client.request(large)).body.length, 8_001);
  await driver.settle();
  assertEquals([waitsOn, driver.memory.used], [1024, 0]);
  assertEquals((await driver.client.request(get)).body, "/a");
  await driver.hangUp();
});
