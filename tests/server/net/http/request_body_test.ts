/** Tests of server/net/http/request_body.ts over a source of given pieces. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { HandshakeError } from "../../../../protocol/errors.ts";
import { encodeLatin1 } from "../../../../protocol/latin1.ts";
import { type BodySource, RequestBody } from "../../../../server/net/http/request_body.ts";
import { headLimits, parseRequest } from "../../../support/heads.ts";
import { forEachSplit } from "../../../support/splits.ts";

/** Brings one piece per `fill`, overwriting the last one as a read buffer is. */
class PieceSource implements BodySource {
  readonly #pieces: Iterator<Uint8Array>;
  #content: Uint8Array = new Uint8Array(0);
  continues = 0;
  held = 0;

  constructor(pieces: Iterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  get length(): number {
    return this.#content.length;
  }

  peek(): Uint8Array {
    return this.#content;
  }

  take(size: number): Uint8Array {
    const taken = this.#content.subarray(0, size);
    this.#content = this.#content.subarray(size);
    return taken;
  }

  fill(): Promise<boolean> {
    const { value, done } = this.#pieces.next();
    if (!done) this.#content = value;
    return Promise.resolve(!done);
  }

  sendContinue(): Promise<void> {
    this.continues++;
    return Promise.resolve();
  }

  hold(bytes: number): void {
    this.held += bytes;
  }
}

function ignore(): void {}

function makeBody(
  fields: string,
  source: BodySource,
  maxBodySize = 100,
  onEnd = ignore,
): RequestBody {
  const head = parseRequest(`POST / HTTP/1.1\r\nHost: h\r\n${fields}\r\n\r\n`);
  return new RequestBody(
    head,
    source,
    { ...headLimits, maxBodySize, maxSmallChunks: 16_384 },
    onEnd,
  );
}

async function forEachBody(
  text: string,
  run: (pieces: Iterable<Uint8Array>, how: string) => Promise<void>,
): Promise<void> {
  const runs: Promise<void>[] = [];
  forEachSplit(encodeLatin1(text), (pieces, how) => {
    const copies = Array.from(pieces, (piece) => piece.slice());
    runs.push(run(copies, how));
  });
  await Promise.all(runs);
}

const framings: [fields: string, text: string][] = [
  ["Content-Length: 11", "hello worldGET"],
  ["Transfer-Encoding: chunked", "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\nGET"],
];

Deno.test("RequestBody.stream() brings the body and not more", async () => {
  for (const [fields, text] of framings) {
    await forEachBody(text, async (pieces, how) => {
      const source = new PieceSource(pieces);
      let ends = 0;
      const body = makeBody(fields, source, 100, () => ends++);
      assertEquals(await new Response(body.stream()).text(), "hello world", how);
      assert(body.finished);
      let behind = source.length;
      while (await source.fill()) behind += source.length;
      assertEquals([behind, body.failure], [3, undefined], how);
    });
  }
});

Deno.test("RequestBody.stream() says when the source is free, once", async () => {
  let ends = 0;
  const source = new PieceSource([encodeLatin1("hel"), encodeLatin1("lo")]);
  const body = makeBody("Content-Length: 5", source, 100, () => ends++);
  await new Response(body.stream()).text();
  assertEquals(ends, 1);
});

Deno.test("RequestBody.stream() fills a buffer of the reader's own", async () => {
  const body = makeBody("Content-Length: 5", new PieceSource([encodeLatin1("hello")]));
  const reader = body.stream().getReader({ mode: "byob" });
  const { value } = await reader.read(new Uint8Array(3));
  assertEquals(new TextDecoder().decode(value), "hel");
  assertEquals((await reader.read(new Uint8Array(3))).value?.length, 2);
  assertEquals((await reader.read(new Uint8Array(3))).done, true);
});

Deno.test("RequestBody.stream() hands out one part for each read, however small the chunks", async () => {
  const chunks = "1\r\na\r\n".repeat(50);
  const pieces = [chunks, "1\r\n", "b", "\r\n", chunks + "0\r\n\r\n"].map(encodeLatin1);
  const body = makeBody("Transfer-Encoding: chunked", new PieceSource(pieces), 1000);
  const sizes: number[] = [];
  for await (const part of body.stream()) sizes.push(part.length);
  assertEquals(sizes, [50, 1, 50]);
});

Deno.test("RequestBody is finished at once without a body", () => {
  assert(makeBody("Content-Length: 0", new PieceSource([])).finished);
  assert(makeBody("X: a", new PieceSource([])).finished);
});

Deno.test("RequestBody refuses a declared length over the limit with 413", () => {
  makeBody("Content-Length: 100", new PieceSource([]));
  const error = assertThrows(
    () => makeBody("Content-Length: 101", new PieceSource([])),
    HandshakeError,
  );
  assertEquals(error.status, 413);
});

Deno.test("RequestBody.stream() fails with 413 when chunks pass the limit", async () => {
  await forEachBody("6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n", async (pieces) => {
    const body = makeBody("Transfer-Encoding: chunked", new PieceSource(pieces), 10);
    await assertRejects(() => new Response(body.stream()).text(), HandshakeError, "10 bytes");
    assertEquals([body.failure?.status, body.drainable], [413, false]);
  });
});

Deno.test("RequestBody.stream() fails when the body is incomplete", async () => {
  for (const [fields, text] of framings) {
    const body = makeBody(fields, new PieceSource([encodeLatin1(text.slice(0, 9))]));
    await assertRejects(() => new Response(body.stream()).text(), HandshakeError, "incomplete");
    assertEquals(body.failure?.status, 400);
  }
});

Deno.test("RequestBody asks for a body that waits to be asked for, once", async () => {
  const fields = "Expect: 100-continue\r\nContent-Length: 5";
  const source = new PieceSource([encodeLatin1("hel"), encodeLatin1("lo")]);
  const body = makeBody(fields, source);
  const stream = body.stream();
  assertEquals([source.continues, body.drainable, await body.drain()], [0, false, false]);
  const asked = makeBody(fields, source);
  assertEquals(await new Response(asked.stream()).text(), "hello");
  assertEquals(source.continues, 1);
  await stream.cancel();
});

Deno.test("RequestBody refuses other expectations with 417", () => {
  for (const fields of ["Expect: 200-ok", "Expect: 100-continue\r\nExpect: 100-continue"]) {
    const error = assertThrows(() => makeBody(fields, new PieceSource([])), HandshakeError);
    assertEquals(error.status, 417);
  }
});

Deno.test("RequestBody.drain() reads a small rest away", async () => {
  for (const [fields, text] of framings) {
    const source = new PieceSource([encodeLatin1(text)]);
    const body = makeBody(fields, source);
    assertEquals([body.drainable, await body.drain(), source.length], [true, true, 3]);
  }
});

Deno.test("RequestBody.drain() gives up on a large rest", async () => {
  const large = makeBody("Content-Length: 70000", new PieceSource([]), 1e6);
  assertEquals([large.drainable, await large.drain()], [false, false]);
  const chunk = encodeLatin1(`4000\r\n${"a".repeat(16384)}\r\n`);
  const chunks = makeBody("Transfer-Encoding: chunked", new PieceSource(Array(9).fill(chunk)), 1e6);
  assertEquals([chunks.drainable, await chunks.drain()], [true, false]);
});

// ----- Memory -----

const part = 100_000;
/** The assumed cost of a part. */
const cost = part + 256;

function* partsOf(count: number): Generator<Uint8Array> {
  for (let n = 0; n < count; n++) yield new Uint8Array(part);
}

Deno.test("RequestBody counts what the handler has got, until the body is complete", async () => {
  const source = new PieceSource(partsOf(3));
  const body = makeBody(`Content-Length: ${3 * part}`, source, 1e6);
  const reader = body.stream().getReader();
  const held = [];
  for (let n = 0; n < 3; n++) {
    await reader.read();
    held.push(source.held);
  }
  assertEquals(held, [cost, 2 * cost, 0]);
});

Deno.test("RequestBody counts 1 MiB of a stream, and all of a body that is wanted as a whole", async () => {
  for (const isWhole of [false, true]) {
    const source = new PieceSource(partsOf(30));
    const body = makeBody(`Content-Length: ${40 * part}`, source, 1e7);
    if (isWhole) body.collect();
    const reader = body.stream().getReader();
    for (let n = 0; n < 30; n++) await reader.read();
    assertEquals(source.held, (isWhole ? 30 : 11) * cost);
    body.close();
    assertEquals(source.held, 0);
    await reader.cancel();
    assertEquals(source.held, 0);
  }
});

Deno.test("RequestBody counts nothing of a body that the handler does not want any more", async () => {
  const source = new PieceSource(partsOf(2));
  const body = makeBody(`Content-Length: ${3 * part}`, source, 1e6);
  const reader = body.stream().getReader();
  await reader.read();
  await reader.cancel();
  assertEquals(source.held, 0);
});

Deno.test("RequestBody.fail() ends a read that waits, and those that follow", async () => {
  const source = new PieceSource([]);
  const body = makeBody("Content-Length: 5", source);
  source.fill = () => new Promise(() => {});
  const text = new Response(body.stream()).text();
  const error = new HandshakeError(503, "Enough");
  for (let turn = 0; turn < 20; turn++) await undefined;
  body.fail(error);
  await assertRejects(() => text, HandshakeError, "Enough");
  assertEquals([body.failure, body.drainable], [error, false]);
  const late = makeBody("Content-Length: 5", new PieceSource([encodeLatin1("hello")]));
  late.fail(error);
  await assertRejects(() => new Response(late.stream()).text(), HandshakeError, "Enough");
});
