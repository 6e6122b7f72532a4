/** Tests of server/net/websocket/message_stream.ts over connections in memory. */

import { assertEquals } from "@std/assert";
import { MessageStream } from "../../../../server/net/websocket/message_stream.ts";
import type { Connection } from "../../../../server/types.ts";
import {
  ConnectionDriver,
  type DrivenConnection,
  settle,
} from "../../../support/connection_driver.ts";
import { messageTo } from "../../../support/frames.ts";

function texts(...texts: string[]): Uint8Array[] {
  return texts.map((text) => messageTo("server", text));
}

/** Iterates over a connection; `seen` grows as messages come, and ends in "end". */
function iterate(connection: Connection, seen: unknown[]): Promise<void> {
  return (async () => {
    for await (const message of connection) seen.push(message);
    seen.push("end");
  })();
}

Deno.test("MessageStream gives out all messages in order, then ends with the connection", async () => {
  await using driver = new ConnectionDriver();
  const seen: unknown[] = [];
  const { connection, ...driven } = open(driver, (connection) => iterate(connection, seen));
  await driven.write(...texts("a", "b"));
  await driven.write(...texts("c"));
  connection.terminate();
  await settle();
  assertEquals(seen, ["a", "b", "c", "end"]);
});

function open(
  driver: ConnectionDriver,
  handler: (connection: Connection) => unknown,
): { connection: Connection; write: DrivenConnection["write"]; driven: DrivenConnection } {
  const driven = driver.open({ handler });
  const write = (...parts: Uint8Array[]): Promise<void> => driven.write(...parts);
  return { connection: driven.connection, write, driven };
}

Deno.test("hostile 91: MessageStream keeps the reading back while the loop's body runs", async () => {
  await using driver = new ConnectionDriver();
  const bodies: PromiseWithResolvers<void>[] = [];
  const { driven, write } = open(driver, async (connection) => {
    for await (const _ of connection) {
      const body = Promise.withResolvers<void>();
      bodies.push(body);
      await body.promise;
    }
  });
  let reads = 0;
  const { read } = driven.socket;
  driven.socket.read = (buffer) => {
    reads++;
    return read.call(driven.socket, buffer);
  };
  await write(...texts("a", "b"));
  const before = reads;
  await write(...texts("c"));
  assertEquals([bodies.length, reads], [1, before]);
  bodies[0]!.resolve();
  await settle();
  assertEquals([bodies.length, reads], [2, before]);
  bodies[1]!.resolve();
  await settle();
  assertEquals(bodies.length, 3);
});

Deno.test("MessageStream gives out what comes before the first next()", async () => {
  await using driver = new ConnectionDriver();
  let stream: MessageStream | undefined;
  const { write } = open(driver, (connection) => {
    stream = new MessageStream(connection);
  });
  await write(...texts("a", "b"));
  assertEquals(await stream!.next(), { done: false, value: "a" });
  assertEquals(await stream!.next(), { done: false, value: "b" });
});

Deno.test("MessageStream.next() may be called again before it has resolved", async () => {
  await using driver = new ConnectionDriver();
  let stream: MessageStream | undefined;
  const { write } = open(driver, (connection) => {
    stream = new MessageStream(connection);
  });
  const nexts = [stream!.next(), stream!.next(), stream!.next()];
  await write(...texts("a", "b"));
  assertEquals(await nexts[0], { done: false, value: "a" });
  assertEquals(await nexts[1], { done: false, value: "b" });
  await write(...texts("c"));
  assertEquals(await nexts[2], { done: false, value: "c" });
});

Deno.test("MessageStream gives the connection's messages free when the loop is left", async () => {
  await using driver = new ConnectionDriver();
  const after: unknown[] = [];
  const { connection, write } = open(driver, async (connection) => {
    for await (const _ of connection) break;
    connection.on("message", (data) => void after.push(data));
  });
  await write(...texts("a", "b", "c"));
  assertEquals(after, ["b", "c"]);
  assertEquals(connection.state, "open");
});

Deno.test("MessageStream ends every next() that waits when the connection ends", async () => {
  await using driver = new ConnectionDriver();
  const { connection } = driver.open();
  const stream = new MessageStream(connection);
  const nexts = [stream.next(), stream.next()];
  connection.terminate();
  for (const next of nexts) assertEquals(await next, { done: true, value: undefined });
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("MessageStream of a connection that has closed is at its end", async () => {
  await using driver = new ConnectionDriver();
  const { connection } = driver.open();
  connection.terminate();
  const seen: unknown[] = [];
  await iterate(connection, seen);
  assertEquals(seen, ["end"]);
});

Deno.test("MessageStream gives out an empty text", async () => {
  await using driver = new ConnectionDriver();
  const seen: unknown[] = [];
  const { write } = open(driver, (connection) => iterate(connection, seen));
  await write(...texts("", "a"));
  assertEquals(seen, ["", "a"]);
});
