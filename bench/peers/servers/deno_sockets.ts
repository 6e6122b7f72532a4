/**
 * The least that a program in TypeScript on Deno's sockets does: no server, but what each of them
 * is built on. One read, one write and the frames between them: no checks, no limits, no messages
 * that a handler could keep, no pings, no timeouts. Its cost is the least that such a server can
 * have.
 */

// deno-lint-ignore-file no-console -- this is a program

import { createHash } from "node:crypto";
import { address, identity, kind } from "./deno_flags.ts";

const encoder = new TextEncoder();
const members = new Set<Deno.Conn>();

/** Frames of one chunk, unmasked and without their keys; `used` is where the next one begins. */
interface Frames {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly used: number;
  readonly closing: boolean;
}

/** Turns the whole frames of a chunk into what a server sends back. */
function answer(chunk: Uint8Array, out: Uint8Array<ArrayBuffer>): Frames {
  let at = 0;
  let end = 0;
  let closing = false;
  while (chunk.length - at >= 6) {
    let headerLength = 2;
    let length = chunk[at + 1]! & 0x7f;
    if (length === 126) {
      length = chunk[at + 2]! << 8 | chunk[at + 3]!;
      headerLength = 4;
    } else if (length === 127) {
      length = new DataView(chunk.buffer, chunk.byteOffset + at + 6).getUint32(0);
      headerLength = 10;
    }
    const payload = at + headerLength + 4;
    if (payload + length > chunk.length) break;
    for (let i = 0; i < headerLength; i++) out[end + i] = chunk[at + i]!;
    out[end + 1]! &= 0x7f;
    end += headerLength;
    if (length < 128) {
      for (let i = 0; i < length; i++) {
        out[end + i] = chunk[payload + i]! ^ chunk[payload - 4 + (i & 3)]!;
      }
    } else {
      out.set(chunk.subarray(payload, payload + length), end);
      unmask(out, end, length, chunk.subarray(payload - 4, payload));
    }
    end += length;
    closing ||= (chunk[at]! & 0x0f) === 8;
    at = payload + length;
  }
  return { bytes: out.subarray(0, end), used: at, closing };
}

function unmask(bytes: Uint8Array<ArrayBuffer>, start: number, length: number, key: Uint8Array) {
  const end = start + length;
  let at = start;
  for (; at < end && (at & 3) !== 0; at++) bytes[at]! ^= key[(at - start) & 3]!;
  const words = new Int32Array(bytes.buffer, at, (end - at) >> 2);
  const turned = Uint8Array.from(key, (_, i) => key[(i + at - start) & 3]!);
  const word = new Int32Array(turned.buffer)[0]!;
  for (let i = 0; i < words.length; i++) words[i]! ^= word;
  for (at += 4 * words.length; at < end; at++) bytes[at]! ^= key[(at - start) & 3]!;
}

async function serve(conn: Deno.Conn): Promise<void> {
  // As long as no more than a small message has come, a small buffer serves.
  let buffer = new Uint8Array(1024);
  let out = new Uint8Array(buffer.length);
  const head = new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0));
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1];
  if (key === undefined) return;
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  await conn.write(encoder.encode(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  ));
  if (kind === "fanout") members.add(conn);
  let kept = 0;
  for (;;) {
    if (kept === buffer.length) {
      const larger = new Uint8Array(Math.max(65_536, 2 * buffer.length));
      larger.set(buffer);
      buffer = larger;
      out = new Uint8Array(larger.length);
    }
    const size = await conn.read(buffer.subarray(kept));
    if (size === null) return;
    kept += size;
    const { bytes, used, closing } = answer(buffer.subarray(0, kept), out);
    if (kept > used) buffer.copyWithin(0, used, kept);
    kept -= used;
    if (members.has(conn) && !closing) broadcast(bytes.slice());
    else await writeAll(conn, bytes);
    if (closing) return;
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

function broadcast(bytes: Uint8Array): void {
  for (const member of members) writeAll(member, bytes).catch(() => {});
}

const listener = identity === undefined
  ? Deno.listen(address)
  : Deno.listenTls({ ...address, ...identity });
console.log(`Listening on http://127.0.0.1:${listener.addr.port}/`);
for await (const conn of listener) {
  serve(conn).catch(() => {}).finally(() => {
    members.delete(conn);
    conn.close();
  });
}
