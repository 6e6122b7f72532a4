/** Tests of server/net/http/response_writer.ts over a connection in memory. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { stub } from "@std/testing/mock";
import fc from "fast-check";
import { decodeLatin1 } from "../../../../protocol/latin1.ts";
import { prepareResponse } from "../../../../server/prepared_response.ts";
import { writeResponse } from "../../../../server/net/http/response_writer.ts";
import { Upstream } from "../../../support/upstream.ts";
import { HttpDriver } from "../../../support/http_driver.ts";

const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const head = get.replace("GET", "HEAD");
const encoder = new TextEncoder();

/** A stream that a test feeds. */
function makeStream(): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly cancelled: Promise<unknown>;
} {
  const cancelled = Promise.withResolvers<unknown>();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const stream = new ReadableStream<Uint8Array>({
    start: (started) => void (controller = started),
    cancel: (reason) => cancelled.resolve(reason),
  });
  return { stream, controller: controller!, cancelled: cancelled.promise };
}

async function* parts(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    // A turn of the event loop, as a file or another server would take.
    await new Promise((resolve) => setTimeout(resolve));
    yield encoder.encode(text);
  }
}

/** The peer of {@linkcode write}. */
interface WriteTarget {
  readonly method?: string;
  readonly version?: 0 | 1;
  readonly close?: boolean;
  readonly keepAlive?: number | undefined;
  /** Gets what the response asks of the connection. */
  readonly asked?: boolean[];
}

/** Writes a response and returns the writes. */
async function write(
  response: Response,
  target: WriteTarget = {},
): Promise<string[]> {
  const writes: string[] = [];
  const push = (head: string, body: Uint8Array): Promise<void> => {
    writes.push(head + decodeLatin1(body));
    return Promise.resolve();
  };
  await writeResponse(response, {
    method: "GET",
    version: 1,
    ends(isAsked) {
      target.asked?.push(isAsked);
      return target.close === true || isAsked;
    },
    signal: new AbortController().signal,
    aborted: false,
    streaming() {},
    turnToWrite: () => Promise.resolve(),
    ...target,
    sendWhole: push,
    sendHead: push,
    sendPrepared: (bytes) => push("", bytes),
    send: (bytes) => push("", bytes),
  });
  return writes;
}

/** A second may begin between two writes. */
function withoutDate(writes: readonly string[]): string[] {
  return writes.map((text) => text.replace(/^date: .*$/m, ""));
}

// ----- Known bodies -----

/** Its body is read from the stream, as nobody knows what a class of one's own has for a body. */
class OwnResponse extends Response {}

Deno.test("writeResponse() writes the same whether a body is known or read from its stream", async () => {
  const content = fc.oneof(
    fc.constant(null),
    fc.string({ unit: "binary", maxLength: 300, size: "max" }),
    fc.uint8Array({ maxLength: 300, size: "max" }),
  );
  const status = fc.constantFrom(200, 201, 204, 206, 304, 404, 500);
  const fields = fc.dictionary(
    fc.constantFrom("content-type", "x-a", "set-cookie", "connection", "content-length", "date"),
    fc.constantFrom("text/plain", "close", "7", "b; c", "\u00fc"),
  );
  await fc.assert(
    fc.asyncProperty(
      content,
      status,
      fields,
      fc.constantFrom("GET", "HEAD", "POST"),
      async (content, status, headers, method) => {
        const body = status === 204 || status === 304 ? null : content;
        const [known, read] = [Response, OwnResponse].map((Class) =>
          new Class(body as BodyInit | null, { status, headers })
        );
        const expected = withoutDate(await write(read!, { method }));
        assertEquals(withoutDate(await write(known!, { method })), expected);
        assertEquals(known!.bodyUsed, read!.bodyUsed);
      },
    ),
  );
});

Deno.test("writeResponse() writes a plain response as any other, however often it was written", async () => {
  const texts = fc.oneof(
    fc.constantFrom("", "Hello, World!", "ok", "Gr\u00fc\u00dfe", "a".repeat(512), "a".repeat(513)),
    fc.string({ unit: "binary", maxLength: 600, size: "max" }),
  );
  const target = fc.record({
    method: fc.constantFrom("GET", "HEAD", "POST"),
    close: fc.boolean(),
    keepAlive: fc.constantFrom(undefined, 4, 64),
  });
  const make = fc.constantFrom<((text: string) => Response)>(
    (text) => new Response(text),
    (text) => Response.json(text),
  );
  await fc.assert(
    fc.asyncProperty(texts, target, make, async (text, target, make) => {
      // Whoever has asked for its fields gets it by the general path.
      const general = make(text);
      assert(general.headers.has("content-type"));
      const expected = withoutDate(await write(general, target));
      for (let time = 0; time < 3; time++) {
        const plain = make(text);
        assertEquals(withoutDate(await write(plain, target)), expected);
        assert(plain.bodyUsed);
      }
    }),
  );
});

