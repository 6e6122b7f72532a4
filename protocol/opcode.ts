/** Frame opcodes and the two questions asked about them. */

/**
 * Frame opcodes. RFC 6455 §5.2; 0x3-0x7 and 0xB-0xF are reserved.
 *
 * @example Naming an opcode
 * ```ts
 * import { Opcode } from "@hawser/ws/protocol";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(Opcode.Ping, 0x9);
 * ```
 */
export const Opcode = {
  Continuation: 0x0,
  Text: 0x1,
  Binary: 0x2,
  Close: 0x8,
  Ping: 0x9,
  Pong: 0xa,
} as const;

/** One of the six opcodes that RFC 6455 §5.2 defines. */
export type Opcode = typeof Opcode[keyof typeof Opcode];

/**
 * Tells whether an opcode is a control opcode. RFC 6455 §5.5: those with the top bit set.
 *
 * @param opcode The four opcode bits.
 * @returns `true` for 0x8 to 0xF.
 *
 * @example Control opcodes
 * ```ts
 * import { isControl, Opcode } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * assert(isControl(Opcode.Close));
 * assert(!isControl(Opcode.Text));
 * ```
 */
export function isControl(opcode: number): boolean {
  return opcode >= 0x8;
}

/**
 * Tells whether an opcode is one of the six that are defined. RFC 6455 §5.2.
 *
 * @param opcode The four opcode bits.
 * @returns `false` for the ten reserved values.
 *
 * @example Reserved opcodes
 * ```ts
 * import { isOpcode } from "@hawser/ws/protocol";
 * import { assert } from "@std/assert";
 *
 * assert(!isOpcode(0x3));
 * ```
 */
export function isOpcode(opcode: number): opcode is Opcode {
  return opcode <= Opcode.Binary || (opcode >= Opcode.Close && opcode <= Opcode.Pong);
}
