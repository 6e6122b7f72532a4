/** All connections of a server: broadcasts, and how they are ended together. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Prepared } from "../../../../protocol/mod.ts";
import { Cork } from "../../../../server/net/websocket/cork.ts";
import { ConnectionSet } from "../../../../server/net/websocket/connection_set.ts";
import { systemClock } from "../../../../server/clock.ts";
import { Deadlines } from "../../../../server/deadlines.ts";
import { MemoryBudget } from "../../../../server/net/memory_budget.ts";
import { ReadBuffers } from "../../../../server/net/read_buffers.ts";
import { resolveOptions } from "../../../../server/resolved_options.ts";
import type { Connection } from "../../../../server/types.ts";
import { concat } from "../../../support/bytes.ts";
import { settle } from "../../../support/connection_driver.ts";
import { parseFrames, type SentFrame } from "../../../support/frames.ts";
import { memoryPair, type MemorySocket } from "../../../support/memory_socket.ts";
import { endlessTurn } from "../../../support/turns.ts";

const none = new Uint8Array(0);
const record = { makeRequest: () => new Request("http://localhost/"), size: 0 };
const accepted = { response: none, protocol: "", deflate: undefined, data: undefined };

/** A peer that keeps what it receives, and answers nothing by itself. */
class Peer {
  readonly ended: Promise<void>;
  readonly #client: MemorySocket;
  #received: Uint8Array = none;

  constructor(readonly server: MemorySocket, client: MemorySocket) {
    this.#client = client;
    this.ended = this.#read();
  }

  get frames(): SentFrame[] {
    return parseFrames(this.#received);
  }

  /** Ends its side of TCP. */
  hangUp(): void {
    this.#client.closeWrite();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(4096);
    for (let size; (size = await this.#client.read(buffer)) !== null;) {
      this.#received = concat([this.#received, buffer.subarray(0, size)]);
    }
  }
}

/** A set with some open connections. */
class Fixture {
  readonly opened: Connection[] = [];
  readonly peers: Peer[] = [];
  readonly runs: Promise<void>[] = [];
  readonly deadlines = new Deadlines({ clock: { ...systemClock, now: () => 0 } });
  readonly set = new ConnectionSet(resolveOptions({}), {
    deadlines: this.deadlines,
    readBuffers: new ReadBuffers(),
    turns: endlessTurn(),
    cork: new Cork(),
    memory: new MemoryBudget(2 ** 28, () => 0),
    open: (connection) => void this.opened.push(connection),
    handlerFailed: (error) => {
      throw error;
    },
  });

  constructor(size: number) {
    for (let i = 0; i < size; i++) {
      const { server, client } = memoryPair();
      const opening = { record, remoteAddress: "", protocol: "", data: i };
      this.runs.push(this.set.run(server, opening, accepted, none));
      this.peers.push(new Peer(server, client));
    }
  }
}

Deno.test("ConnectionSet hands over each connection and forgets it at its end", async () => {
  const { set, opened, peers, runs, deadlines } = new Fixture(3);
  assertEquals(opened.map(({ data }) => data), [0, 1, 2]);
  assertEquals([...set.connections], opened);
  peers[1]!.hangUp();
  await runs[1];
  assertEquals([...set.connections].map(({ data }) => data), [0, 2]);
  for (const connection of opened) connection.terminate();
  await Promise.all(runs);
  assertEquals([set.connections.size, deadlines.size], [0, 0]);
});

Deno.test("ConnectionSet.broadcast() sends one buffer to all but the exception", async () => {
  const { set, opened, peers, runs } = new Fixture(4);
  const written: Uint8Array[] = [];
  for (const { server } of peers) {
    const write = server.write.bind(server);
    server.write = (bytes) => {
      written.push(bytes);
      return write(bytes);
    };
  }
  set.broadcast("one", opened[2]);
  set.broadcast(new Prepared("two"), opened[2]);
  await settle();
  const texts = peers.map(({ frames }) =>
    frames.map(({ payload }) => new TextDecoder().decode(payload))
  );
  assertEquals(texts, [["one", "two"], ["one", "two"], [], ["one", "two"]]);
  assertEquals(written.length, 3);
  for (const bytes of written) assertStrictEquals(bytes, written[0]);
  for (const connection of opened) connection.terminate();
  await Promise.all(runs);
});

Deno.test("ConnectionSet.stats() adds up what open and closed connections have counted", async () => {
  const { set, opened, peers, runs } = new Fixture(3);
  assertEquals(set.stats().opened, 3);
  opened[0]!.send("hello");
  opened[1]!.send("hello");
  assertEquals(set.stats().queuedBytes, 2 * 7);
  await settle();
  const { queuedBytes, messagesOut, bytesOut } = set.stats();
  assertEquals([queuedBytes, messagesOut, bytesOut], [0, 2, 2 * 7]);
  opened[0]!.close(4401, "bye");
  opened[1]!.terminate();
  peers[0]!.hangUp();
  await Promise.all(runs.slice(0, 2));
  const { open, closes, ...stats } = set.stats();
  assertEquals([open, stats.opened, stats.messagesOut], [1, 3, 2]);
  assertEquals(stats.bytesOut, 2 * 7 + 2 + 2 + "bye".length);
  assertEquals(Object.entries(closes).filter(([, count]) => count > 0), [["1006", 2]]);
  opened[2]!.terminate();
  await Promise.all(runs);
});

Deno.test("ConnectionSet.drain() closes all with code and reason, and waits for their sockets", async () => {
  const { set, peers, runs } = new Fixture(2);
  let isDrained = false;
  const drained = set.drain({ code: 1012, reason: "restart", deadline: 60_000, spread: 0 })
    .then(() => isDrained = true);
  await settle();
  const payload = concat([Uint8Array.of(0x03, 0xf4), new TextEncoder().encode("restart")]);
  for (const { frames } of peers) assertEquals(frames.map((frame) => frame.payload), [payload]);
  peers[0]!.hangUp();
  await settle();
  assert(!isDrained);
  peers[1]!.hangUp();
  await drained;
  await Promise.all(runs);
});

Deno.test("ConnectionSet.drain() cuts off at the deadline who does not answer", async () => {
  const { set, peers, runs } = new Fixture(2);
  await set.drain({ code: 1012, reason: "", deadline: 10, spread: 0 });
  assert(peers.every(({ server }) => server.isClosed));
  await Promise.all(runs);
});

Deno.test("hostile 95: ConnectionSet.drain() spreads the Close frames over time", async () => {
  const { set, opened, peers, runs } = new Fixture(20);
  const drained = set.drain({ code: 1012, reason: "", deadline: 60_000, spread: 30_000 });
  await settle();
  const closing = opened.filter(({ state }) => state !== "open").length;
  assert(closing < opened.length, "all were closed at once");
  for (const peer of peers) peer.hangUp();
  await drained;
  await Promise.all(runs);
});
