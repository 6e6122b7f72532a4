/** Flags that join the nodes of the chat, and what they refuse. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { openBroker } from "../../../examples/chat/nodes.ts";
import { runProgram } from "../../support/program.ts";
import { WorkerNodes } from "../../support/worker_nodes.ts";

const main = "examples/chat/main.ts";
const away = "redis://127.0.0.1:1";

Deno.test("hostile 343: examples/chat/main.ts refuses flags of nodes that contradict each other, by name", async () => {
  const cases = [
    [["--redis", away, "--database", "x"], "--database and --redis exclude each other"],
    [["--ready-needs-redis"], "--ready-needs-redis needs --redis"],
    [["--workers", "2", "--port", "0"], "--workers needs a --port of its own"],
    [["--workers", "2", "--cert", "x", "--key", "x"], "--cert and --workers exclude each other"],
    [["--workers", "0"], "--workers must be 1 or more"],
  ] as const;
  for (const [args, text] of cases) {
    const { code, stdout, stderr } = await runProgram(main, { args: [...args] });
    assertEquals([code, stdout, stderr.split("\n").length], [2, "", 2], stderr);
    assertStringIncludes(stderr, text);
  }
});

Deno.test("examples/chat/main.ts refuses a URL that is none of Redis, without quoting it", async () => {
  const args = ["--port", "0", "--redis", "http://user:password@host"];
  const { code, stderr } = await runProgram(main, { args });
  assertEquals([code, stderr.split("\n").length, stderr.includes("password")], [1, 2, false]);
});

Deno.test("openBroker() takes Redis where there is one, else what joins the threads", async () => {
  const none = { redis: undefined, history: 5, workers: 1, "ready-needs-redis": false };
  const values = { ...none, database: undefined };
  assertEquals(await openBroker(values, undefined), undefined);
  await using nodes = new WorkerNodes(1);
  const [thread] = nodes.nodes;
  assertEquals(await openBroker(values, thread), thread);
  await using redis = await openBroker({ ...values, redis: away }, thread);
  assertEquals([redis === thread, redis?.state], [false, "down"]);
});
