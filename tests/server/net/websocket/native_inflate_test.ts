/** The way between the fast path and zlib: native_deflate_test.ts holds the output equal to pako's. */

import { assert, assertEquals } from "@std/assert";
import { pakoStreams } from "../../../../protocol/deflate.ts";
import { nativeStreams } from "../../../../server/net/websocket/native_deflate.ts";
import { ZlibStream } from "../../../../server/net/websocket/zlib_stream.ts";
import { concat, utf8 } from "../../../support/bytes.ts";
import { random } from "../../../support/splits.ts";

const given = { windowBits: 15, noContextTakeover: false };

/** More of them than the process keeps streams for. */
const connections = 20;

Deno.test("NativeInflater holds a stream of zlib only while there are messages for it", () => {
  const next = random(5);
  const noise = Uint8Array.from({ length: 3000 }, () => 256 * next());
  const pairs = Array.from({ length: connections }, () => ({
    deflater: pakoStreams.makeDeflater(given),
    inflater: nativeStreams().makeInflater(given),
  }));
  const send = (message: Uint8Array) => {
    for (const { deflater, inflater } of pairs) {
      const pieces: Uint8Array[] = [];
      const payload = deflater.compress(message).slice();
      inflater.inflate(payload, true, (output) => pieces.push(output.slice()));
      assertEquals(concat(pieces), message);
    }
  };
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 40; index++) send(utf8(`{"id":${index},"text":"hello"}`));
    const before = ZlibStream.open;
    send(noise);
    assert(ZlibStream.open >= before + connections - 8);
    // Those that come next may refer to the noise, and the noise to itself.
    send(noise);
    for (let index = 0; index < 40; index++) send(utf8(`{"id":${index},"text":"hello"}`));
    assert(ZlibStream.open <= before + 8, `${ZlibStream.open} streams, ${before} before`);
  }
  for (const { inflater } of pairs) {
    assert(inflater.heldBytes <= 32 * 1024);
    inflater.close();
    assertEquals(inflater.heldBytes, 0);
  }
});
