/** Headers of the PROXY protocol for tests. */

/** Writes a header of version 2; by default its command is PROXY. */
export function binaryProxyHeader(
  { command = 0x21, family, body }: { command?: number; family: number; body: readonly number[] },
): Uint8Array {
  const signature = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
  return Uint8Array.of(
    ...signature,
    command,
    family,
    body.length >> 8,
    body.length & 0xff,
    ...body,
  );
}
