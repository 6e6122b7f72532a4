/** Tests of server/net/http/response_head.ts. */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { decodeLatin1 } from "../../../../protocol/latin1.ts";
import {
  encodeContinue,
  encodeRefusal,
  formatPlainHead,
  formatResponseHead,
  joinBytes,
  preparePlain,
  type ResponseHeadParts,
} from "../../../../server/net/http/response_head.ts";

function format(parts: Partial<ResponseHeadParts>): string {
  return formatResponseHead({
    status: 200,
    statusText: "",
    headers: new Map([["date", "D"]]),
    framing: { kind: "none" },
    ends: () => false,
    ...parts,
  });
}

Deno.test("formatResponseHead() writes the usual reason phrase, or the given one, or none", () => {
  assertEquals(format({ status: 404 }), "HTTP/1.1 404 Not Found\r\ndate: D\r\n\r\n");
  assertEquals(format({ statusText: "Fine" }), "HTTP/1.1 200 Fine\r\ndate: D\r\n\r\n");
  assertEquals(format({ status: 599 }), "HTTP/1.1 599 \r\ndate: D\r\n\r\n");
});

Deno.test("formatResponseHead() writes how the body ends", () => {
  assert(format({ framing: { kind: "length", length: 7 } }).includes("\r\ncontent-length: 7\r\n"));
  assert(format({ framing: { kind: "chunked" } }).includes("\r\ntransfer-encoding: chunked\r\n"));
  for (const kind of ["none", "until close"] as const) {
    assertEquals(format({ framing: { kind } }), "HTTP/1.1 200 OK\r\ndate: D\r\n\r\n");
  }
});

Deno.test("formatResponseHead() writes framing and connection itself", () => {
  const headers = new Headers([
    ["date", "D"],
    ["Content-Length", "99"],
    ["Transfer-Encoding", "gzip"],
    ["Connection", "upgrade"],
    ["Keep-Alive", "timeout=5"],
  ]);
  assertEquals(
    format({ headers, framing: { kind: "length", length: 0 }, ends: () => true }),
    "HTTP/1.1 200 OK\r\ndate: D\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
  );
});

Deno.test("formatResponseHead() asks whether the connection ends, and says how the response would", () => {
  for (const [connection, expected] of [["keep-alive", false], ["upgrade, Close", true]] as const) {
    const asked: boolean[] = [];
    format({
      headers: new Headers({ connection }),
      ends: (isAsked) => asked.push(isAsked) > 0,
    });
    assertEquals(asked, [expected]);
  }
});

Deno.test("formatResponseHead() names Upgrade among the options of the connection", () => {
  const headers = new Headers({ upgrade: "websocket", connection: "keep-alive" });
  const heads = [
    [true, 5, "connection: close, upgrade\r\n"],
    [false, 5, "connection: keep-alive, upgrade\r\nkeep-alive: timeout=5\r\n"],
    [false, undefined, "connection: upgrade\r\n"],
  ] as const;
  for (const [ends, keepAlive, expected] of heads) {
    const head = format({ headers, ends: () => ends, keepAlive });
    assert(head.endsWith(`\r\n${expected}\r\n`), head);
  }
});

Deno.test("formatResponseHead() adds the date", () => {
  assertMatch(
    format({ headers: new Map() }),
    /\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/,
  );
});

Deno.test("formatResponseHead() keeps fields that come twice, and Latin-1", () => {
  const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=\xfc"]]);
  assert(format({ headers }).includes("\r\nset-cookie: a=1\r\nset-cookie: b=\xfc\r\n"));
});

Deno.test("hostile 26: formatResponseHead() refuses CR, LF, NUL and what is not Latin-1", () => {
  for (const value of ["a\r\nset-cookie: b", "a\nb", "a\rb", "a\0b", "\u2713"]) {
    assertThrows(() => format({ headers: new Map([["x-value", value]]) }), TypeError, '"x-value"');
    assertThrows(() => format({ statusText: value }), TypeError, "reason phrase");
  }
  for (const name of ["", "a b", "a:b", "a\r\n"]) {
    assertThrows(
      () => format({ headers: new Map([[name, "b"]]) }),
      TypeError,
      "Cannot send header field",
    );
  }
});

Deno.test("formatPlainHead() formats what formatResponseHead() does", () => {
  const headers = new Map([["content-type", "a/b"]]);
  const parts = { headers, framing: { kind: "length", length: 7 }, keepAlive: 64 } as const;
  const dateless = (text: string) => text.replace(/date: .*/, "");
  assertEquals(dateless(formatPlainHead("a/b", 7, 64)), dateless(format(parts)));
  assertThrows(() => formatPlainHead("a\r\nb: c", 7, 64), TypeError);
});

Deno.test("preparePlain() keeps what is asked for twice in a row", () => {
  const prepare = () => preparePlain("a/b", "text", 64);
  // A second may end between two calls.
  const isKept = () => prepare() !== undefined && prepare() === prepare();
  assert([isKept, isKept, isKept, isKept].some((ask) => ask()));
  assertMatch(decodeLatin1(prepare() ?? prepare()!), /\r\ncontent-length: 4\r\n.*\r\n\r\ntext$/s);
  for (const [type, text, keepAlive] of [["a/c", "text", 64], ["a/c", "t", 64], ["a/c", "t", 4]]) {
    assertEquals(preparePlain(`${type}`, `${text}`, Number(keepAlive)), undefined);
  }
});

Deno.test("encodeRefusal() says why and ends the connection", () => {
  const text = decodeLatin1(encodeRefusal(426, "Use 13", { "sec-websocket-version": "13" }));
  assertMatch(text, /^HTTP\/1\.1 426 Upgrade Required\r\n/);
  assertMatch(text, /\r\nsec-websocket-version: 13\r\n/);
  assertMatch(text, /\r\ncontent-length: 7\r\nconnection: close\r\n\r\nUse 13\n$/);
});

Deno.test("encodeContinue() is an interim response", () => {
  assertEquals(decodeLatin1(encodeContinue()), "HTTP/1.1 100 Continue\r\n\r\n");
});

Deno.test("joinBytes() joins", () => {
  assertEquals(
    joinBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)),
    Uint8Array.of(1, 2, 3),
  );
});
