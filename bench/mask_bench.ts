/** The cost of unmasking by size, against a plain loop. */

import { applyMask, maskBinary } from "../protocol/mask.ts";

const key = 0x37fa213d;
const keyBytes = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

function applyMaskPlainly(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) bytes[at]! ^= keyBytes[at & 3]!;
}

for (const size of [8, 32, 128, 1024, 16_384, 1_048_576]) {
  // Behind a header of six bytes, as payloads are.
  const payload = Uint8Array.from({ length: size + 6 }, () => 256 * Math.random()).subarray(6);
  const group = `unmask ${size} B`;

  Deno.bench(`applyMask, ${size} B`, { group, baseline: true }, () => {
    applyMask(payload, key);
  });

  Deno.bench(`maskBinary, ${size} B`, { group }, () => {
    maskBinary(payload, key, 0, payload.length);
  });

  Deno.bench(`plain loop, ${size} B`, { group }, () => {
    applyMaskPlainly(payload);
  });
}
