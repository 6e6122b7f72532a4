import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HandshakeError } from "../../protocol/errors.ts";
import { HeaderFields } from "../../protocol/header_fields.ts";
import { requestBody, RequestParser, ResponseParser } from "../../protocol/http1.ts";
import { encodeLatin1 } from "../../protocol/latin1.ts";
import {
  assertRequestRefused,
  assertResponseRefused,
  headLimits,
  headText,
  parseRequest,
  parseResponse,
} from "../support/heads.ts";

function requestWith(...fields: [name: string, value: string][]): string {
  return headText("GET / HTTP/1.1", fields);
}

Deno.test("RequestParser gives method, target, version and fields", () => {
  const head = parseRequest("GET /a?b HTTP/1.1\r\nHost: a\r\nX-Y:  z \r\n\r\n");
  assertEquals({ ...head, fields: [...head.fields] }, {
    method: "GET",
    target: "/a?b",
    version: 1,
    fields: [["host", "a"], ["x-y", "z"]],
  });
});

Deno.test("hostile 18: RequestParser.push() leaves what stands behind the head", () => {
  assertEquals(parseRequest(requestWith(["Host", "a"]), "\x81\x80\0\0\0\0").target, "/");
});

Deno.test("RequestParser.reset() goes on to the pipelined request", () => {
  const parser = new RequestParser(headLimits);
  const first = encodeLatin1("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  const both = encodeLatin1("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n");
  assertEquals(parser.push(both), first.length);
  const { head } = parser;
  assertEquals(head?.target, "/1");
  assertEquals(parser.push(both.subarray(first.length)), 0);
  assertStrictEquals(parser.head, head);
  parser.reset();
  assertEquals(parser.head, undefined);
  parser.push(both.subarray(first.length));
  assertEquals(parser.head?.target, "/2");
});

Deno.test("RequestParser.head does not follow the chunk when that is used again", () => {
  const chunk = encodeLatin1(requestWith(["Host", "a"]));
  const parser = new RequestParser(headLimits);
  parser.push(chunk);
  chunk.fill(0x5a);
  assertEquals(parser.head?.fields.get("host"), "a");
});

Deno.test("RequestParser refuses malformed request lines", () => {
  for (
    const line of [
      "",
      " ",
      "GET",
      "GET /",
      "GET  / HTTP/1.1",
      "GET /  HTTP/1.1",
      " GET / HTTP/1.1",
      "GET / HTTP/1.1 ",
      "GET /a b HTTP/1.1",
      "GET\t/ HTTP/1.1",
      "GET /\tHTTP/1.1",
      "G@T / HTTP/1.1",
      "GET /\xe9 HTTP/1.1",
      "GET / http/1.1",
      "GET / HTTP/1",
      "GET / HTTP/11.1",
      "GET / HTTP/1.1a",
      "GET / ",
      "GET HTTP/1.1",
    ]
  ) {
    assertRequestRefused(headText(line, [["Host", "a"]]), 400);
  }
});

Deno.test("RequestParser refuses targets that its method may not have", () => {
  for (const line of ["GET * HTTP/1.1", "GET a:80 HTTP/1.1", "GET /#a HTTP/1.1"]) {
    assertRequestRefused(headText(line, [["Host", "a"]]), 400);
  }
});

Deno.test("hostile 5: RequestParser reads HTTP/1.0 and refuses any other version with 505", () => {
  assertEquals(parseRequest("GET / HTTP/1.0\r\n\r\n").version, 0);
  for (const version of ["0.9", "1.2", "2.0", "3.0"]) {
    assertRequestRefused(headText(`GET / HTTP/${version}`, [["Host", "a"]]), 505);
  }
  assertRequestRefused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
});

Deno.test("hostile 7: RequestParser wants one valid Host in HTTP/1.1", () => {
  assertRequestRefused(requestWith(), 400);
  assertRequestRefused(requestWith(["Host", "a"], ["host", "a"]), 400);
  for (const host of ["", "a@b", "a/", "a, b", "a\x0b", "a:b", "a b"]) {
    assertRequestRefused(requestWith(["Host", host]), 400);
  }
});

Deno.test("hostile 7: RequestParser lets only HTTP/1.0 go without a Host", () => {
  assertEquals(parseRequest("GET / HTTP/1.0\r\nHost: a\r\n\r\n").fields.get("host"), "a");
  assertRequestRefused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400);
  assertRequestRefused("GET / HTTP/1.0\r\nHost: a@b\r\n\r\n", 400);
});

