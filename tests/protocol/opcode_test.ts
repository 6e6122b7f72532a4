/** Opcodes: which exist, which are control opcodes. */

import { assertEquals } from "@std/assert";
import { isControl, isOpcode, Opcode } from "../../protocol/opcode.ts";

const all = Array.from({ length: 16 }, (_, opcode) => opcode);

Deno.test("isOpcode() knows the six opcodes of RFC 6455", () => {
  assertEquals(all.filter(isOpcode), Object.values(Opcode));
  assertEquals(all.filter(isOpcode), [0x0, 0x1, 0x2, 0x8, 0x9, 0xa]);
});

Deno.test("isControl() is the top bit of the opcode", () => {
  assertEquals(all.filter(isControl), [0x8, 0x9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf]);
});
