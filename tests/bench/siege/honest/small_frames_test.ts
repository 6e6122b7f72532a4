import { assertEquals } from "@std/assert";
import { encodeFrame, Opcode } from "@hawser/ws/protocol";
import { join, utf8 } from "../../../../bench/siege/floods/bytes.ts";
import { SmallFrames } from "../../../../bench/siege/honest/small_frames.ts";
import { forEachSplit } from "../../../support/splits.ts";

Deno.test("SmallFrames passes over large frames, however bytes are cut", () => {
  const frame = (opcode: number, payload: Uint8Array) => encodeFrame({ opcode, payload });
  const bytes = join([
    frame(Opcode.Text, utf8("first")),
    frame(Opcode.Text, new Uint8Array(1_025)),
    frame(Opcode.Ping, utf8("second")),
    frame(Opcode.Binary, new Uint8Array(70_000)),
    frame(Opcode.Text, new Uint8Array(1_024)),
    frame(Opcode.Close, new Uint8Array(0)),
  ]);
  forEachSplit(bytes, (chunks, how) => {
    const seen: [opcode: number, length: number][] = [];
    const frames = new SmallFrames(({ opcode }, payload) => seen.push([opcode, payload.length]));
    for (const chunk of chunks) frames.push(chunk);
    const expected = [
      [Opcode.Text, 5],
      [Opcode.Ping, 6],
      [Opcode.Text, 1_024],
      [Opcode.Close, 0],
    ];
    assertEquals(seen, expected as [number, number][], how);
  });
});
