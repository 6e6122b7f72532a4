/** Tests of server/net/websocket/keepalive.ts: all times are given to it. */

import { assertEquals } from "@std/assert";
import { Keepalive, type KeepaliveAction } from "../../../../server/net/websocket/keepalive.ts";

const options = { pingInterval: 25_000, pingTimeout: 20_000, messageTimeout: 60_000 };

/** Steps from deadline to deadline; `answer` tells whether the peer reacts at once to each ping. */
function follow(
  keepalive: Keepalive,
  steps: number,
  answer: boolean,
): [at: number, action: KeepaliveAction][] {
  return Array.from({ length: steps }, () => {
    const at = keepalive.deadline;
    const action = keepalive.check(at, false);
    if (action === "ping" && answer) keepalive.received();
    return [at, action];
  });
}

function pingsOf(steps: [at: number, action: KeepaliveAction][]): number[] {
  return steps.flatMap(([at, action]) => action === "ping" ? [at] : []);
}

Deno.test("Keepalive.check() pings at every interval while the peer answers", () => {
  const steps = follow(new Keepalive(options, 1_000), 8, true);
  assertEquals(pingsOf(steps), [26_000, 51_000, 76_000, 101_000]);
  assertEquals(steps.every(([, action]) => action === "ping" || action === "none"), true);
});

Deno.test("Keepalive.check() pings at every interval where the timeout is longer", () => {
  const steps = follow(new Keepalive({ ...options, pingTimeout: 60_000 }, 0), 4, true);
  assertEquals(pingsOf(steps), [25_000, 50_000, 75_000, 100_000]);
});

Deno.test("Keepalive.check() does nothing before the deadline", () => {
  const keepalive = new Keepalive(options, 0);
  assertEquals(keepalive.check(24_999, false), "none");
  assertEquals(keepalive.deadline, 25_000);
});

Deno.test("hostile 89: Keepalive.check() finds a silent peer dead one timeout after the ping", () => {
  const steps = follow(new Keepalive(options, 0), 3, false);
  assertEquals(steps, [[25_000, "ping"], [45_000, "none"], [45_000, "disconnect"]]);
});

Deno.test("Keepalive.check() measures the timeout from the first ping without an answer", () => {
  const keepalive = new Keepalive({ ...options, pingInterval: 8_000 }, 0);
  const steps = follow(keepalive, 5, false);
  assertEquals(pingsOf(steps), [8_000, 16_000, 24_000]);
  assertEquals(steps.at(-1), [28_000, "disconnect"]);
});

Deno.test("Keepalive.check() takes any bytes after the ping as its answer", () => {
  const keepalive = new Keepalive(options, 0);
  keepalive.received();
  assertEquals(keepalive.check(25_000, false), "ping");
  keepalive.received();
  assertEquals(keepalive.check(45_000, false), "none");
  assertEquals(keepalive.deadline, 50_000);
});

Deno.test("Keepalive.check() does not take what came before the ping as its answer", () => {
  const keepalive = new Keepalive(options, 0);
  keepalive.received();
  assertEquals(keepalive.check(25_000, false), "ping");
  assertEquals(keepalive.check(45_000, false), "none");
  assertEquals(keepalive.check(45_250, false), "disconnect");
});

Deno.test("hostile 122: Keepalive.check() spares a peer whose answer is read late by a process that stood still", () => {
  const keepalive = new Keepalive(options, 0);
  assertEquals(keepalive.check(25_000, false), "ping");
  assertEquals(keepalive.check(900_000, false), "none");
  keepalive.received(); // the answer was in the kernel's buffer
  assertEquals(keepalive.check(900_250, false), "ping");
  assertEquals(keepalive.deadline, 920_250);
});

Deno.test("Keepalive.check() pings while paused, but blames nobody", () => {
  const keepalive = new Keepalive(options, 0);
  const actions = [25_000, 45_000, 50_000, 75_000, 100_000].map((now) =>
    keepalive.check(now, true)
  );
  assertEquals(actions, ["ping", "none", "ping", "ping", "ping"]);
});

Deno.test("Keepalive.check() starts a message's time anew while paused", () => {
  const keepalive = new Keepalive({ ...options, pingInterval: 0 }, 0);
  keepalive.messageBegan(0);
  assertEquals(keepalive.check(60_000, true), "none");
  assertEquals(keepalive.check(119_999, false), "none");
  assertEquals(keepalive.check(120_000, false), "slow message");
});

