/** One connection, made again whenever it is lost. */

import { assertEquals } from "@std/assert";
import { Connection } from "../../../server/redis/connection.ts";
import { optional } from "../../support/optional.ts";
import { TestRedis } from "../../support/redis.ts";
import { waitFor } from "../../support/wait.ts";

Deno.test({
  name: "Connection is made again after a kill, and when Redis comes back",
  ...optional("redis"),
  async fn() {
    await using redis = await TestRedis.start();
    const counts = { ready: 0, lost: 0 };
    const connection = new Connection(redis.url, "test", {
      setUp: () => Promise.resolve(),
      ready: () => counts.ready++,
      lost: () => counts.lost++,
    });
    connection.start();
    await waitFor(() => counts.ready === 1);
    await redis.command("CLIENT", "KILL", "TYPE", "normal");
    await waitFor(() => counts.ready === 2);
    await redis.kill();
    await waitFor(() => counts.lost >= 3 && connection.client === undefined);
    await redis.run();
    await waitFor(() => counts.ready === 3);
    assertEquals(String(await connection.client?.sendCommand(["PING"])), "PONG");
    connection.close();
    assertEquals(connection.client, undefined);
  },
});
