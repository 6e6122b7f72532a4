/** The cost of a handshake's pure parts, against splitting text. */

import { acceptKey, checkUpgradeRequest } from "../protocol/handshake.ts";
import { RequestParser } from "../protocol/http1.ts";

const limits = { maxRequestLine: 8192, maxHeaderSize: 16_384, maxHeaders: 100 };
const key = "dGhlIHNhbXBsZSBub25jZQ==";

/** As a browser sends it. */
const head = new TextEncoder().encode([
  "GET /ws HTTP/1.1",
  "Host: localhost:8080",
  "Connection: Upgrade",
  "Pragma: no-cache",
  "Cache-Control: no-cache",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
  "Upgrade: websocket",
  "Origin: http://localhost:8080",
  "Sec-WebSocket-Version: 13",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9",
  `Sec-WebSocket-Key: ${key}`,
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
  "\r\n",
].join("\r\n"));

const decoder = new TextDecoder();
const parser = new RequestParser(limits);

Deno.bench("RequestParser", { group: "parse a head", baseline: true }, () => {
  parser.push(head);
  parser.reset();
});

Deno.bench("RequestParser, two halves", { group: "parse a head" }, () => {
  parser.push(head.subarray(0, 200));
  parser.push(head.subarray(200));
  parser.reset();
});

Deno.bench("split into Headers, nothing checked", { group: "parse a head" }, () => {
  const [, ...lines] = decoder.decode(head).trimEnd().split("\r\n");
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
});

const parsed = new RequestParser(limits);
parsed.push(head);
const request = parsed.head!;

Deno.bench("checkUpgradeRequest", { group: "handshake" }, () => {
  checkUpgradeRequest(request);
});

Deno.bench("acceptKey", { group: "accept key", baseline: true }, () => {
  acceptKey(key);
});

Deno.bench("crypto.subtle", { group: "accept key" }, async () => {
  const text = new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
  new Uint8Array(await crypto.subtle.digest("SHA-1", text)).toBase64();
});
