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

const bytes = (byte: number) => messageTo("server", new Uint8Array(4).fill(byte));
const lent = { binary: "lent-checked" } as const;

Deno.test("MessageStream lends a message until the next one is asked for", async () => {
  await using driver = new ConnectionDriver(lent);
  const views: Uint8Array[] = [];
  const seen: number[] = [];
  const handler = async (connection: Connection): Promise<void> => {
    for await (const data of connection) {
      await settle();
      seen.push(...data as Uint8Array);
      views.push(data as Uint8Array);
    }
  };
  const driven = driver.open({ handler, protocol: lent });
  await driven.write(bytes(1), bytes(2));
  for (let turn = 0; turn < 10; turn++) await settle();
  assertEquals(seen, [1, 1, 1, 1, 2, 2, 2, 2]);
  assertEquals(views.map((view) => view[0]), [0xdd, 0xdd]);
});

Deno.test("hostile 393: MessageStream lends on while the loop's body runs, though the connection ends", async () => {
  await using driver = new ConnectionDriver(lent);
  const body = Promise.withResolvers<void>();
  let held: Uint8Array | undefined;
  const handler = async (connection: Connection): Promise<void> => {
    for await (const data of connection) {
      held = data as Uint8Array;
      await body.promise;
    }
  };
  const failing = (connection: Connection): Promise<void> => {
    const iterated = handler(connection);
    connection.on("message", () => {
      throw new Error("Failed on purpose");
    });
    return iterated;
  };
  for (const each of [handler, failing]) {
    const driven = driver.open({ handler: each, protocol: lent });
    await driven.write(bytes(7));
    if (each === failing) await driven.write(bytes(9), bytes(9));
    else driven.connection.terminate();
    await settle();
    assertEquals([driven.connection.state, ...held!], ["closed", 7, 7, 7, 7]);
  }
  body.resolve();
  await settle();
});

Deno.test("MessageStream copies what is lent where several messages are asked for at once", async () => {
  await using driver = new ConnectionDriver(lent);
  let stream: MessageStream | undefined;
  const handler = (connection: Connection): void => {
    stream = connection[Symbol.asyncIterator]() as MessageStream;
  };
  const driven = driver.open({ handler, protocol: lent });
  const nexts = [stream!.next(), stream!.next()];
  await driven.write(bytes(1), bytes(2));
  const values = (await Promise.all(nexts)).map(({ value }) => value[0]);
  assertEquals(values, [1, 2]);
});
