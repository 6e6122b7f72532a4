import { assertEquals } from "@std/assert";
import {
  compression,
  farewell,
  foreignOrigin,
  formatSize,
  messageLimit,
} from "../../../../bench/peers/features/socket_rows.ts";
import { ours } from "./fixtures.ts";

Deno.test("compression() tells an option from a default", async () => {
  assertEquals(await compression(ours()), "option");
  assertEquals(await compression(ours({ servers: { plain: "compress" } })), "by default");
  assertEquals(await compression(ours({ servers: { plain: "plain" } })), "no");
});

Deno.test("foreignOrigin() tells the status", async () => {
  assertEquals(await foreignOrigin(ours()), "403");
});

Deno.test("farewell() tells the code", async () => {
  assertEquals(await farewell(ours()), "Close 1012");
});

Deno.test("messageLimit() finds the limit to the byte", async () => {
  assertEquals(await messageLimit(ours()), "1 MiB");
});

Deno.test("formatSize() takes the largest unit in which a size is whole", () => {
  const sizes = [100 * 2 ** 20, 1_000_000, 16_384, 65_535];
  assertEquals(sizes.map(formatSize), ["100 MiB", "1 MB", "16 KiB", "65,535 B"]);
});
