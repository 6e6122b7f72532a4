/** Tests of server/net/listen/listener.ts on real ports; errors of `accept` are simulated. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionLimits } from "../../../../server/net/listen/connection_limits.ts";
import { NetCounters } from "../../../../server/net/counters.ts";
import {
  type ConnectionSource,
  Listener,
  type ListenerOptions,
  openPort,
} from "../../../../server/net/listen/listener.ts";
import type { Socket } from "../../../../server/net/listen/socket.ts";
import { connectAndReset } from "../../../support/reset.ts";
import { waitFor } from "../../../support/wait.ts";
import { timerTurns } from "../../../support/turns.ts";

const local: ListenerOptions = {
  hostname: "127.0.0.1",
  port: 0,
  cert: undefined,
  key: undefined,
  loadBalanced: false,
};

interface Setup {
  readonly listener: Listener;
  readonly running: Promise<void>;
  readonly counters: NetCounters;
  readonly limits: ConnectionLimits;
  readonly accepted: Socket[];
  readonly refused: [socket: Socket, status: number][];
  readonly errors: unknown[];
  /** Lets time pass for the reports of errors. */
  advance(milliseconds: number): void;
}

function start(
  source: ConnectionSource,
  maxConnections = 0,
  maxConnectionsPerAddress = 0,
): Setup {
  const counters = new NetCounters();
  const limits = new ConnectionLimits({ maxConnections, maxConnectionsPerAddress }, () => false);
  const accepted: Socket[] = [];
  const refused: [socket: Socket, status: number][] = [];
  const errors: unknown[] = [];
  let time = 0;
  const listener = new Listener(source, {
    now: () => time,
    limits,
    counters,
    turns: timerTurns(),
    handlers: {
      accepted: (socket) => void accepted.push(socket),
      refused: (socket, status) => void refused.push([socket, status]),
      acceptFailed: (error) => void errors.push(error),
    },
  });
  const advance = (milliseconds: number) => void (time += milliseconds);
  const running = listener.run();
  return { listener, running, counters, limits, accepted, refused, errors, advance };
}

function portOf(address: Deno.NetAddr | Deno.UnixAddr): number {
  assert(address.transport === "tcp");
  return address.port;
}

function connect(setup: Setup): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port: portOf(setup.listener.address) });
}

/** An error as Deno's `accept` rejects with it. */
function systemError(code: string): Error {
  return Object.assign(new Error(`Simulated ${code}`), { code });
}

/** A source whose next calls of `accept` reject. */
class FailingSource implements ConnectionSource {
  readonly #source = openPort(local);
  readonly #code: string;
  /** How many calls reject. */
  failures = 0;
  calls = 0;

  constructor(code: string) {
    this.#code = code;
  }

  get addr(): ConnectionSource["addr"] {
    return this.#source.addr;
  }

  async accept(): ReturnType<ConnectionSource["accept"]> {
    this.calls++;
    if (this.failures-- > 0) throw systemError(this.#code);
    return await this.#source.accept();
  }

  close(): void {
    this.#source.close();
  }
}

Deno.test("Listener.run() accepts until it is closed, and ends quietly", async () => {
  const setup = start(openPort(local));
  const peers = [await connect(setup), await connect(setup)];
  await waitFor(() => setup.accepted.length === 2);
  assertEquals(setup.accepted.map((socket) => socket.remoteAddress), ["127.0.0.1", "127.0.0.1"]);
  setup.listener.close();
  setup.listener.close();
  await setup.running;
  assertEquals([setup.errors, setup.counters.acceptErrors], [[], 0]);
  assertEquals([setup.counters.accepted, setup.limits.size], [2, 2]);
  for (const socket of [...setup.accepted, ...peers]) socket.close();
  assertEquals(setup.limits.size, 0);
});

Deno.test("Listener writes addresses of IPv4 peers as IPv4 on an IPv6 port", async () => {
  const setup = start(openPort({ ...local, hostname: "::" }));
  const peer = await connect(setup);
  await waitFor(() => setup.accepted.length === 1);
  assertEquals(setup.accepted[0]!.remoteAddress, "127.0.0.1");
  for (const closable of [setup.listener, peer, setup.accepted[0]!]) closable.close();
  await setup.running;
});

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EUNHEARDOF"]) {
  Deno.test(`hostile 93: Listener.run() survives ${code} (simulated), pauses and says so`, async () => {
    const source = new FailingSource(code);
    source.failures = 4;
    const setup = start(source);
    const peer = await connect(setup);
    await waitFor(() => setup.accepted.length === 1);
    assertEquals([setup.counters.acceptErrors, setup.errors.length], [4, 1]);
    // One call at a time, none while it pauses: four that failed, one that brought the peer.
    assertEquals(source.calls, 6);
    setup.listener.close();
    await setup.running;
    for (const socket of [...setup.accepted, peer]) socket.close();
  });
}