Deno.test("hostile 23: RequestParser refuses a list stretched by 60 KB of spaces", () => {
  const list = `a${" ".repeat(60_000)}b`;
  assertRequestRefused(requestWith(["Host", "a"], ["Sec-WebSocket-Protocol", list]), 431);
});

Deno.test("hostile 33: RequestParser bounds a thousand offers by the size of their field", () => {
  const offers = (name: string) => Array(1000).fill(name).join(", ");
  const head = requestWith(["Host", "a"], ["Sec-WebSocket-Extensions", offers("x")]);
  assertEquals(parseRequest(head).fields.size, 2);
  assertRequestRefused(
    requestWith(["Host", "a"], ["Sec-WebSocket-Extensions", offers("permessage-deflate")]),
    431,
  );
});

Deno.test("ResponseParser gives status, reason phrase, version and fields", () => {
  const head = parseResponse("HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n", "\x81\0");
  assertEquals({ ...head, fields: [...head.fields] }, {
    status: 101,
    statusText: "Switching Protocols",
    version: 1,
    fields: [["a", "b"]],
  });
});

Deno.test("ResponseParser reads an empty and an odd reason phrase", () => {
  assertEquals(parseResponse("HTTP/1.1 200 \r\n\r\n").statusText, "");
  assertEquals(parseResponse("HTTP/1.0 404 n\xe3o \tok\r\n\r\n").statusText, "n\xe3o \tok");
});

Deno.test("ResponseParser refuses malformed status lines", () => {
  for (
    const line of [
      "",
      "HTTP/1.1 101",
      "HTTP/1.1  101 OK",
      "HTTP/1.1 10 OK",
      "HTTP/1.1 1010 OK",
      "HTTP/1.1 001 OK",
      "HTTP/1.1 1e1 OK",
      "HTTP/2.0 200 OK",
      "http/1.1 200 OK",
      "ICY 200 OK",
    ]
  ) {
    assertResponseRefused(`${line}\r\n\r\n`);
  }
});

Deno.test("ResponseParser has the limits of RequestParser, and status 0", () => {
  assertResponseRefused("HTTP/1.1 200 ".padEnd(8193, "a"));
  assertResponseRefused(`HTTP/1.1 200 \r\n${"x:\r\n".repeat(101)}\r\n`);
});

Deno.test("ResponseParser.reset() goes on to the response behind an interim one", () => {
  const parser = new ResponseParser(headLimits);
  const bytes = encodeLatin1("HTTP/1.1 103 \r\n\r\nHTTP/1.1 101 \r\n\r\n");
  const taken = parser.push(bytes);
  assertEquals(parser.head?.status, 103);
  parser.reset();
  assertEquals(parser.head, undefined);
  parser.push(bytes.subarray(taken));
  assertEquals(parser.head?.status, 101);
});

function bodyOf(version: 0 | 1, ...fields: [string, string][]): unknown {
  return requestBody({ method: "POST", target: "/", version, fields: new HeaderFields(fields) });
}

function assertBodyRefused(status: number, ...fields: [string, string][]): void {
  const error = assertThrows(() => bodyOf(1, ...fields), HandshakeError);
  assertEquals(error.status, status, JSON.stringify(fields));
}

Deno.test("requestBody() tells the three ways in which a body is framed", () => {
  assertEquals(bodyOf(1), { kind: "none" });
  assertEquals(bodyOf(1, ["Content-Length", "0"]), { kind: "length", length: 0 });
  assertEquals(bodyOf(0, ["Content-Length", "12"]), { kind: "length", length: 12 });
  assertEquals(bodyOf(1, ["Transfer-Encoding", "Chunked"]), { kind: "chunked" });
});

Deno.test("hostile 15: requestBody() refuses a body that is framed in two ways", () => {
  assertBodyRefused(400, ["Content-Length", "1"], ["Transfer-Encoding", "chunked"]);
  assertBodyRefused(400, ["Transfer-Encoding", "chunked"], ["Content-Length", "0"]);
});

