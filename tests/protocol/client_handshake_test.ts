import { assertEquals, assertThrows } from "@std/assert";
import { checkUpgradeResponse, encodeUpgradeRequest } from "../../protocol/client_handshake.ts";
import { HandshakeError } from "../../protocol/errors.ts";
import type { Extension } from "../../protocol/extension_list.ts";
import { checkUpgradeRequest, encodeUpgradeResponse } from "../../protocol/handshake.ts";
import { decodeLatin1 } from "../../protocol/latin1.ts";
import {
  headText,
  parseRequest,
  parseResponse,
  sampleAccept,
  sampleKey,
} from "../support/heads.ts";

const key = sampleKey;
const extensions: Extension[] = [
  { name: "x", parameters: [["bits", "10"]] },
  { name: "x", parameters: [] },
  { name: "y", parameters: [] },
];
const offer = { key, protocols: ["chat.v2", "chat.v1"], extensions };

type Fields = [name: string, value: string][];

/** The fields of a good answer, where those of one name are replaced by given values. */
function withField(name: string, ...values: string[]): Fields {
  const fields: Fields = [
    ["Upgrade", "WebSocket"],
    ["Connection", "upgrade"],
    ["Sec-WebSocket-Accept", sampleAccept],
  ];
  return [
    ...fields.filter((field) => field[0] !== name),
    ...values.map((value): [string, string] => [name, value]),
  ];
}

function check(fields: Fields, line = "HTTP/1.1 101 Switching Protocols"): unknown {
  return checkUpgradeResponse(parseResponse(headText(line, fields)), offer);
}

function assertRefused(fields: Fields, line?: string): void {
  const error = assertThrows(() => check(fields, line), HandshakeError);
  assertEquals([error.status, error.code], [0, "BAD_RESPONSE"]);
}

Deno.test("encodeUpgradeRequest() writes what checkUpgradeRequest() reads", () => {
  const bytes = encodeUpgradeRequest({ ...offer, host: "a.example:8080", target: "/chat?b" });
  const head = parseRequest(decodeLatin1(bytes));
  assertEquals([head.method, head.target, head.fields.get("host")], [
    "GET",
    "/chat?b",
    "a.example:8080",
  ]);
  assertEquals(checkUpgradeRequest(head), offer);
});

Deno.test("encodeUpgradeRequest() writes the caller's fields and leaves out empty lists", () => {
  const headers: Fields = [["Origin", "http://a.example"], ["Cookie", "a=\xe9"]];
  const bytes = encodeUpgradeRequest({ host: "a", target: "/", key, headers });
  assertEquals([...parseRequest(decodeLatin1(bytes)).fields], [
    ["host", "a"],
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-key", key],
    ["sec-websocket-version", "13"],
    ["origin", "http://a.example"],
    ["cookie", "a=\xe9"],
  ]);
});

Deno.test("hostile 26: encodeUpgradeRequest() throws on what could not be sent as it is", () => {
  const good = { host: "a", target: "/", key };
  for (
    const bad of [
      { host: "a\r\nb: c" },
      { host: "a@b" },
      { target: "/ HTTP/1.1\r\nb: c" },
      { target: "a" },
      { target: "" },
      { key: "abc" },
      { protocols: ["a b"] },
      { protocols: ["a", "a"] },
      { extensions: [{ name: "a\r\n", parameters: [] }] },
      { headers: [["a", "b\nc"]] as Fields },
      { headers: [["Host", "b"]] as Fields },
    ]
  ) {
    assertThrows(() => encodeUpgradeRequest({ ...good, ...bad }), TypeError);
  }
});

Deno.test("checkUpgradeResponse() agrees with what encodeUpgradeResponse() wrote", () => {
  const agreed = { protocol: "chat.v1", extensions: [{ name: "x", parameters: [] }] };
  const bytes = encodeUpgradeResponse({ key, ...agreed });
  const head = parseResponse(decodeLatin1(bytes), "\x81\0");
  assertEquals(checkUpgradeResponse(head, offer), agreed);
});

Deno.test("checkUpgradeResponse() wants neither subprotocol nor extensions", () => {
  const nothing = { protocol: undefined, extensions: [] };
  assertEquals(check(withField("")), nothing);
  assertEquals(
    checkUpgradeResponse(parseResponse(headText("HTTP/1.1 101 ", withField(""))), { key }),
    nothing,
  );
});

Deno.test("checkUpgradeResponse() refuses any status but 101, and HTTP/1.0", () => {
  for (const line of ["HTTP/1.1 200 OK", "HTTP/1.1 100 ", "HTTP/1.1 302 Found", "HTTP/1.0 101 "]) {
    assertRefused(withField(""), line);
  }
});

Deno.test("checkUpgradeResponse() refuses an Upgrade or Connection that does not agree", () => {
  for (const values of [[], [""], ["h2c"], ["websocket, h2c"], ["websocket", "websocket"]]) {
    assertRefused(withField("Upgrade", ...values));
  }
  for (const values of [[], [""], ["close"]]) assertRefused(withField("Connection", ...values));
});

Deno.test("checkUpgradeResponse() refuses an accept key that is missing, wrong or repeated", () => {
  for (
    const values of [[], [""], [key], [sampleAccept.toLowerCase()], [sampleAccept, sampleAccept]]
  ) {
    assertRefused(withField("Sec-WebSocket-Accept", ...values));
  }
});

Deno.test("checkUpgradeResponse() refuses a subprotocol that was not offered, or two", () => {
  for (
    const values of [[""], ["soap"], ["CHAT.V1"], ["chat.v1, chat.v2"], ["chat.v1", "chat.v2"]]
  ) {
    assertRefused(withField("Sec-WebSocket-Protocol", ...values));
  }
});

Deno.test("checkUpgradeResponse() refuses extensions not offered, repeated or malformed", () => {
  for (const value of ["z", "constructor", "x, z", "x, x", "x;", 'x; a="']) {
    assertRefused(withField("Sec-WebSocket-Extensions", value));
  }
});
