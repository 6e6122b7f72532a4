import { assertEquals } from "@std/assert";
import {
  acknowledgements,
  fallback,
  rateLimit,
  recovery,
  rooms,
  tokens,
} from "../../../../bench/peers/features/app_rows.ts";
import { speakHawser } from "../../../../bench/peers/features/dialects.ts";
import { ours } from "./fixtures.ts";

Deno.test("rooms() tells rooms from a broadcast", async () => {
  assertEquals(await rooms(ours()), "yes");
  const oneRoom = ours({
    speak: async (port) => {
      const talker = await speakHawser(port);
      return Object.assign(talker, {
        join: () => Object.getPrototypeOf(talker).join.call(talker, "harbour"),
      });
    },
  });
  assertEquals(await rooms(oneRoom), "no");
});

Deno.test("acknowledgements() waits for the server's word", async () => {
  assertEquals(await acknowledgements(ours()), "yes");
});

Deno.test("recovery() notices what is missing", async () => {
  assertEquals(await recovery(ours()), "yes");
  assertEquals(await recovery(ours({ speak: (port) => speakHawser(port) })), "no");
});

Deno.test("tokens() notices a server that lets everybody in", async () => {
  assertEquals(await tokens(ours()), "yes");
  assertEquals(await tokens(ours({ servers: { auth: "app" } })), "no");
});

Deno.test("fallback() hears by HTTP", async () => {
  assertEquals(await fallback(ours()), "yes");
});

Deno.test("rateLimit() counts what was handled", async () => {
  assertEquals(await rateLimit(ours()), "yes");
  const { speak: _speak, ...withoutApp } = ours();
  assertEquals(await rateLimit(withoutApp), "no");
});
