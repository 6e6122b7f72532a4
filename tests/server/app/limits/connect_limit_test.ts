/** How fast clients may connect from one address. */

import { assertEquals } from "@std/assert";
import { App, serve } from "@hawser/ws";
import { ConnectLimit } from "../../../../server/app/limits/connect_limit.ts";
import { ManualClock } from "../../../support/clients.ts";

function limitOf(burst: number): { limit: ConnectLimit; clock: ManualClock } {
  const clock = new ManualClock();
  return { limit: new ConnectLimit({ perSecond: 0.5, burst }, clock.now), clock };
}

Deno.test("ConnectLimit.check() answers 429, and says when to come back", async () => {
  const { limit, clock } = limitOf(2);
  assertEquals([limit.check("192.0.2.1"), limit.check("192.0.2.1")], [undefined, undefined]);
  const refusal = limit.check("192.0.2.1");
  assertEquals([refusal?.status, refusal?.headers.get("retry-after")], [429, "2"]);
  assertEquals(await refusal?.text(), "Too many connects");
  assertEquals(limit.check("192.0.2.2"), undefined);
  clock.time += 2_000;
  assertEquals(limit.check("192.0.2.1"), undefined);
});

Deno.test("ConnectLimit.check() counts a network of IPv6 as one address, and this machine never", () => {
  const { limit } = limitOf(1);
  assertEquals(limit.check("2001:db8::1"), undefined);
  assertEquals(limit.check("2001:db8::2")?.status, 429);
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
  const app = new App({ auth: { verify }, fallback: true, connectRate });
  const options = { port: 0, hostname: "127.0.0.1", trustProxy: 1, onListen() {} };
  await using server = serve({ ...options, app });
  const statuses = [];
  for (const path of ["poll", "poll", "poll", "sse"]) {
    const url = `http://127.0.0.1:${server.addr.port}/${path}?token=t`;
    const response = await fetch(url, { headers: { "x-forwarded-for": "192.0.2.1" } });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  const fields = { upgrade: "websocket", connection: "upgrade", "x-forwarded-for": "192.0.2.1" };
  const request = new Request(`http://localhost/?token=t`, { headers: fields });
  const answer = await app.admit(request, { remoteAddress: "192.0.2.1", protocols: [] });
  statuses.push(answer instanceof Response && answer.status);
  assertEquals([statuses, verified], [[200, 200, 429, 429, 429], 2]);
});
