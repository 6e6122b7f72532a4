/** How fast clients may connect from one address. */

import { assertEquals } from "@std/assert";
import { App, fallback, serve } from "@hawser/ws";
import { ConnectLimit } from "../../../../server/app/limits/connect_limit.ts";
import { ManualClock } from "../../../support/clients.ts";
import { upgradeFields } from "../../../support/heads.ts";

function limitOf(burst: number): { limit: ConnectLimit; clock: ManualClock } {
  const clock = new ManualClock();
  return { limit: new ConnectLimit({ perSecond: 0.5, burst }, clock.now), clock };
}

Deno.test("ConnectLimit.check() refuses too many, and says when to come back", () => {
  const { limit, clock } = limitOf(2);
  assertEquals([limit.check("192.0.2.1"), limit.check("192.0.2.1")], [undefined, undefined]);
  const refusal = limit.check("192.0.2.1");
  assertEquals([refusal?.code, refusal?.details], ["RATE_LIMITED", { retryAfter: 2 }]);
  assertEquals(refusal?.message, "Too many connects");
  assertEquals(limit.check("192.0.2.2"), undefined);
  clock.time += 2_000;
  assertEquals(limit.check("192.0.2.1"), undefined);
});

Deno.test("ConnectLimit.check() counts a network of IPv6 as one address, and this machine never", () => {
  const { limit } = limitOf(1);
  assertEquals(limit.check("2001:db8::1"), undefined);
  assertEquals(limit.check("2001:db8::2")?.code, "RATE_LIMITED");
  for (let i = 0; i < 10; i++) {
    assertEquals([limit.check("127.0.0.1"), limit.check("::1")], [undefined, undefined]);
  }
});

Deno.test("hostile 132: App counts connects of an address by any wire, before a token is looked at", async () => {
  let verified = 0;
  const verify = () => {
    verified++;
    return Promise.resolve({ user: "ada" });
  };
  const connectRate = { perSecond: 0.01, burst: 2 };
  const app = new App({ auth: { verify }, connectRate });
  const options = { port: 0, hostname: "127.0.0.1", trustProxy: 1, onListen() {} };
  await using server = serve({ ...options, app, wires: [fallback()] });
  const statuses = [];
  for (const path of ["poll", "poll", "poll", "sse"]) {
    const url = `http://127.0.0.1:${server.addr.port}/${path}?token=t`;
    const response = await fetch(url, { headers: { "x-forwarded-for": "192.0.2.1" } });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  const headers = { ...Object.fromEntries(upgradeFields), "x-forwarded-for": "192.0.2.1" };
  const answer = await fetch(`http://127.0.0.1:${server.addr.port}/?token=t`, { headers });
  await answer.body?.cancel();
  statuses.push(answer.status);
  assertEquals([statuses, verified], [[200, 200, 429, 429, 429], 2]);
});