Deno.test("writeResponse() writes a prepared response as a new one, however often it was written", async () => {
  const bodies = fc.oneof(
    fc.constant(null),
    fc.string({ unit: "binary", maxLength: 600, size: "max" }),
    fc.uint8Array({ maxLength: 2_000, size: "max" }),
  );
  const init = fc.record({
    status: fc.constantFrom(200, 201, 204, 304, 404, 426, 500),
    statusText: fc.constantFrom("", "Fine"),
    headers: fc.dictionary(
      fc.constantFrom("content-type", "x-a", "set-cookie", "connection", "content-length", "date"),
      fc.constantFrom("text/plain", "close", "upgrade", "7", "b; c", "\u00fc"),
    ),
  });
  const targets = fc.array(
    fc.record({
      method: fc.constantFrom("GET", "HEAD", "POST"),
      version: fc.constantFrom<0 | 1>(0, 1),
      close: fc.boolean(),
      keepAlive: fc.constantFrom(undefined, 4, 64),
    }),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(bodies, init, targets, async (content, init, targets) => {
      const body = init.status === 204 || init.status === 304 ? null : content;
      const prepared = prepareResponse(body, init);
      for (const target of [...targets, ...targets]) {
        // As text or bytes: a text that is given no type gets one from each.
        const asks: boolean[][] = [];
        const written: string[][] = [];
        for (const response of [new Response(body as BodyInit | null, init), prepared()]) {
          const asked: boolean[] = [];
          written.push(withoutDate(await write(response, { ...target, asked })));
          asks.push([asked.includes(true)]);
        }
        assertEquals(written[1], written[0]);
        assertEquals(asks[1], asks[0]);
      }
    }),
  );
});

Deno.test("writeResponse() encodes a prepared response anew when Date or keep-alive change", async () => {
  let now = 1_800_000_000_000;
  using _clock = stub(Date, "now", () => now);
  const prepared = prepareResponse("ok", { status: 404 });
  const dates = new Set<string>();
  for (let second = 0; second < 3; second++) {
    for (const keepAlive of [4, 64, 64]) {
      const [text] = await write(prepared(), { keepAlive });
      assertStringIncludes(text!, `\r\nkeep-alive: timeout=${keepAlive}\r\n`);
      assertStringIncludes(text!, `\r\ndate: ${new Date(now).toUTCString()}\r\n`);
      dates.add(/^date: .*$/m.exec(text!)![0]);
    }
    now += 1_000;
  }
  assertEquals(dates.size, 3);
});

Deno.test("writeResponse() writes a prepared response that was changed or read as any other", async () => {
  const prepared = prepareResponse("text");
  await write(prepared());
  const changed = prepared();
  changed.headers.set("x-a", "b");
  assertStringIncludes((await write(changed))[0]!, "\r\nx-a: b\r\n");
  const read = prepared();
  await read.text();
  await assertRejects(() => write(read), TypeError);
  const sent = prepared();
  await write(sent);
  await assertRejects(() => write(sent), TypeError);
});

Deno.test("writeResponse() refuses a response that was used, however its body is found", async () => {
  for (const Class of [Response, OwnResponse]) {
    for (const body of ["text", new Uint8Array(3)]) {
      const response = new Class(body);
      await write(response);
      await assertRejects(() => write(response), TypeError);
    }
  }
});

Deno.test("writeResponse() writes head and known body at once", async () => {
  const bodies = [
    "hello",
    encoder.encode("hello"),
    new Blob(["hello"]),
    encoder.encode("hello").buffer,
  ];
  for (const body of bodies) {
    const writes = await write(new Response(body, { headers: { "content-type": "x/y" } }));
    assertEquals(writes.length, 1);
    assertStringIncludes(writes[0]!, "HTTP/1.1 200 OK\r\n");
    assertStringIncludes(writes[0]!, "\r\ncontent-type: x/y\r\n");
    assert(writes[0]!.endsWith("\r\ncontent-length: 5\r\n\r\nhello"));
  }
});

Deno.test("writeResponse() writes a length of 0 for empty bodies", async () => {
  for (
    const body of [
      null,
      "",
      new ReadableStream({ start: (controller) => controller.close() }),
    ]
  ) {
    const writes = await write(new Response(body));
    assertEquals(writes.length, 1);
    assert(writes[0]!.endsWith("\r\ncontent-length: 0\r\n\r\n"));
  }
});

