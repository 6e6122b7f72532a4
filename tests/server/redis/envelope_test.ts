/** Envelopes of messages between nodes. */

import { assertEquals } from "@std/assert";
import {
  decode,
  decodeBody,
  encodeAsked,
  encodeBody,
  encodeNode,
  encodeReplied,
  encodeTold,
  publishedHead,
} from "../../../server/redis/envelope.ts";

const from = "abcd1234";

Deno.test("decode() reads what was written", () => {
  assertEquals(decode(encodeTold(from, "a\n b")), { kind: "told", from, message: "a\n b" });
  assertEquals(decode(encodeAsked(from, "7", "")), { kind: "asked", from, id: "7", message: "" });
  const replied = { kind: "replied", from, id: "7" } as const;
  assertEquals(decode(encodeReplied(from, "7", "")), { ...replied, message: "" });
  assertEquals(decode(encodeReplied(from, "7", undefined)), { ...replied, message: undefined });
  assertEquals(decode(encodeNode("gone", from)), { kind: "gone", from });
  const body = encodeBody("nóte\n1:", '{"a":1}');
  const message = { event: "nóte\n1:", data: '{"a":1}' };
  assertEquals(decodeBody(body), message);
  assertEquals(decode(`${publishedHead}${from}-1 epoch 12 ${body}`), {
    kind: "published",
    id: `${from}-1`,
    epoch: "epoch",
    seq: 12,
    ...message,
  });
});

Deno.test("hostile 302: decode() reads nothing that is not this program's", () => {
  const foreign = [
    "",
    "hello",
    "{}",
    "h1",
    "h1 ",
    "h1 t",
    "h1 x abcd1234 ",
    "h2 t abcd1234 x",
    "h1 t ABCD1234 x",
    "h1 t abcd1234",
    "h1 q abcd1234 x y",
    "h1 a abcd1234 1 2 ",
    "h1 c abcd1234 ",
    "h1 p id epoch 0 4:note{}",
    "h1 p id epoch -1 4:note{}",
    "h1 p id epoch 9999999999999999 4:note{}",
    "h1 p id epoch 1 400:note{}",
    "h1 p id ep!och 1 4:note{}",
    "h1 p id epoch 1 note{}",
    "\u0000\ufffd",
  ];
  for (const each of foreign) assertEquals(decode(each), undefined, each);
});