Deno.test("hostile 57: Keepalive.check() ends a message that takes too long, pings answered or not", () => {
  const keepalive = new Keepalive(options, 0);
  keepalive.messageBegan(10_000);
  const steps = follow(keepalive, 5, true);
  assertEquals(pingsOf(steps), [25_000, 50_000]);
  assertEquals(steps.at(-1), [70_000, "slow message"]);
});

Deno.test("Keepalive.messageEnded() stops the message's time", () => {
  const keepalive = new Keepalive(options, 0);
  assertEquals(keepalive.awaitsMessage, true);
  keepalive.messageBegan(10_000);
  assertEquals(keepalive.awaitsMessage, false);
  keepalive.messageEnded();
  assertEquals(keepalive.awaitsMessage, true);
  assertEquals(keepalive.deadline, 25_000);
});

Deno.test("Keepalive has no deadline where every timeout is off", () => {
  const keepalive = new Keepalive({ pingInterval: 0, pingTimeout: 0, messageTimeout: 0 }, 0);
  assertEquals(keepalive.awaitsMessage, false);
  assertEquals(keepalive.deadline, Infinity);
  assertEquals(keepalive.check(1e12, false), "none");
});

Deno.test("Keepalive.check() pings for ever without a timeout for the answer", () => {
  const steps = follow(new Keepalive({ ...options, pingTimeout: 0 }, 0), 3, false);
  assertEquals(steps, [[25_000, "ping"], [50_000, "ping"], [75_000, "ping"]]);
});

Deno.test("Keepalive.probeWhenQuiet() pings once after two seconds without bytes", () => {
  const keepalive = new Keepalive(options, 0);
  keepalive.probeWhenQuiet(0);
  assertEquals(keepalive.deadline, 2_000);
  keepalive.received();
  assertEquals(keepalive.check(2_000, false), "none");
  assertEquals(keepalive.check(4_000, false), "ping");
  assertEquals(keepalive.check(6_000, false), "none");
  // A peer that answers and is quiet again is pinged again.
  keepalive.received();
  assertEquals(keepalive.check(8_000, false), "none");
  assertEquals(keepalive.check(10_000, false), "ping");
  keepalive.received();
  keepalive.stopProbing();
  assertEquals(keepalive.check(30_000, false), "none");
  assertEquals(keepalive.check(35_000, false), "ping");
});

Deno.test("Keepalive.probeWhenQuiet() wants an answer as to any ping", () => {
  const keepalive = new Keepalive(options, 0);
  keepalive.probeWhenQuiet(0);
  assertEquals(keepalive.check(2_000, false), "ping");
  assertEquals(keepalive.check(22_000, false), "none");
  assertEquals(keepalive.check(22_250, false), "disconnect");
});

Deno.test("Keepalive.probeWhenQuiet() does nothing where no pings are sent", () => {
  const keepalive = new Keepalive({ ...options, pingInterval: 0 }, 0);
  keepalive.probeWhenQuiet(0);
  assertEquals(keepalive.deadline, Infinity);
});

Deno.test("Keepalive.probeWhenQuiet() takes nobody for quiet whom we do not read", () => {
  const keepalive = new Keepalive(options, 0);
  keepalive.probeWhenQuiet(0);
  assertEquals(keepalive.check(2_000, true), "none");
  assertEquals(keepalive.check(4_000, true), "none");
});

Deno.test("hostile 180: Keepalive.check() gives a ping the time of what it waits behind", () => {
  const keepalive = new Keepalive(options, 0);
  assertEquals(keepalive.check(25_000, false, 60_000), "ping");
  const actions = [50_000, 75_000].map((now) => keepalive.check(now, false, 90_000));
  assertEquals(actions, ["ping", "ping"]);
  assertEquals(keepalive.check(80_000, false, 90_000), "none"); // more was taken
  assertEquals(keepalive.deadline, 90_000);
  assertEquals(keepalive.check(90_000, false, 90_000), "none");
  assertEquals(keepalive.check(90_250, false, 90_000), "disconnect");
});

Deno.test("hostile 180: Keepalive.check() waits six timeouts more at the most where nothing more is taken", () => {
  const keepalive = new Keepalive({ ...options, pingTimeout: 50 }, 0);
  assertEquals(keepalive.check(25_000, false, 100_000), "ping");
  assertEquals(keepalive.deadline, 25_350);
  assertEquals(keepalive.check(25_350, false, 100_000), "none");
  assertEquals(keepalive.check(25_600, false, 100_000), "disconnect");
});
