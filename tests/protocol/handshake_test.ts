import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HandshakeError } from "../../protocol/errors.ts";
import {
  acceptKey,
  checkUpgradeRequest,
  encodeUpgradeResponse,
  isUpgradeRequest,
  selectSubprotocol,
  type UpgradeRequest,
} from "../../protocol/handshake.ts";
import { RequestParser } from "../../protocol/http1.ts";
import { decodeLatin1, encodeLatin1 } from "../../protocol/latin1.ts";
import {
  headLimits,
  headText,
  parseRequest,
  parseResponse,
  sampleAccept,
  sampleKey,
  upgradeFields,
} from "../support/heads.ts";

type Fields = readonly (readonly [name: string, value: string])[];

/** The fields of a good request, where those of one name are replaced by given values. */
function withField(name: string, ...values: string[]): Fields {
  const others = upgradeFields.filter((field) => field[0] !== name);
  return [...others, ...values.map((value) => [name, value] as const)];
}

/** Sends a request through the parser and the check, cut in every way. */
function check(fields: Fields, line = "GET /chat HTTP/1.1"): UpgradeRequest {
  return checkUpgradeRequest(parseRequest(headText(line, fields)));
}

function assertRefused(status: number, fields: Fields, line?: string): HandshakeError {
  const error = assertThrows(() => check(fields, line), HandshakeError);
  assertEquals(error.status, status, JSON.stringify([line, fields]));
  return error;
}

Deno.test("acceptKey() answers the key of RFC 6455 §1.3", () => {
  assertEquals(acceptKey(sampleKey), sampleAccept);
});

Deno.test("isUpgradeRequest() asks for websocket in any case", () => {
  const ask = (...values: string[]) =>
    isUpgradeRequest(parseRequest(headText("POST / HTTP/1.1", withField("Upgrade", ...values))));
  assert(ask("WebSocket"));
  assert(ask("h2c, websocket"));
  assert(ask("h2c", "websocket"));
  assert(!ask());
  assert(!ask("h2c"));
  assert(!ask("websockets"));
});

Deno.test("checkUpgradeRequest() gives key, subprotocols and offers", () => {
  const fields: Fields = [
    ...upgradeFields,
    ["Sec-WebSocket-Protocol", "chat.v2, chat.v1"],
    ["Sec-WebSocket-Protocol", "soap"],
    ["Sec-WebSocket-Extensions", "a; b=1"],
    ["Sec-WebSocket-Extensions", "c"],
  ];
  assertEquals(check(fields), {
    key: sampleKey,
    protocols: ["chat.v2", "chat.v1", "soap"],
    extensions: [{ name: "a", parameters: [["b", "1"]] }, { name: "c", parameters: [] }],
  });
});

Deno.test("checkUpgradeRequest() wants neither subprotocols nor extensions", () => {
  assertEquals(check(upgradeFields), { key: sampleKey, protocols: [], extensions: [] });
});

Deno.test("hostile 1: checkUpgradeRequest() refuses a missing version and names 13", () => {
  const error = assertRefused(426, withField("Sec-WebSocket-Version"));
  assertEquals(error.headers, { "upgrade": "websocket", "sec-websocket-version": "13" });
});

Deno.test("hostile 2: checkUpgradeRequest() refuses other versions and names 13", () => {
  for (const values of [["8"], ["7"], ["0"], ["14"], [""], ["013"], ["13, 8"], ["13", "13"]]) {
    const error = assertRefused(426, withField("Sec-WebSocket-Version", ...values));
    assertEquals(error.headers["sec-websocket-version"], "13");
  }
});

Deno.test("hostile 3: checkUpgradeRequest() refuses missing, bad and repeated keys", () => {
  const values = [[], [""], ["abc"], [sampleKey.slice(0, -1)], [`"${sampleKey}"`]];
  for (const keys of [...values, [sampleKey, sampleKey], [`${sampleKey}, ${sampleKey}`]]) {
    assertRefused(400, withField("Sec-WebSocket-Key", ...keys));
  }
});

