/** Positions in the message streams of rooms, and their form as text. */

import { assertEquals } from "@std/assert";
import { formatPosition, parsePosition } from "../../wire/position.ts";

Deno.test("parsePosition() reads what formatPosition() writes", () => {
  for (const position of [{ seq: 0, epoch: "a" }, { seq: 999_999_999_999_999, epoch: "A.z_~-9" }]) {
    assertEquals(parsePosition(formatPosition(position)), position);
  }
  assertEquals(formatPosition({ seq: 41, epoch: "k3x" }), "k3x:41");
});

Deno.test("parsePosition() knows what is none of ours", () => {
  const texts = ["", "-", "a", "a:", ":1", "a:-1", "a:1.5", "a:1e3", "a b:1", "a:1,b:2"];
  for (const text of [...texts, `${"e".repeat(65)}:1`, `a:${"1".repeat(16)}`]) {
    assertEquals(parsePosition(text), undefined, text);
  }
});
