/** Tests of server/net/listen/proxy_protocol.ts. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  parseProxyHeader,
  ProxiedSocket,
  ProxyHeaderError,
} from "../../../../server/net/listen/proxy_protocol.ts";
import type { Socket } from "../../../../server/net/listen/socket.ts";
import { binaryProxyHeader } from "../../../support/proxy_header.ts";

const encoder = new TextEncoder();

/** Headers of clients, and the addresses and ports in them. */
const headers:
  readonly (readonly [header: Uint8Array, address: string | undefined, port: number])[] = [
    [encoder.encode("PROXY TCP4 203.0.113.7 192.0.2.1 65535 0\r\n"), "203.0.113.7", 65535],
    [encoder.encode("PROXY TCP6 2001:db8:0:0::7 2001:db8::1 4711 443\r\n"), "2001:db8::7", 4711],
    [encoder.encode("PROXY TCP6 ::ffff:203.0.113.7 ::1 4711 443\r\n"), "203.0.113.7", 4711],
    [encoder.encode("PROXY UNKNOWN\r\n"), undefined, 0],
    [encoder.encode(`PROXY UNKNOWN ${"x".repeat(91)}\r\n`), undefined, 0],
    [
      binaryProxyHeader({ family: 0x11, body: [203, 0, 113, 7, 192, 0, 2, 1, 1, 2, 3, 4] }),
      "203.0.113.7",
      258,
    ],
    [
      binaryProxyHeader({
        family: 0x21,
        body: [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 7, ...new Array(20).fill(1)],
      }),
      "2001:db8::7",
      257,
    ],
    [
      binaryProxyHeader({
        family: 0x11,
        body: [203, 0, 113, 7, 192, 0, 2, 1, 1, 2, 3, 4, 0x02, 0, 3, 97, 98, 99], // with a TLV
      }),
      "203.0.113.7",
      258,
    ],
    [binaryProxyHeader({ command: 0x20, family: 0x00, body: [] }), undefined, 0],
    [binaryProxyHeader({ command: 0x20, family: 0x11, body: [1, 2, 3] }), undefined, 0],
    [binaryProxyHeader({ family: 0x00, body: [1, 2, 3] }), undefined, 0],
    [binaryProxyHeader({ family: 0x31, body: new Array(216).fill(97) }), undefined, 0],
  ];

Deno.test("parseProxyHeader() reads the client's address, as soon as all has come", () => {
  for (const [header, address, port] of headers) {
    assertEquals(parseProxyHeader(header), { address, port, size: header.length });
    for (let end = 0; end < header.length; end++) {
      assertEquals(parseProxyHeader(header.subarray(0, end)), undefined, `${end}`);
    }
    const followed = Uint8Array.of(...header, ...encoder.encode("GET / HTTP/1.1\r\n\r\n"));
    assertEquals(parseProxyHeader(followed), { address, port, size: header.length });
  }
});

Deno.test("hostile 210: parseProxyHeader() refuses what is no header", () => {
  const texts = [
    "GET / HTTP/1.1\r\n",
    "proxy TCP4 203.0.113.7 192.0.2.1 1 2\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 2\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1 65536\r\n",
    "PROXY TCP4 203.0.113.7 192.0.2.1 1\r\n",
    "PROXY TCP4 203.0.113.256 192.0.2.1 1 2\r\n",
    "PROXY TCP4 203.0.113.7  192.0.2.1 1 2\r\n",
    "PROXY TCP4 2001:db8::7 192.0.2.1 1 2\r\n",
    "PROXY TCP6 203.0.113.7 2001:db8::1 1 2\r\n",
    "PROXY TCP6 fe80::1%eth0 fe80::2%eth0 1 2\r\n",
    "PROXY UDP4 203.0.113.7 192.0.2.1 1 2\r\n",
    `PROXY UNKNOWN ${"x".repeat(92)}\r\n`,
    `PROXY ${"1".repeat(101)}`,
  ];
  const body = [203, 0, 113, 7, 192, 0, 2, 1, 1, 2, 3, 4];
  const binary = [
    binaryProxyHeader({ command: 0x11, family: 0x11, body }), // version 1
    binaryProxyHeader({ command: 0x22, family: 0x11, body }), // no such command
    binaryProxyHeader({ family: 0x12, body }), // datagrams
    binaryProxyHeader({ family: 0x41, body }), // no such family
    binaryProxyHeader({ family: 0x11, body: body.slice(1) }),
    binaryProxyHeader({ family: 0x21, body }),
    binaryProxyHeader({ family: 0x11, body: new Array(2_049).fill(0) }).subarray(0, 16),
  ];
  for (const bytes of [...texts.map((text) => encoder.encode(text)), ...binary]) {
    assertThrows(() => parseProxyHeader(bytes), ProxyHeaderError);
  }
});

Deno.test("hostile 210: parseProxyHeader() throws nothing but its own error, whatever comes", () => {
  const start = fc.constantFrom("", "PROXY ", "PROXY TCP4 ", "\r\n\r\n\0\r\nQUIT\n!");
  fc.assert(fc.property(start, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
    try {
      const bytes = Uint8Array.of(...encoder.encode(start), ...rest);
      const header = parseProxyHeader(bytes);
      assert(header === undefined || header.size <= bytes.length);
    } catch (error) {
      assert(error instanceof ProxyHeaderError);
    }
  }));
});

/** A proxy's connection that hands over its bytes in given portions. */
function proxySocket(...portions: Uint8Array[]): Socket {
  return {
    remoteAddress: "10.0.0.1",
    remotePort: 1234,
    read(buffer) {
      const portion = portions.shift();
      if (portion === undefined) return Promise.resolve(null);
      const size = Math.min(portion.length, buffer.length);
      buffer.set(portion.subarray(0, size));
      if (size < portion.length) portions.unshift(portion.subarray(size));
      return Promise.resolve(size);
    },
    write: (bytes) => Promise.resolve(bytes.length),
    closeWrite: () => Promise.resolve(),
    close() {},
  };
}

async function readAll(socket: Socket): Promise<string> {
  const buffer = new Uint8Array(5);
  let text = "";
  for (let size; (size = await socket.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, size));
  }
  return text;
}

Deno.test("ProxiedSocket takes the header off, and keeps what follows it", async () => {
  for (const [header, address, port] of headers) {
    const bytes = Uint8Array.of(...header, ...encoder.encode("GET / and more"));
    for (let cut = 1; cut <= bytes.length; cut += 7) {
      const socket = new ProxiedSocket(proxySocket(bytes.subarray(0, cut), bytes.subarray(cut)));
      await socket.handshake();
      assertEquals(socket.remoteAddress, address ?? "10.0.0.1");
      assertEquals(socket.remotePort, address === undefined ? 1234 : port);
      assertEquals(socket.hops, address === undefined ? 0 : 1);
      assertEquals(await readAll(socket), "GET / and more");
    }
  }
});

Deno.test("hostile 210: ProxiedSocket refuses a header that ends early, and a look is none", async () => {
  const [header] = headers[0]!;
  const cut = new ProxiedSocket(proxySocket(header.subarray(0, 20)));
  await assertRejects(() => cut.handshake(), ProxyHeaderError, "ends within");
  const look = new ProxiedSocket(proxySocket());
  await look.handshake();
  assertEquals(look.remoteAddress, "10.0.0.1");
});
