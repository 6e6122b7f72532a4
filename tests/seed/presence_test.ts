/** Presence tracking: who is online is told to the others. */

import { App } from "@hawser/ws";
import { assertEquals } from "@std/assert";
import { ManualClock } from "../support/clients.ts";
import { serveApp } from "../support/json_app.ts";
import { waitFor } from "../support/wait.ts";

Deno.test("seed: presence tells of a user's first connection and last disconnect", async () => {
  const clock = new ManualClock();
  const app = new App({
    clock,
    presence: true,
    identify: ({ request }) => ({ sub: new URL(request.url).searchParams.get("name") ?? "" }),
  });
  await using served = serveApp(app);
  const { socket: ada } = await served.connect("?name=ada");
  const bobs = [await served.connect("?name=bob"), await served.connect("?name=bob")];
  const update = { type: "presence:update", userId: "bob" };
  assertEquals(await ada.nextPresence(), { ...update, status: "online" });
  assertEquals(await app.users(), ["ada", "bob"]);
  for (const { socket } of bobs) await socket[Symbol.asyncDispose]();
  await waitFor(() => app.size === 1);
  clock.pass(5_000);
  assertEquals(await ada.nextPresence(), { ...update, status: "offline" });
  assertEquals(await app.users(), ["ada"]);
});