Deno.test("hostile 15: requestBody() refuses repeated lengths, equal or not", () => {
  assertBodyRefused(400, ["Content-Length", "1"], ["Content-Length", "2"]);
  assertBodyRefused(400, ["Content-Length", "1"], ["Content-Length", "1"]);
  assertBodyRefused(400, ["Content-Length", "1, 1"]);
});

Deno.test("hostile 15: requestBody() refuses lengths that are no plain number", () => {
  for (const value of ["", "+1", "-1", "1.0", "0x1", "1e3", "1 ", " 1", "a", "9".repeat(16), "١"]) {
    assertBodyRefused(400, ["Content-Length", value]);
  }
  assertEquals(bodyOf(1, ["Content-Length", "9".repeat(15)]), {
    kind: "length",
    length: 999_999_999_999_999,
  });
});

Deno.test("hostile 15: requestBody() refuses a Transfer-Encoding in disguise", () => {
  for (
    const value of [
      "",
      "xchunked",
      "identity",
      "chunked, identity",
      "chunked, chunked",
      "chunked;q=1",
      '"chunked"',
      "\x0bchunked",
      "chunked\xa0",
      "chunked,",
      ",chunked",
      "chunked chunked",
    ]
  ) {
    assertBodyRefused(400, ["Transfer-Encoding", value]);
  }
  assertBodyRefused(400, ["Transfer-Encoding", "chunked"], ["Transfer-Encoding", "chunked"]);
  assertBodyRefused(400, ["Transfer-Encoding", "chunked"], ["Transfer-Encoding", "identity"]);
});

Deno.test("requestBody() refuses a coding that we do not know with 501", () => {
  assertBodyRefused(501, ["Transfer-Encoding", "gzip, chunked"]);
  assertBodyRefused(501, ["Transfer-Encoding", "gzip"], ["Transfer-Encoding", "chunked"]);
});

Deno.test("hostile 15: requestBody() refuses a Transfer-Encoding in HTTP/1.0", () => {
  const error = assertThrows(() => bodyOf(0, ["Transfer-Encoding", "chunked"]), HandshakeError);
  assertEquals(error.status, 400);
});

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
const name = token.filter((text) => text.toLowerCase() !== "host");
const value = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
}).map((text) => text.replace(/^ +/, "").replace(/ +$/, ""));

Deno.test("RequestParser gives back any fields, in any pieces", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(name, value), { maxLength: 99 }),
    fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
    (entries, sizes) => {
      const bytes = encodeLatin1(requestWith(["Host", "a"], ...entries));
      const parser = new RequestParser({ ...headLimits, maxHeaderSize: 1_000_000 });
      for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length]!) {
        parser.push(bytes.subarray(at, at + sizes[i % sizes.length]!));
      }
      assertEquals(
        [...parser.head!.fields].slice(1).map(([name, value]) => [name, value]),
        entries.map(([name, value]) => [name.toLowerCase(), value]),
      );
    },
  ));
});

Deno.test("RequestParser throws nothing but HandshakeError on any bytes", () => {
  const lines = fc.array(
    fc.constantFrom("GET / HTTP/1.1", "Host: a", "\r\n", "\r", "\n", ":", " "),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    lines.map((parts) => encodeLatin1(parts.join(""))),
  );
  fc.assert(
    fc.property(bytes, (bytes) => {
      for (const parser of [new RequestParser(headLimits), new ResponseParser(headLimits)]) {
        try {
          assert(parser.push(bytes) <= bytes.length);
        } catch (error) {
          if (!(error instanceof HandshakeError)) throw error;
          assert([0, 400, 414, 431, 505].includes(error.status));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("hostile 148: RequestParser.head has the host of an absolute-form target, whatever Host says", () => {
  for (const host of ["Host: evil.example\r\n", "Host: a.example:8080\r\n"]) {
    const text = `GET http://a.example:8080/b?c HTTP/1.1\r\n${host}X: 1\r\n\r\n`;
    const { target, fields } = parseRequest(text);
    assertEquals(target, "http://a.example:8080/b?c");
    assertEquals(fields.getAll("host"), ["a.example:8080"]);
    assertEquals([fields.get("x"), fields.size], ["1", 2]);
  }
  const { fields } = parseRequest("GET http://a.example HTTP/1.0\r\n\r\n");
  assertEquals([...fields], [["host", "a.example"]]);
});
