/** Limits of connections where a proxy stands in front, which has one address for many clients. */

import { assertEquals } from "@std/assert";
import { EchoServer } from "../support/echo.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { waitFor } from "../support/wait.ts";

const options = { trustProxy: ["127.0.0.1/32"], maxConnectionsPerAddress: 2 };

/** A proxy's connection for a client, and the status of its upgrade. */
interface Upgraded extends Disposable {
  readonly status: number;
}

/** Upgrades for a client, as a proxy that sends X-Forwarded-For. */
async function upgradeFor(server: EchoServer, client: string): Promise<Upgraded> {
  const conn = await server.openTcp();
  const fields = [...upgradeFields, ["X-Forwarded-For", client]] as const;
  const { status } = await new HttpClient(conn).request(headText("GET / HTTP/1.1", fields));
  return { status, [Symbol.dispose]: () => conn.close() };
}

/** Upgrades for a client, as a proxy that speaks the PROXY protocol. */
async function upgradeBy(server: EchoServer, client: string): Promise<Upgraded> {
  const conn = await server.openTcp();
  const family = client.includes(":") ? "TCP6" : "TCP4";
  const own = client.includes(":") ? "::1" : "127.0.0.1";
  const header = `PROXY ${family} ${client} ${own} 4711 80\r\n`;
  const http = new HttpClient(conn);
  await http.send(header + headText("GET / HTTP/1.1", upgradeFields));
  const { status } = await http.response();
  return { status, [Symbol.dispose]: () => conn.close() };
}

for (
  const [name, upgrade, proxyProtocol] of [
    ["X-Forwarded-For", upgradeFor, false],
    ["the PROXY protocol", upgradeBy, true],
  ] as const
) {
  Deno.test(`hostile 161: serve() counts the connections of a client behind a proxy, by ${name}`, async () => {
    await using server = new EchoServer({ ...options, proxyProtocol });
    const open: Upgraded[] = [];
    const statuses: number[] = [];
    for (
      const client of [
        "192.0.2.1",
        "192.0.2.1",
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8::1",
        "2001:db8::2",
        "2001:db8::3",
        "2001:db8:0:1::1",
      ]
    ) {
      const upgraded = await upgrade(server, client);
      open.push(upgraded);
      statuses.push(upgraded.status);
    }
    assertEquals(statuses, [101, 101, 429, 101, 101, 101, 429, 101]);
    assertEquals(server.server.stats().http.refused, 2);

    open[0]![Symbol.dispose]();
    await waitFor(() => server.closes.length === 1);
    const again = await upgrade(server, "192.0.2.1");
    const tooMany = await upgrade(server, "192.0.2.1");
    assertEquals([again.status, tooMany.status], [101, 429]);
    for (const upgraded of [...open.slice(1), again, tooMany]) upgraded[Symbol.dispose]();
  });
}

Deno.test("serve() counts no client for an upgrade that is refused, nor for a plain request", async () => {
  const refuse = { ...options, maxConnectionsPerAddress: 1, path: "/ws" };
  await using server = new EchoServer({ ...refuse, fetch: () => new Response("page") });
  for (let i = 0; i < 3; i++) {
    const refused = await upgradeFor(server, "192.0.2.1"); // at another path
    assertEquals(refused.status, 404);
    refused[Symbol.dispose]();
    using conn = await server.openTcp();
    const fields = [["Host", "a"], ["X-Forwarded-For", "192.0.2.1"]] as const;
    const { status } = await new HttpClient(conn).request(headText("GET /page HTTP/1.1", fields));
    assertEquals(status, 200);
  }
});
