/** Tests of server/net/websocket/connection.ts and http_stream.ts: peers that send without pause, and others. */

import { assert, assertEquals } from "@std/assert";
import { Opcode } from "../../../../protocol/opcode.ts";
import type { Connection } from "../../../../server/types.ts";
import { concat, utf8 } from "../../../support/bytes.ts";
import { ConnectionDriver } from "../../../support/connection_driver.ts";
import { FloodSocket } from "../../../support/flood_socket.ts";
import { frameTo, messageTo } from "../../../support/frames.ts";
import { HttpDriver } from "../../../support/http_driver.ts";
import { CountedTurns } from "../../../support/turns.ts";
import { waitFor } from "../../../support/wait.ts";

const floods = 4;

function many(frame: Uint8Array, count: number): Uint8Array {
  return concat(new Array(count).fill(frame));
}

const pings = many(frameTo("server", { opcode: Opcode.Ping, payload: new Uint8Array(0) }), 10_000);
const texts = many(messageTo("server", ""), 10_000);

Deno.test("hostile 126: others are answered while peers send without pause", async (test) => {
  for (const [name, frames] of Object.entries({ pings, texts })) {
    await test.step(name, () => assertOthersGetIn(frames));
  }
});

/** Four floods, where each frame takes 10 us, and somebody who sends one message after the other. */
async function assertOthersGetIn(frames: Uint8Array): Promise<void> {
  const counted = new CountedTurns();
  await using driver = new ConnectionDriver({ turns: counted.turns });
  const work = () => {
    counted.time += 0.01;
  };
  const handler = (connection: Connection) => {
    connection.on("message", (data) => {
      work();
      connection.send(data);
    });
    connection.on("ping", work);
  };
  const honest = driver.open({ handler });
  const flooding = Array.from(
    { length: floods },
    () => driver.run(new FloodSocket(frames, 100), handler), // so that it ends without turns, too,
  );
  const waits: number[] = [];
  let sentAt = 0;
  honest.socket.onWrite = () => void waits.push(counted.time - sentAt);
  await waitFor(() => counted.time > 20);
  for (let count = waits.length; count < 20; count++) {
    sentAt = counted.time;
    await honest.peer.write(messageTo("server", `message ${count}`));
    await waitFor(() => waits.length > count);
  }
  for (const connection of flooding) connection.terminate();
  assert(Math.max(...waits) < 30, `waited for ${waits.join(", ")} ms`);
}

Deno.test("hostile 126: four floods have the same share", async () => {
  const counted = new CountedTurns();
  await using driver = new ConnectionDriver({ turns: counted.turns });
  const counts = new Array(floods).fill(0);
  const flooding = counts.map((_, i) =>
    driver.run(new FloodSocket(texts, 1_000), (connection) => {
      connection.on("message", () => {
        counts[i]++;
        counted.time += 0.01;
      });
    })
  );
  await waitFor(() => counted.time > 500);
  for (const connection of flooding) connection.terminate();
  const mean = counts.reduce((sum, count) => sum + count) / floods;
  for (const count of counts) assert(Math.abs(count - mean) < mean / 4, counts.join(", "));
});

Deno.test("hostile 126: handlers that take long are left after one message", async () => {
  const counted = new CountedTurns();
  await using driver = new ConnectionDriver({ turns: counted.turns });
  let messages = 0;
  const flood = driver.run(new FloodSocket(texts, 1_000), (connection) => {
    connection.on("message", () => {
      messages++;
      counted.time += 20;
    });
  });
  await waitFor(() => messages > 500);
  const before = messages;
  await new Promise((resolve) => setTimeout(resolve, 0));
  flood.terminate();
  assert(messages - before <= 2, `${messages - before} messages in one turn`);
});

