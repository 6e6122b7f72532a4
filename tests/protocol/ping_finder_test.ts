/** Tests of protocol/ping_finder.ts. */

import { assertEquals } from "@std/assert";
import { Opcode } from "../../protocol/opcode.ts";
import { PingFinder } from "../../protocol/ping_finder.ts";
import { concat } from "../support/bytes.ts";
import { closeTo, frameTo, messageTo } from "../support/frames.ts";

function ping(...payload: number[]): Uint8Array {
  return frameTo("server", { opcode: Opcode.Ping, payload: Uint8Array.from(payload) });
}

/** The first bytes of the pings that are found in chunks. */
function find(...chunks: Uint8Array[]): (number | undefined)[] {
  const found: (number | undefined)[] = [];
  const finder = new PingFinder("client", (payload) => found.push(payload[0]));
  for (const chunk of chunks) finder.look(chunk);
  return found;
}

const stream = concat([
  ping(1),
  messageTo("server", "x".repeat(70_000)),
  ping(2),
  messageTo("server", "x".repeat(300)),
  ping(),
  messageTo("server", ""),
  ping(3, 4),
]);

Deno.test("PingFinder.look() finds pings between messages, and changes nothing", () => {
  const bytes = stream.slice();
  assertEquals(find(bytes), [1, 2, undefined, 3]);
  assertEquals(bytes, stream);
});

Deno.test("PingFinder.look() finds pings in chunks of any length", () => {
  for (const size of [1, 2, 3, 7, 1_000]) {
    const chunks = [];
    for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
    assertEquals(find(...chunks), [1, 2, undefined, 3], `${size} bytes`);
  }
});

Deno.test("hostile 182: PingFinder.look() finds nothing behind a Close or a broken rule", () => {
  assertEquals(find(ping(1), closeTo("server", 1000), ping(2)), [1]);
  const broken = [[0x83, 0x80, 0, 0, 0, 0], [0x89, 0], [0xc9, 0x80, 0, 0, 0, 0], [
    0x89,
    0xfe,
    0,
    1,
  ]];
  for (const bytes of broken) {
    assertEquals(find(ping(1), Uint8Array.from([...bytes, 0, 0, 0, 0]), ping(2)), [1]);
  }
});
