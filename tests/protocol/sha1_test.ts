import { assertEquals } from "@std/assert";
import { decodeLatin1, encodeLatin1 } from "../../protocol/latin1.ts";
import { sha1 } from "../../protocol/sha1.ts";

const vectors = [
  // FIPS 180-2, appendix A.
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
  ],
  ["a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
] as const;

for (const [text, digest] of vectors) {
  Deno.test(`sha1() hashes ${text.slice(0, 8)}..., ${text.length} bytes of it`, () => {
    assertEquals(encodeLatin1(sha1(text)).toHex(), digest);
  });
}

Deno.test("sha1() hashes bytes of every length over three blocks as Web Crypto does", async () => {
  for (let length = 0; length <= 192; length++) {
    const bytes = crypto.getRandomValues(new Uint8Array(length));
    const wanted = await crypto.subtle.digest("SHA-1", bytes);
    assertEquals(sha1(decodeLatin1(bytes)), decodeLatin1(new Uint8Array(wanted)), `${length}`);
  }
});