Deno.test("writeResponse() corrects the declared length of a known body", async () => {
  const [text] = await write(new Response("hello", { headers: { "content-length": "9" } }));
  assertEquals(text!.match(/content-length: \d+/g), ["content-length: 5"]);
});

Deno.test("writeResponse() writes status and reason phrase", async () => {
  const [text] = await write(new Response("x", { status: 418, statusText: "Short and stout" }));
  assert(text!.startsWith("HTTP/1.1 418 Short and stout\r\n"));
});

Deno.test("writeResponse() writes 204 and 304 without length", async () => {
  for (const status of [204, 304]) {
    const headers = { "content-length": "5" };
    const [text, ...others] = await write(new Response(null, { status, headers }));
    assertEquals([text!.includes("content-length"), others.length], [false, 0]);
    assert(text!.endsWith("\r\n\r\n"));
  }
});

Deno.test("writeResponse() keeps cookies apart", async () => {
  const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"]]);
  const [text] = await write(new Response(null, { headers }));
  assertStringIncludes(text!, "set-cookie: a=1\r\nset-cookie: b=2\r\n");
});

// ----- HEAD -----

Deno.test("writeResponse() answers HEAD with the length but no body", async () => {
  const [text, ...others] = await write(new Response("hello"), { method: "HEAD" });
  assert(text!.endsWith("\r\ncontent-length: 5\r\n\r\n"));
  assertEquals(others, []);
});

Deno.test("writeResponse() answers HEAD with the declared length", async () => {
  const headers = { "content-length": "12345" };
  const [text] = await write(new Response(null, { headers }), { method: "HEAD" });
  assertStringIncludes(text!, "\r\ncontent-length: 12345\r\n");
});

Deno.test("writeResponse() answers HEAD at once and cancels a stream", async () => {
  const { stream, cancelled } = makeStream();
  const driver = new HttpDriver({ fetch: () => new Response(stream) });
  const response = await driver.client.request(head);
  assertEquals(response.headers.get("transfer-encoding"), "chunked");
  await cancelled;
  assertEquals((await driver.client.request(head)).status, 500);
  await driver.hangUp();
});

// ----- Streams -----

Deno.test("writeResponse() writes a stream in chunks", async () => {
  const writes = await write(new Response(ReadableStream.from(parts("hello", " ", "world!"))));
  assertEquals(writes.slice(1), ["5\r\nhello\r\n", "1\r\n \r\n", "6\r\nworld!\r\n", "0\r\n\r\n"]);
  assertStringIncludes(writes[0]!, "\r\ntransfer-encoding: chunked\r\n\r\n");
});

Deno.test("writeResponse() joins the head with the first part that is there", async () => {
  const { stream, controller } = makeStream();
  controller.enqueue(encoder.encode("now"));
  const written = write(new Response(stream));
  await new Promise((resolve) => setTimeout(resolve));
  controller.close();
  const writes = await written;
  assert(writes[0]!.endsWith("\r\n\r\n3\r\nnow\r\n"));
  assertEquals(writes.slice(1), ["0\r\n\r\n"]);
});

Deno.test("writeResponse() sends the head of a stream that has nothing yet", async () => {
  const { stream, controller } = makeStream();
  const driver = new HttpDriver({ fetch: () => new Response(stream) });
  await driver.client.send(get);
  await driver.settle();
  assertEquals(driver.socket.writes, 1);
  controller.enqueue(encoder.encode("event"));
  controller.close();
  assertEquals((await driver.client.response()).body, "event");
  await driver.hangUp();
});

Deno.test("writeResponse() leaves out empty parts, which would end the body", async () => {
  const writes = await write(new Response(ReadableStream.from(parts("a", "", "b"))));
  assertEquals(writes.slice(1), ["1\r\na\r\n", "1\r\nb\r\n", "0\r\n\r\n"]);
});

Deno.test("writeResponse() writes a stream for HTTP/1.0 up to the end of TCP", async () => {
  const response = new Response(ReadableStream.from(parts("a", "b")));
  const [text, ...others] = await write(response, { version: 0, close: true });
  assertEquals(/transfer-encoding|content-length/.test(text!), false);
  assertEquals(others, ["a", "b"]);
});

Deno.test("writeResponse() writes a stream with the length that it declares", async () => {
  const headers = { "content-length": "3" };
  const writes = await write(new Response(ReadableStream.from(parts("a", "bc")), { headers }));
  assertStringIncludes(writes[0]!, "\r\ncontent-length: 3\r\n");
  assertEquals(writes.slice(1), ["a", "bc"]);
});

