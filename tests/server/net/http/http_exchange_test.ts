/** Tests of server/net/http/http_exchange.ts over a connection in memory. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertSpyCalls, spy } from "@std/testing/mock";
import { HttpDriver } from "../../../support/http_driver.ts";

const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

function post(body: string, fields = `Content-Length: ${body.length}`): string {
  return `POST /a HTTP/1.1\r\nHost: h\r\n${fields}\r\n\r\n${body}`;
}

async function echo(request: Request): Promise<Response> {
  return new Response(await request.text());
}

// ----- Bodies of requests -----

Deno.test("HttpExchange reads a body of known length and goes on behind it", async () => {
  const driver = new HttpDriver({ fetch: echo });
  await driver.client.send(post("hello") + post("world"));
  assertEquals((await driver.client.response()).body, "hello");
  assertEquals((await driver.client.response()).body, "world");
  await driver.hangUp();
});

Deno.test("HttpExchange reads a chunked body and goes on behind it", async () => {
  const driver = new HttpDriver({ fetch: echo });
  const chunked = post("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", "Transfer-Encoding: chunked");
  for (const char of chunked + post("world")) await driver.client.send(char);
  assertEquals((await driver.client.response()).body, "hello!");
  assertEquals((await driver.client.response()).body, "world");
  await driver.hangUp();
});

Deno.test("HttpExchange hands out a body larger than any buffer", async () => {
  const driver = new HttpDriver({ fetch: echo, options: { maxBodySize: 1_000_000 } });
  const body = "0123456789".repeat(50_000);
  const sent = driver.client.send(post(body));
  assertEquals((await driver.client.response()).body, body);
  await sent;
  await driver.hangUp();
});

Deno.test("HttpExchange hands out bytes that the handler may keep", async () => {
  const kept: Uint8Array[] = [];
  const driver = new HttpDriver({
    async fetch(request) {
      for await (const part of request.body!) kept.push(part);
      return new Response(null);
    },
  });
  await driver.client.request(post("first"));
  await driver.client.request(post("other"));
  assertEquals(kept.map((part) => new TextDecoder().decode(part)), ["first", "other"]);
  await driver.hangUp();
});

Deno.test("HttpExchange refuses a body over maxBodySize with 413 and asks nobody", async () => {
  const fetch = spy(() => new Response("x"));
  const driver = new HttpDriver({ fetch });
  const response = await driver.client.request(post("", "Content-Length: 1025"));
  assertEquals([response.status, response.headers.get("connection")], [413, "close"]);
  assertSpyCalls(fetch, 0);
  await driver.hangUp();
});

Deno.test("HttpExchange accepts a body of exactly maxBodySize", async () => {
  const driver = new HttpDriver({ fetch: echo });
  assertEquals((await driver.client.request(post("a".repeat(1024)))).body.length, 1024);
  const chunked = `400\r\n${"a".repeat(1024)}\r\n0\r\n\r\n`;
  const response = await driver.client.request(post(chunked, "Transfer-Encoding: chunked"));
  assertEquals(response.body.length, 1024);
  await driver.hangUp();
});

Deno.test("HttpExchange answers 413 when a chunked body grows too large", async () => {
  const driver = new HttpDriver({ fetch: echo });
  const chunked = `400\r\n${"a".repeat(1024)}\r\n1\r\na\r\n0\r\n\r\n`;
  const response = await driver.client.request(post(chunked, "Transfer-Encoding: chunked"));
  assertEquals([response.status, response.headers.get("connection")], [413, "close"]);
  await driver.hangUp();
  assertEquals(driver.errors, []);
});

Deno.test("hostile 15: HttpExchange answers 400 when chunks are malformed", async () => {
  const driver = new HttpDriver({ fetch: echo });
  const response = await driver.client.request(post("5\nhello", "Transfer-Encoding: chunked"));
  assertEquals([response.status, response.headers.get("connection")], [400, "close"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
});

Deno.test("hostile 129: HttpExchange ends a body of one-byte chunks at maxSmallChunks", async () => {
  const parts: Uint8Array[] = [];
  const driver = new HttpDriver({
    options: { maxBodySize: 1_048_576, maxSmallChunks: 2000 },
    async fetch(request) {
      for await (const part of request.body!) parts.push(part);
      return new Response(null);
    },
  });
  const sent = driver.client.send(post("1\r\na\r\n".repeat(20_000), "Transfer-Encoding: chunked"));
  assertEquals((await driver.client.response()).status, 413);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  await sent.catch(() => {});
  assert(parts.length < 20, `The handler got ${parts.length} parts`);
  assertEquals(driver.errors, []);
});

Deno.test("HttpExchange gives GET no body, but reads one away", async () => {
  const driver = new HttpDriver({
    fetch: (request) => new Response(`${request.url} ${request.body}`),
  });
  await driver.client.send(post("hello").replace("POST", "GET") + get);
  assertEquals((await driver.client.response()).body, "http://h/a null");
  assertEquals((await driver.client.response()).body, "http://h/a null");
  await driver.hangUp();
});

Deno.test("HttpExchange reads away a body that the handler has not read", async () => {
  const driver = new HttpDriver();
  await driver.client.send(post("hello") + get.replace("/a", "/b"));
  assertEquals((await driver.client.response()).body, "/a");
  assertEquals((await driver.client.response()).body, "/b");
  await driver.hangUp();
});

Deno.test("HttpExchange ends the connection when much of a body is unread", async () => {
  const driver = new HttpDriver({ options: { maxBodySize: 1_000_000 } });
  const response = await driver.client.request(post("hello", "Content-Length: 100000"));
  assertEquals([response.status, response.headers.get("connection")], [200, "close"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
});

Deno.test("HttpExchange ends the connection when an unread body is malformed", async () => {
  const driver = new HttpDriver();
  await driver.client.send(post("x\r\n", "Transfer-Encoding: chunked") + get);
  assertEquals((await driver.client.response()).body, "/a");
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  assertEquals(driver.counters.requests, 1);
});

Deno.test("HttpExchange fails a body that is read after the answer", async () => {
  let body: ReadableStream<Uint8Array> | null = null;
  const driver = new HttpDriver({
    fetch(request) {
      body = request.body;
      return new Response("x");
    },
  });
  await driver.client.request(post("hello"));
  await driver.settle();
  await assertRejects(() => new Response(body).text(), TypeError, "the request was answered");
  await driver.hangUp();
});

Deno.test("HttpExchange cuts a connection whose body never comes", async () => {
  const driver = new HttpDriver({ fetch: echo });
  await driver.client.send(post("hel", "Content-Length: 5"));
  await driver.settle();
  driver.advance(30_000);
  await driver.client.send("l");
  await driver.settle();
  driver.advance(29_999);
  await driver.settle();
  assertEquals(driver.counters.timeouts, 0);
  driver.advance(1);
  await driver.ended;
  assertEquals([await driver.client.rest(), driver.counters.timeouts], ["", 1]);
});

Deno.test("hostile 293: HttpExchange gives each handler its own request, which may be read later", async () => {
  const kept: Request[] = [];
  const driver = new HttpDriver({
    fetch(request) {
      kept.push(request);
      return new Response("x");
    },
  });
  const names = ["one", "two", "six"];
  for (const name of names) {
    await driver.client.request(`GET /${name} HTTP/1.1\r\nHost: h\r\nX-Name: ${name}\r\n\r\n`);
  }
  await driver.hangUp();
  for (const [at, name] of names.entries()) {
    const request = kept[at]!;
    assertEquals([request.url, request.headers.get("x-name")], [`http://h/${name}`, name]);
    assertEquals(new Request(request).url, `http://h/${name}`);
    assert(!request.signal.aborted);
  }
});

// ----- Expect -----

Deno.test("HttpExchange sends 100 when the body is first read", async () => {
  const read = Promise.withResolvers<void>();
  const driver = new HttpDriver({
    async fetch(request) {
      await read.promise;
      return await echo(request);
    },
  });
  await driver.client.send(post("", "Expect: 100-Continue\r\nContent-Length: 5"));
  await driver.settle();
  assertEquals(driver.socket.writes, 0);
  read.resolve();
  assertEquals((await driver.client.response()).status, 100);
  assertEquals((await driver.client.request("hello")).body, "hello");
  assertEquals((await driver.client.request(get)).status, 200);
  await driver.hangUp();
});

Deno.test("HttpExchange ends the connection when the body was not asked for", async () => {
  const driver = new HttpDriver();
  const fields = "Expect: 100-continue\r\nContent-Length: 5";
  const response = await driver.client.request(post("", fields));
  assertEquals([response.status, response.headers.get("connection")], [200, "close"]);
  await driver.hangUp();
});

Deno.test("HttpExchange does not send 100 when the body is there already", async () => {
  const driver = new HttpDriver({ fetch: echo });
  const fields = "Expect: 100-continue\r\nContent-Length: 5";
  assertEquals((await driver.client.request(post("hello", fields))).status, 200);
  await driver.hangUp();
});

Deno.test("HttpExchange refuses other expectations with 417", async () => {
  const driver = new HttpDriver();
  const fields = "Expect: something\r\nContent-Length: 5";
  assertEquals((await driver.client.request(post("", fields))).status, 417);
  await driver.hangUp();
});

// ----- Handlers that fail -----

Deno.test("hostile 96: HttpExchange answers 500 without detail when a handler fails", async () => {
  const failures: (() => Promise<Response>)[] = [
    () => {
      throw new Error("secret");
    },
    () => Promise.reject(new Error("secret")),
    // The cast: what a handler in plain JavaScript may return.
    () => Promise.resolve("secret" as unknown as Response),
    () => Promise.resolve(Response.error()),
  ];
  for (const fetch of failures) {
    const driver = new HttpDriver({ fetch });
    const response = await driver.client.request(get);
    assertEquals([response.status, response.body], [500, "Internal Server Error\n"]);
    assertEquals([driver.errors.length, driver.counters.handlerErrors], [1, 1]);
    await driver.hangUp();
  }
});

Deno.test("HttpExchange goes on after a handler that failed", async () => {
  const driver = new HttpDriver({ fetch: () => Promise.reject(new Error("secret")) });
  assertEquals((await driver.client.request(get)).status, 500);
  assertEquals((await driver.client.request(get)).status, 500);
  await driver.hangUp();
});

Deno.test("HttpExchange answers 500 when a response was used already", async () => {
  const response = new Response("once");
  const driver = new HttpDriver({ fetch: () => response });
  assertEquals((await driver.client.request(get)).body, "once");
  assertEquals((await driver.client.request(get)).status, 500);
  await driver.hangUp();
});

// ----- Peers that go -----

for (const go of ["close", "cut", "closeWrite"] as const) {
  Deno.test(`hostile 153: a peer that goes within a body (${go}) is counted, and no handler's error`, async () => {
    for (const framing of ["Content-Length: 9", "Transfer-Encoding: chunked"]) {
      const seen: unknown[] = [];
      const driver = new HttpDriver({
        async fetch(request) {
          const text = await request.text().catch((error) => {
            seen.push(error);
            throw new Error("Cannot save the upload", { cause: error });
          });
          return new Response(text);
        },
      });
      await driver.client.send(post("5\r\nabc", framing));
      await driver.settle();
      await driver.peer[go]();
      await driver.ended;
      assertEquals([driver.errors, driver.counters.handlerErrors], [[], 0]);
      assertEquals([seen.length, driver.counters.rejections["400"]], [1, 1]);
    }
  });
}

Deno.test("hostile 153: a body that takes too long is counted, and no handler's error", async () => {
  const driver = new HttpDriver({ fetch: echo });
  await driver.client.send(post("abc", "Content-Length: 9"));
  await driver.settle();
  driver.advance(60_000);
  await driver.ended;
  assertEquals([driver.errors, driver.counters.timeouts], [[], 1]);
});

Deno.test("hostile 153: HttpExchange refuses methods that a Request would rename, body or not", async () => {
  let calls = 0;
  for (const method of ["get", "Get", "head", "post", "pUT", "delete", "options"]) {
    for (const text of [get, post("hello")]) {
      const driver = new HttpDriver({ fetch: () => new Response(`${++calls}`) });
      await driver.client.send(text.replace(/^\w+/, method));
      assertEquals((await driver.client.response()).status, 501, method);
      assertEquals([driver.errors, driver.counters.rejections["501"]], [[], 1]);
      await driver.hangUp();
    }
  }
  assertEquals(calls, 0);
});

Deno.test("HttpExchange hands other methods through as they are", async () => {
  for (const method of ["patch", "PATCH", "PROPFIND", "geT!"]) {
    const driver = new HttpDriver({ fetch: (request) => new Response(request.method) });
    await driver.client.send(post("hello").replace("POST", method));
    assertEquals((await driver.client.response()).body, method);
    await driver.hangUp();
  }
});

Deno.test("HttpExchange aborts the request's signal when the peer goes", async () => {
  for (const go of ["close", "cut", "closeWrite"] as const) {
    const aborted = Promise.withResolvers<void>();
    const driver = new HttpDriver({
      async fetch(request) {
        request.signal.addEventListener("abort", () => aborted.resolve());
        await aborted.promise;
        throw request.signal.reason;
      },
    });
    await driver.client.send(get);
    await driver.settle();
    await driver.peer[go]();
    await driver.ended;
    assertEquals(driver.errors, []);
  }
});

Deno.test("HttpExchange watches for the peer once the body has been read", async () => {
  const driver = new HttpDriver({
    async fetch(request) {
      await request.text();
      await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      return new Response("x");
    },
  });
  await driver.client.send(post("hello"));
  await driver.settle();
  await driver.hangUp();
});

Deno.test("HttpExchange answers a peer that has only ended its side", async () => {
  const answer = Promise.withResolvers<Response>();
  const driver = new HttpDriver({ fetch: () => answer.promise });
  await driver.client.send(get);
  await driver.peer.closeWrite();
  await driver.settle();
  answer.resolve(new Response("still here"));
  assertEquals((await driver.client.response()).body, "still here");
  await driver.ended;
});

Deno.test("HttpExchange does not abort the signal of a request that was answered", async () => {
  const signals: AbortSignal[] = [];
  const driver = new HttpDriver({
    fetch(request) {
      signals.push(request.signal);
      return new Response("x");
    },
  });
  await driver.client.request(get);
  await driver.hangUp();
  assert(!signals[0]!.aborted);
});

// ----- What the handler is told -----

Deno.test("HttpExchange tells its handler when the response was sent, and when not", async () => {
  const outcomes: string[] = [];
  const note = (completed: Promise<void>, name: string) =>
    completed.then(() => outcomes.push(name), () => outcomes.push(`not ${name}`));
  const driver = new HttpDriver({
    capacity: 1_000,
    fetch(request, { completed }) {
      const { pathname } = new URL(request.url);
      note(completed, pathname);
      if (pathname === "/throws") throw new Error("boom");
      return new Response("a".repeat(pathname === "/long" ? 5_000 : 5));
    },
  });
  for (const path of ["/short", "/throws"]) {
    await driver.client.request(get.replace("/a", path));
    await driver.settle();
  }
  assertEquals(outcomes, ["/short", "/throws"]);
  await driver.client.send(get.replace("/a", "/long"));
  await driver.settle();
  assertEquals(outcomes.length, 2);
  driver.peer.cut();
  await driver.ended;
  await driver.settle();
  assertEquals(outcomes.at(-1), "not /long");
});

// ----- Memory -----

Deno.test("hostile 141: HttpExchange answers 503 when its unfinished body is evicted", async () => {
  const failures: unknown[] = [];
  const driver = new HttpDriver({
    memoryBudget: 200_000,
    options: { maxBodySize: 1_000_000 },
    async fetch(request) {
      try {
        return new Response(await request.text());
      } catch (error) {
        failures.push(error);
        throw error;
      }
    },
  });
  const sent = driver.client.send(post("a".repeat(300_000), "Content-Length: 900000"));
  const response = await driver.client.response();
  assertEquals([response.status, response.headers.get("retry-after")], [503, "5"]);
  assertEquals(await driver.client.rest(), "");
  await driver.hangUp();
  await sent.catch(() => {});
  assertEquals([failures.length, driver.errors.length], [1, 0]);
});

Deno.test("HttpExchange counts a body until it is complete", async () => {
  const bodies: string[] = [];
  const answer = Promise.withResolvers<Response>();
  const driver = new HttpDriver({
    options: { maxBodySize: 1_000_000 },
    async fetch(request) {
      bodies.push(await request.text());
      return answer.promise;
    },
  });
  const text = post("a".repeat(900), "Content-Length: 901");
  await driver.client.send(text);
  await driver.settle();
  assert(driver.memory.used > 900);
  const { used } = driver.memory;
  await driver.client.send("a");
  await driver.settle();
  assertEquals([bodies[0]?.length, used - driver.memory.used], [901, 900 + 256]);
  answer.resolve(new Response("x"));
  await driver.client.response();
  await driver.settle();
  assertEquals(driver.memory.used, 0);
  await driver.hangUp();
});

Deno.test("hostile 141: HttpExchange is cut when the peer does not read and is evicted", async () => {
  const driver = new HttpDriver({
    memoryBudget: 100_000,
    capacity: 1_000,
    fetch: () => new Response("a".repeat(120_000)),
  });
  const closed = driver.socket.closed;
  await driver.client.send(get);
  await closed;
  await driver.hangUp();
  assertEquals(driver.errors, []);
});

Deno.test("HttpExchange ends in time though its handler goes on reading after the response", async () => {
  const driver = new HttpDriver({
    options: { maxBodySize: 1_000_000 },
    fetch(request) {
      request.text().catch(() => {});
      return new Response("x");
    },
  });
  const response = await driver.client.request(post("hello", "Content-Length: 500000"));
  assertEquals([response.status, response.headers.get("connection")], [200, "close"]);
  await driver.client.send("a");
  await driver.settle();
  driver.advance(2_000);
  await driver.ended;
});