Deno.test("hostile 93: Listener.run() reports shortages once a minute, however many there are", async () => {
  const source = new FailingSource("EMFILE");
  const setup = start(source);
  const peers = [];
  for (let round = 0; round < 3; round++) {
    source.failures = 2;
    peers.push(await connect(setup), await connect(setup));
    await waitFor(() => setup.accepted.length === peers.length);
    setup.advance(40_000);
  }
  assertEquals([setup.counters.acceptErrors, setup.errors.length], [6, 2]);
  setup.listener.close();
  await setup.running;
  for (const socket of [...setup.accepted, ...peers]) socket.close();
});

Deno.test("hostile 93: Listener.close() ends a pause after EMFILE (simulated)", async () => {
  const source = new FailingSource("EMFILE");
  source.failures = Infinity;
  const setup = start(source);
  await waitFor(() => setup.counters.acceptErrors >= 3);
  setup.listener.close();
  await setup.running;
  assertEquals(setup.errors.length, 1);
});

for (const code of ["ENOTCONN", "ECONNABORTED", "ECONNRESET", "EINVAL", "EPERM"]) {
  Deno.test(`hostile 123: Listener.run() passes over ${code} of one connection`, async () => {
    const source = new FailingSource(code);
    source.failures = 1_000;
    const setup = start(source);
    // With a pause for each of them, waitFor would give up long before.
    const peer = await connect(setup);
    await waitFor(() => setup.accepted.length === 1);
    assertEquals([setup.errors, setup.counters.acceptErrors], [[], 0]);
    assertEquals([setup.counters.accepted, setup.counters.abandoned], [1_001, 1_000]);
    setup.listener.close();
    await setup.running;
    for (const socket of [...setup.accepted, peer]) socket.close();
  });
}

Deno.test("hostile 123: Listener.run() lets others run while connections fail without end", async () => {
  const source = new FailingSource("ENOTCONN");
  source.failures = Infinity;
  const setup = start(source);
  // Were there no turn of the event loop in between, this timer would never fire.
  await new Promise((resolve) => setTimeout(resolve, 0));
  setup.listener.close();
  await setup.running;
  assertEquals(setup.errors, []);
});

Deno.test("hostile 123: connections that were reset before accept delay nobody", async () => {
  const source = openPort(local);
  for (let round = 0; round < 100; round++) await connectAndReset(portOf(source.addr));
  const setup = start(source);
  const peer = await connect(setup);
  await waitFor(() => setup.accepted.length === 1);
  // Some systems drop them from the backlog, and then accept never hears of them.
  assertEquals(setup.counters.accepted - setup.counters.abandoned, 1);
  assertEquals([setup.errors, setup.counters.acceptErrors], [[], 0]);
  setup.listener.close();
  await setup.running;
  for (const socket of [...setup.accepted, peer]) socket.close();
});