Deno.test("writeResponse() fails when a stream does not keep its length", async () => {
  for (const texts of [["a"], ["a", "bcd"]]) {
    const headers = { "content-length": "3" };
    const response = new Response(ReadableStream.from(parts(...texts)), { headers });
    await assertRejects(() => write(response), TypeError, "content-length");
  }
});

// ----- Streams that fail, peers that go -----

Deno.test("writeResponse() never ends a body that failed as if it were whole", async () => {
  const { stream, controller } = makeStream();
  const driver = new HttpDriver({ fetch: () => new Response(stream) });
  await driver.client.send(get);
  controller.enqueue(encoder.encode("half"));
  await driver.settle();
  controller.error(new Error("disk"));
  const text = await driver.client.rest();
  assert(text.endsWith("\r\n\r\n4\r\nhalf\r\n"));
  await driver.ended;
  assertEquals(driver.errors.map(String), ["Error: disk"]);
});

Deno.test("writeResponse() lets a stream that fails at once be answered with 500", async () => {
  const { stream, controller } = makeStream();
  controller.error(new Error("disk"));
  const driver = new HttpDriver({ fetch: () => new Response(stream) });
  assertEquals((await driver.client.request(get)).status, 500);
  await driver.hangUp();
  assertEquals(driver.errors.map(String), ["Error: disk"]);
});

Deno.test("writeResponse() fails for a part that is no bytes", async () => {
  // The cast: what a handler in plain JavaScript may enqueue.
  const stream = ReadableStream.from(["text"]) as unknown as ReadableStream<Uint8Array>;
  await assertRejects(() => write(new Response(stream)), TypeError, "no Uint8Array");
});

Deno.test("writeResponse() cancels the stream when the peer goes, though nothing is written", async () => {
  for (const go of ["close", "cut"] as const) {
    const { stream, cancelled } = makeStream();
    const driver = new HttpDriver({ fetch: () => new Response(stream) });
    await driver.client.send(get);
    await driver.settle();
    driver.peer[go]();
    await cancelled;
    await driver.ended;
    assertEquals(driver.errors, []);
  }
});

Deno.test("writeResponse() cancels a stream for a peer that was gone before", async () => {
  const { stream, cancelled } = makeStream();
  const answer = Promise.withResolvers<Response>();
  const driver = new HttpDriver({ fetch: () => answer.promise });
  await driver.client.send(get);
  await driver.settle();
  driver.peer.close();
  await driver.settle();
  answer.resolve(new Response(stream));
  await cancelled;
  await driver.ended;
});

Deno.test("writeResponse() waits for a peer that does not read, and no longer than bodyTimeout", async () => {
  let pulls = 0;
  const cancelled = Promise.withResolvers<void>();
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++;
      controller.enqueue(new Uint8Array(100));
    },
    cancel: () => cancelled.resolve(),
  });
  const driver = new HttpDriver({ fetch: () => new Response(stream), capacity: 1000 });
  await driver.client.send(get);
  await driver.settle();
  const before = pulls;
  assert(before < 20);
  driver.advance(59_999);
  await driver.settle();
  assertEquals(pulls, before);
  driver.advance(1);
  await cancelled.promise;
  await driver.ended;
  assertEquals(driver.counters.timeouts, 1);
});

// ----- Responses of fetch -----

Deno.test("writeResponse() sends what fetch has decoded as it is now", async () => {
  await using upstream = new Upstream();
  for (const query of ["", "?chunked"]) {
    for (const coding of ["gzip", "br"]) {
      const writes = await write(await fetch(upstream.url(coding) + query));
      const [head = "", ...body] = writes.join("").split("\r\n\r\n");
      assertStringIncludes(head, "HTTP/1.1 200 OK\r\n");
      assertStringIncludes(head, "\r\nx-upstream: yes\r\n");
      assertEquals(head.includes("content-encoding"), false);
      assertStringIncludes(body.join("\r\n\r\n"), upstream.text);
    }
  }
  const response = (await fetch(upstream.url("gzip"))).clone();
  assertEquals((await write(response)).join("").includes("content-encoding"), false);
});

Deno.test("writeResponse() leaves a coding alone that fetch does not know", async () => {
  await using upstream = new Upstream();
  const [head = ""] = await write(await fetch(upstream.url("zstd")));
  assertStringIncludes(head, "\r\ncontent-encoding: zstd\r\n");
});

Deno.test("writeResponse() declares no length of a body that fetch would have decoded", async () => {
  await using upstream = new Upstream();
  const response = await fetch(upstream.url("gzip"), { method: "HEAD" });
  const writes = await write(response, { method: "HEAD" });
  assertEquals(/content-(length|encoding)|transfer-encoding/.test(writes.join("")), false);
});
