/** Clients behind a proxy that speaks the PROXY protocol: by hand, and the real HAProxy. */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { serve, type ServeOptions, type Server } from "@hawser/ws";
import { makeCertificate } from "../support/certificate.ts";
import { HttpClient } from "../support/http_client.ts";
import { optional } from "../support/optional.ts";
import { startTcpHaproxy } from "../support/haproxy.ts";
import { connectClient } from "../support/text_client.ts";
import { waitFor } from "../support/wait.ts";

const trusted: ServeOptions = {
  port: 0,
  hostname: "127.0.0.1",
  trustProxy: ["127.0.0.1/32"],
  proxyProtocol: true,
};

/** A server that tells each client its address, by HTTP and by WebSocket. */
function serveAddresses(options: ServeOptions = trusted): Server {
  const tell = (address: string) => new Response(address);
  return serve({ ...options, fetch: (_, info) => tell(info.remoteAddress) }, (connection) => {
    connection.send(connection.remoteAddress);
  });
}

const get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

async function askBehind(server: Server, header: string, request = get): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const { body } = await new HttpClient(conn).request(header + request);
  return body;
}

Deno.test("serve() takes the client's address of a trusted proxy's header", async () => {
  await using server = serveAddresses();
  const header = "PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n";
  assertEquals(await askBehind(server, header), "203.0.113.7");
  assertEquals(await askBehind(server, "PROXY UNKNOWN\r\n"), "127.0.0.1");
});

Deno.test("hostile 39: X-Forwarded-For of a client behind the PROXY protocol is ignored", async () => {
  const header = "PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n";
  const forged = get.replace("\r\n\r\n", "\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n");
  for (const trustProxy of [1, ["127.0.0.1/32"]]) {
    await using server = serveAddresses({ ...trusted, trustProxy });
    assertEquals(await askBehind(server, header, forged), "203.0.113.7");
  }
  await using two = serveAddresses({ ...trusted, trustProxy: 2 });
  assertEquals(await askBehind(two, header, forged), "198.51.100.1");
});

Deno.test("hostile 38: a PROXY header of a peer that is no trusted proxy is 400", async () => {
  await using server = serveAddresses({ ...trusted, trustProxy: ["203.0.113.0/24"] });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const header = "PROXY TCP4 203.0.113.7 127.0.0.1 4711 80\r\n";
  assertEquals((await new HttpClient(conn).request(header + get)).status, 400);
  assertEquals(server.stats().http.proxyFailures, 0);
});

Deno.test("hostile 210: a trusted proxy's connection without a header is closed and counted", async () => {
  await using server = serveAddresses();
  for (const start of [get, "PROXY TCP4 203.0.113.7\r\n", "\r\n\r\n\0\r\nQUIT\nxxxxxxxxx"]) {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    await conn.write(new TextEncoder().encode(start));
    assertEquals(await new HttpClient(conn).rest(), "");
  }
  assertEquals(server.stats().http.proxyFailures, 3);
  // The port check of a load balancer.
  (await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port })).close();
  await waitFor(() => server.stats().http.abandoned === 1);
});

Deno.test("hostile 210: a PROXY header that does not come is waited for until handshakeTimeout", async () => {
  await using server = serveAddresses({ ...trusted, handshakeTimeout: 60 });
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  await conn.write(new TextEncoder().encode("PROXY TCP4 203.0.113.7"));
  assertEquals(await new HttpClient(conn).rest(), "");
  assertEquals(server.stats().http.timeouts, 1);
});

Deno.test("serve() refuses proxyProtocol where nobody is trusted, or with TLS", async () => {
  const certificate = await makeCertificate();
  assertThrows(() => serve({ proxyProtocol: true }, () => {}), TypeError, "trustProxy");
  assertThrows(() => serve({ ...trusted, ...certificate }, () => {}), TypeError, "TLS must end");
});

for (const version of ["send-proxy", "send-proxy-v2"] as const) {
  Deno.test({
    name: `serve() behind HAProxy with ${version} knows its clients, by HTTP and by WebSocket`,
    ...optional("haproxy"),
    async fn() {
      await using server = serveAddresses();
      await using proxy = await startTcpHaproxy(server.addr.port, version);
      // Clients of other addresses than the proxy's own: loopback has many.
      const response = await proxy.fetchFrom("127.0.0.9");
      assertStringIncludes(response, "127.0.0.9");
      const client = await connectClient(`ws://127.0.0.1:${proxy.port}`);
      assertEquals(await client.next(), "127.0.0.1");
      client.socket.close();
      await client.closed;
      assertEquals(server.stats().http.proxyFailures, 0);
      assert(server.stats().connections.opened === 1);
    },
  });
}