Deno.test("hostile 335: hundreds of connections that send one message each share turns", async () => {
  const counted = new CountedTurns();
  await using driver = new ConnectionDriver({ turns: counted.turns });
  const seen: number[] = [];
  const connections = Array.from({ length: 300 }, (_, i) =>
    driver.open({
      handler: (connection) => {
        connection.on("message", () => {
          seen.push(i);
          counted.time += 1;
        });
      },
    }));
  const counts: number[] = [];
  for (const { peer } of connections) void peer.write(messageTo("server", "one"));
  while (seen.length < connections.length) {
    const before = seen.length;
    await new Promise((resolve) => setTimeout(resolve, 0));
    counts.push(seen.length - before);
  }
  assert(Math.max(...counts) <= 30, `In one turn: ${counts.join(", ")} messages`);
  assertEquals(seen, connections.map((_, i) => i));
});

Deno.test("hostile 335: those who have been there do not wait behind newcomers", async () => {
  const counted = new CountedTurns();
  await using driver = new ConnectionDriver({ turns: counted.turns });
  const seen: string[] = [];
  const open = (name: string) =>
    driver.open({
      handler: (connection) => {
        connection.on("message", () => {
          seen.push(name);
          counted.time += 1;
        });
      },
    });
  const honest = open("honest");
  for (let count = 1; count <= 4; count++) {
    await honest.peer.write(messageTo("server", "hello"));
    await waitFor(() => seen.length === count);
  }
  for (let i = 0; i < 300; i++) void open("new").peer.write(messageTo("server", "one"));
  await waitFor(() => seen.length > 10);
  const before = seen.length;
  await honest.peer.write(messageTo("server", "how long?"));
  await waitFor(() => seen.lastIndexOf("honest") > 4);
  const waited = seen.lastIndexOf("honest") - before;
  assert(waited <= 60, `Behind ${waited} newcomers`);
  await waitFor(() => seen.length === 305);
});

Deno.test("hostile 126: a handler's promise and the turn are both waited for, in any order", async () => {
  const counted = new CountedTurns();
  await using driver = new ConnectionDriver({ turns: counted.turns });
  const seen: number[] = [];
  const frames = concat(Array.from({ length: 1_000 }, (_, i) => messageTo("server", `${i}`)));
  const flood = driver.run(new FloodSocket(frames, 1), (connection) => {
    connection.on("message", async (data) => {
      counted.time += 3;
      if (Number(data) % 3 === 0) await undefined;
      if (Number(data) % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      seen.push(Number(data));
    });
  });
  await waitFor(() => seen.length === 1_000);
  flood.terminate();
  assertEquals(seen, Array.from({ length: 1_000 }, (_, i) => i));
});

Deno.test("hostile 126: a connection that ends while it waits for its turn is over", async () => {
  const counted = new CountedTurns();
  await using driver = new ConnectionDriver({ turns: counted.turns });
  const closes: number[] = [];
  let messages = 0;
  const flood = driver.run(new FloodSocket(texts, 1_000), (connection) => {
    connection.on("message", () => {
      messages++;
      counted.time++;
    });
    connection.on("close", ({ code }) => void closes.push(code));
  });
  await waitFor(() => messages > 0);
  flood.terminate();
  const before = messages;
  await new Promise((resolve) => setTimeout(resolve, 5));
  assertEquals([closes, messages], [[1006], before]);
});

Deno.test("hostile 126: others are answered while peers ask without pause over HTTP", async () => {
  const counted = new CountedTurns();
  let requests = 0;
  const settings = {
    turns: counted.turns,
    fetch: () => {
      requests++;
      counted.time++;
      return new Response("ok");
    },
  };
  const get = utf8("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const sockets = Array.from({ length: floods }, () => new FloodSocket(many(get, 100), 100));
  const drivers = sockets.map((serverSocket) => new HttpDriver({ ...settings, serverSocket }));
  for (let i = 0; i < 20; i++) {
    const before = requests;
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert(requests - before < 30, `${requests - before} requests in one turn`);
  }
  assert(requests > 40);
  for (const socket of sockets) socket.close();
  await Promise.all(drivers.map(({ ended }) => ended));
});