Deno.test("hostile 92: Listener refuses connections of one address over the limit", async () => {
  const setup = start(openPort(local), 0, 2);
  const peers = [await connect(setup), await connect(setup), await connect(setup)];
  await waitFor(() => setup.counters.accepted === 3);
  assertEquals([setup.accepted.length, setup.refused.map(([, status]) => status)], [2, [429]]);
  assertEquals(setup.counters.refused, 1);
  setup.refused[0]![0].close();
  assertEquals(setup.limits.size, 2);
  setup.accepted[0]!.close();
  peers.push(await connect(setup));
  await waitFor(() => setup.accepted.length === 3);
  setup.listener.close();
  await setup.running;
  for (const socket of [...setup.accepted, ...peers]) socket.close();
});

Deno.test("Listener refuses connections over maxConnections with 503", async () => {
  const setup = start(openPort(local), 1);
  const peers = [await connect(setup), await connect(setup)];
  await waitFor(() => setup.refused.length === 1);
  assertEquals(setup.refused[0]![1], 503);
  setup.listener.close();
  await setup.running;
  for (const socket of [setup.refused[0]![0], ...setup.accepted, ...peers]) socket.close();
});

Deno.test("hostile 92: Listener just closes when too many are being told why", async () => {
  const setup = start(openPort(local), 0, 1);
  const peers = [];
  for (let i = 0; i < 105; i++) peers.push(await connect(setup));
  await waitFor(() => setup.counters.accepted === 105);
  assertEquals([setup.refused.length, setup.counters.refused], [100, 104]);
  // The last one sees the end at once.
  assertEquals(await peers.at(-1)!.read(new Uint8Array(1)), null);
  for (const [socket] of setup.refused) socket.close();
  peers.push(await connect(setup));
  await waitFor(() => setup.refused.length === 101);
  setup.listener.close();
  await setup.running;
  for (const socket of [setup.refused.at(-1)![0], ...setup.accepted, ...peers]) socket.close();
});

Deno.test("openPort() refuses a port that is taken", () => {
  using source = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = source.addr;
  const text = `Cannot listen on 127.0.0.1:${port}: `;
  assertThrows(() => openPort({ ...local, port }), Deno.errors.AddrInUse, text);
});

Deno.test("openPort() refuses texts that are no certificate and key", () => {
  const texts = { cert: "-----BEGIN CERTIFICATE-----", key: "-----BEGIN PRIVATE KEY-----" };
  assertThrows(() => openPort({ ...local, cert: "a", key: "b" }), TypeError, "Cannot use cert");
  assertThrows(() => openPort({ ...local, ...texts }), TypeError, "Cannot use cert and key");
});

Deno.test("Listener.replace() goes on with another source, one after the other", async () => {
  const setup = start(openPort(local));
  const { address } = setup.listener;
  const open = () => openPort({ ...local, port: portOf(address) });
  await Promise.all([setup.listener.replace(open, open), setup.listener.replace(open, open)]);
  assertEquals(setup.listener.address, address);
  const peer = await connect(setup);
  await waitFor(() => setup.accepted.length === 1);
  assertEquals(setup.counters.acceptErrors, 0);
  setup.listener.close();
  await setup.running;
  for (const socket of [...setup.accepted, peer]) socket.close();
});

Deno.test("Listener.replace() opens the old source again where the new one fails", async () => {
  const setup = start(openPort(local));
  const port = portOf(setup.listener.address);
  const fail = () => {
    throw new TypeError("No such certificate");
  };
  let failures = 2;
  const reopen = () => {
    if (failures-- > 0) throw systemError("EADDRINUSE");
    return openPort({ ...local, port });
  };
  await assertRejects(() => setup.listener.replace(fail, reopen), TypeError, "No such");
  assertEquals(setup.counters.acceptErrors, 2);
  const peer = await connect(setup);
  await waitFor(() => setup.accepted.length === 1);
  setup.listener.close();
  await setup.running;
  for (const socket of [...setup.accepted, peer]) socket.close();
});

Deno.test("Listener.close() ends a replacement that has not begun", async () => {
  const setup = start(openPort(local));
  const open = () => openPort(local);
  const replaced = setup.listener.replace(open, open);
  setup.listener.close();
  await assertRejects(() => replaced, Error, "listener is closed");
  await setup.running;
});