Deno.test("hostile 4: checkUpgradeRequest() refuses methods but GET", () => {
  for (const method of ["POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "get", "GETS"]) {
    const error = assertRefused(405, upgradeFields, `${method} /chat HTTP/1.1`);
    assertEquals(error.headers, { "allow": "GET" });
  }
  assertRefused(405, upgradeFields, "CONNECT example.com:80 HTTP/1.1");
});

Deno.test("hostile 5: checkUpgradeRequest() refuses HTTP/1.0 with 505", () => {
  assertRefused(505, upgradeFields, "GET /chat HTTP/1.0");
});

Deno.test("hostile 6: checkUpgradeRequest() wants websocket in Upgrade", () => {
  for (const values of [[], ["h2c"], [""], ["web socket"], ["websocket/13"]]) {
    const error = assertRefused(426, withField("Upgrade", ...values));
    assertEquals(error.headers, { "upgrade": "websocket" });
  }
  assertEquals(check(withField("Upgrade", "h2c", "WebSocket")).key, sampleKey);
});

Deno.test("hostile 6: checkUpgradeRequest() wants upgrade in Connection", () => {
  for (const values of [[], ["keep-alive"], [""], ["upgrade-insecure"]]) {
    assertRefused(426, withField("Connection", ...values));
  }
  for (const values of [["keep-alive, Upgrade"], ["keep-alive", "UPGRADE"], ["upgrade"]]) {
    assertEquals(check(withField("Connection", ...values)).key, sampleKey);
  }
});

Deno.test("hostile 7: checkUpgradeRequest() refuses a head of another parser without Host", () => {
  const { fields } = parseRequest(headText("GET / HTTP/1.0", withField("Host")));
  const head = { method: "GET", target: "/", version: 1, fields } as const;
  assertEquals(assertThrows(() => checkUpgradeRequest(head), HandshakeError).status, 400);
});

Deno.test("hostile 14: checkUpgradeRequest() refuses a body, but not a length of 0", () => {
  for (
    const length of ["5", "x", "", "+0", "-0", "0x0", "0, 0", "0 0", "0.0", "00000000000000001"]
  ) {
    assertRefused(400, [...upgradeFields, ["Content-Length", length]]);
  }
  const zero = ["Content-Length", "0"] as const;
  assertRefused(400, [...upgradeFields, zero, zero]);
  for (const coding of ["chunked", "identity", ""]) {
    const field = ["Transfer-Encoding", coding] as const;
    assertRefused(400, [...upgradeFields, field]);
    assertRefused(400, [...upgradeFields, zero, field]);
  }
  for (const length of ["0", "000"]) {
    assertEquals(check(withField("Content-Length", length)).key, sampleKey);
  }
});

Deno.test("hostile 20: checkUpgradeRequest() refuses a request with one fault among good fields", () => {
  for (const [name] of upgradeFields) {
    if (name !== "Host") assertThrows(() => check(withField(name)), HandshakeError);
  }
});

Deno.test("hostile 21: checkUpgradeRequest() offers constructor and __proto__ to nobody", () => {
  const { extensions } = check(withField("Sec-WebSocket-Extensions", "constructor, __proto__"));
  assertEquals(extensions.map(({ name }) => name), ["constructor", "__proto__"]);
  assertRefused(400, withField("Sec-WebSocket-Extensions", ",;constructor"));
});

Deno.test("hostile 22: checkUpgradeRequest() refuses 8 KiB of an unclosed quoted string", () => {
  const value = `x; y="${"\\\\".repeat(4000)}`;
  assertRefused(400, withField("Sec-WebSocket-Extensions", value));
});

Deno.test("hostile 23: checkUpgradeRequest() refuses subprotocols joined by white space", () => {
  assertRefused(400, withField("Sec-WebSocket-Protocol", `a${" ".repeat(8000)}b`));
});

Deno.test("hostile 24: checkUpgradeRequest() refuses bad lists of subprotocols", () => {
  for (const values of [["a, a"], ["a", "a"], ["a,,b"], [","], [""], ["a b"], ["a;b"], ["\xe9"]]) {
    assertRefused(400, withField("Sec-WebSocket-Protocol", ...values));
  }
  assertEquals(check(withField("Sec-WebSocket-Protocol", "a, A")).protocols, ["a", "A"]);
});

Deno.test("selectSubprotocol() chooses the client's favourite among the supported", () => {
  assertEquals(selectSubprotocol(["c", "b", "a"], ["a", "b"]), "b");
});

Deno.test("hostile 25: selectSubprotocol() chooses nothing that was not offered", () => {
  assertEquals(selectSubprotocol(["a"], ["b"]), undefined);
  assertEquals(selectSubprotocol(["A"], ["a"]), undefined);
  assertEquals(selectSubprotocol([], ["a"]), undefined);
  assertEquals(selectSubprotocol(["a"], []), undefined);
});

Deno.test("encodeUpgradeResponse() writes the shortest answer", () => {
  assertEquals(
    decodeLatin1(encodeUpgradeResponse({ key: sampleKey })),
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${sampleAccept}\r\n\r\n`,
  );
});

Deno.test("encodeUpgradeResponse() writes what was agreed and the caller's fields", () => {
  const bytes = encodeUpgradeResponse({
    key: sampleKey,
    protocol: "chat",
    extensions: [{ name: "x", parameters: [["y", undefined]] }],
    headers: [["Set-Cookie", "a=\xe9"], ["Set-Cookie", "b"]],
  });
  const head = parseResponse(decodeLatin1(bytes));
  assertEquals(head.status, 101);
  assertEquals([...head.fields].slice(3), [
    ["sec-websocket-protocol", "chat"],
    ["sec-websocket-extensions", "x; y"],
    ["set-cookie", "a=\xe9"],
    ["set-cookie", "b"],
  ]);
});

Deno.test("hostile 26: encodeUpgradeResponse() throws before there are bytes", () => {
  const key = sampleKey;
  assertThrows(() => encodeUpgradeResponse({ key, headers: [["a", "b\r\nc: d"]] }), TypeError);
  assertThrows(() => encodeUpgradeResponse({ key, headers: [["a\0", "b"]] }), TypeError);
  assertThrows(() => encodeUpgradeResponse({ key, headers: [["Upgrade", "h2c"]] }), TypeError);
  assertThrows(() => encodeUpgradeResponse({ key, protocol: "a\r\nb: c" }), TypeError);
  assertThrows(() => encodeUpgradeResponse({ key: "abc" }), TypeError);
});

const goodHead = encodeLatin1(headText("GET /chat?a=%41 HTTP/1.1", [
  ...upgradeFields,
  ["Sec-WebSocket-Protocol", "chat.v2, chat.v1"],
  ["Sec-WebSocket-Extensions", 'permessage-deflate; client_max_window_bits="10", x'],
]));

/** One edit: a byte is replaced, left out or doubled, or a stretch is copied to another place. */
interface Edit {
  kind: "replace" | "remove" | "double" | "copy";
  at: number;
  to: number;
  byte: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("replace", "remove", "double", "copy"),
  at: fc.nat(goodHead.length - 1),
  to: fc.nat(goodHead.length - 1),
  byte: fc.oneof(fc.constantFrom(...encodeLatin1('\r\n\0 :,;"\\=\t%')), fc.nat(255)),
});

function mutate(bytes: Uint8Array, { kind, at, to, byte }: Edit): Uint8Array {
  const list = [...bytes];
  if (kind === "replace") list[at] = byte;
  else if (kind === "remove") list.splice(at, 1);
  else if (kind === "double") list.splice(at, 0, list[at] ?? byte);
  else list.splice(to, 0, ...list.slice(at, at + 40));
  return Uint8Array.from(list);
}

Deno.test("checkUpgradeRequest() throws nothing but HandshakeError on mutated requests", () => {
  const documented = [400, 405, 414, 426, 431, 505];
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const parser = new RequestParser(headLimits);
      try {
        parser.push(edits.reduce(mutate, goodHead));
        if (parser.head !== undefined) assertSound(checkUpgradeRequest(parser.head));
      } catch (error) {
        if (!(error instanceof HandshakeError)) throw error;
        assert(documented.includes(error.status), `${error.status}`);
      }
    }),
    { numRuns: 3000 },
  );
});

/** An accepted request can be answered. */
function assertSound({ key, protocols, extensions }: UpgradeRequest): void {
  const bytes = encodeUpgradeResponse({ key, protocol: protocols[0], extensions });
  assertEquals(parseResponse(decodeLatin1(bytes)).status, 101);
}
