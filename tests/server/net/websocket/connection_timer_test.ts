/** Tests of server/net/websocket/connection_timer.ts: peers that take what is sent to them slowly. */

import { assertEquals } from "@std/assert";
import type { Socket } from "../../../../server/net/listen/socket.ts";
import { frameTo } from "../../../support/frames.ts";
import { ConnectionDriver, settle } from "../../../support/connection_driver.ts";
import { Opcode } from "../../../../protocol/opcode.ts";

/** As much as Linux keeps for one peer, about. */
const kernelSize = 2_500_000;

/** A socket with a kernel that takes much at once, and a peer that reads what the test says. */
class SlowReader implements Socket {
  readonly remoteAddress = "192.0.2.1";
  readonly remotePort = 4711;
  isClosed = false;
  /** Bytes that the peer has read. */
  taken = 0;
  #written = 0;
  #pong: Uint8Array | undefined;
  #changed = Promise.withResolvers<void>();

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#pong === undefined && !this.isClosed) await this.#changed.promise;
    if (this.isClosed) throw new Deno.errors.Interrupted("operation canceled");
    buffer.set(this.#pong!);
    const { length } = this.#pong!;
    this.#pong = undefined;
    return length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    // Linux tells of room when a third is free.
    while (!this.isClosed && this.#kept > (kernelSize * 2) / 3) await this.#changed.promise;
    if (this.isClosed) throw new Deno.errors.Interrupted("operation canceled");
    const size = Math.min(bytes.length, kernelSize - this.#kept);
    this.#written += size;
    return size;
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#change();
  }

  /** The peer reads, and answers what has reached it once it has read all. */
  take(size: number): void {
    if (this.#kept > 0 && this.#kept <= size) {
      this.#pong = frameTo("server", { opcode: Opcode.Pong, payload: new Uint8Array(0) });
    }
    this.taken += Math.min(size, this.#kept);
    this.#change();
  }

  get #kept(): number {
    return this.#written - this.taken;
  }

  #change(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

/** Lets seconds pass, in each of which the peer reads so much. Returns how many until its end. */
async function readFor(
  driver: ConnectionDriver,
  socket: SlowReader,
  seconds: number,
  rate: number,
): Promise<number> {
  for (let second = 0; second < seconds; second++) {
    if (socket.isClosed) return second;
    socket.take(rate);
    await driver.advance(1_000);
    await settle();
  }
  return seconds;
}

for (const size of [3_000_000, 12_000_000]) {
  Deno.test(`hostile 180: a peer that reads 40 KB/s of ${size} bytes is not cut for its silence`, async () => {
    await using driver = new ConnectionDriver();
    const socket = new SlowReader();
    const connection = driver.run(socket, (connection) => void connection.send("x".repeat(size)));
    const seconds = Math.ceil(size / 40_000) + 60;
    assertEquals(await readFor(driver, socket, seconds, 40_000), seconds);
    assertEquals([connection.state, socket.taken >= size], ["open", true]);
    connection.terminate();
  });

  Deno.test(`hostile 181: a Close behind ${size} bytes waits for a peer that reads 40 KB/s`, async () => {
    await using driver = new ConnectionDriver();
    const socket = new SlowReader();
    const connection = driver.run(socket, (connection) => void connection.send("x".repeat(size)));
    await readFor(driver, socket, 10, 40_000);
    connection.close(1000);
    await readFor(driver, socket, 600, 40_000);
    // The peer does not answer the Close: it is cut off in the end, and after 120 s in any case.
    assertEquals(socket.isClosed, true);
    const least = Math.min(size, 129 * 40_000);
    assertEquals(socket.taken >= least, true, `${socket.taken} of ${size} bytes`);
  });
}

Deno.test("hostile 180: a peer that takes a byte now and then is cut", async () => {
  await using driver = new ConnectionDriver();
  const socket = new SlowReader();
  driver.run(socket, (connection) => void connection.send("x".repeat(12_000_000)));
  const seconds = await readFor(driver, socket, 600, 10);
  assertEquals(seconds > 45 && seconds < 180, true, `${seconds} s`);
});

Deno.test("hostile 180: a peer that is dead is found in time though the kernel takes what it is sent", async () => {
  await using driver = new ConnectionDriver();
  const socket = new SlowReader();
  const connection = driver.run(socket, () => {});
  let seconds = 0;
  for (; !socket.isClosed && seconds < 600; seconds++) {
    connection.send("x".repeat(2_000));
    await driver.advance(1_000);
  }
  assertEquals(seconds >= 45 && seconds < 50, true, `${seconds} s`);
});

Deno.test("hostile 181: a peer that takes nothing of what is before the Close is cut", async () => {
  await using driver = new ConnectionDriver({ closeTimeout: 1_000 });
  const socket = new SlowReader();
  const connection = driver.run(socket, (connection) => {
    connection.send("x".repeat(12_000_000));
  });
  connection.close(1000);
  const seconds = await readFor(driver, socket, 600, 0);
  assertEquals(seconds >= 1 && seconds <= 13, true, `${seconds} s`);
});
