/** The listener and the HTTP half over real TLS. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { App } from "../../server/app/app.ts";
import { openPort } from "../../server/net/listen/listener.ts";
import { serve } from "../../server/serve.ts";
import { fallback } from "../../server/wires/fallback/mod.ts";
import { makeCertificate } from "../support/certificate.ts";
import { headText, upgradeFields } from "../support/heads.ts";
import { HttpClient } from "../support/http_client.ts";
import { TestServer } from "../support/http_server.ts";
import { waitFor } from "../support/wait.ts";

const get = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
const certificate = await makeCertificate();
const caCerts = [certificate.cert];

function connectTls(server: TestServer, alpnProtocols?: string[]): Promise<Deno.TlsConn> {
  const options = { hostname: "localhost", port: server.port, caCerts };
  return Deno.connectTls(alpnProtocols === undefined ? options : { ...options, alpnProtocols });
}

Deno.test("fetch() over TLS sees https and HTTP/1.1", async () => {
  await using server = new TestServer({
    ...certificate,
    fetch: (request) => new Response(request.url),
  });
  using client = Deno.createHttpClient({ caCerts });
  const url = `https://localhost:${server.port}/a`;
  assertEquals(await (await fetch(url, { client })).text(), url);
});

Deno.test("hostile 149: a TLS server lets no page of http in, by no transport", async () => {
  await using server = serve({
    port: 0,
    hostname: "127.0.0.1",
    ...certificate,
    path: "/ws",
    app: new App(),
    wires: [fallback()],
  });
  const { port } = server.addr;
  const fields = upgradeFields.filter(([name]) => name !== "Host");
  for (const [scheme, status] of [["http", 403], ["https", 101]] as const) {
    using conn = await Deno.connectTls({ hostname: "localhost", port, caCerts });
    const host = [["Host", `localhost:${port}`], [
      "Origin",
      `${scheme}://localhost:${port}`,
    ]] as const;
    const text = headText("GET /ws HTTP/1.1", [...host, ...fields]);
    assertEquals((await new HttpClient(conn).request(text)).status, status, scheme);
  }
  for (const [scheme, status] of [["http", 403], ["https", 200]] as const) {
    for (const path of ["/sse", "/poll"]) {
      using conn = await Deno.connectTls({ hostname: "localhost", port, caCerts });
      const client = new HttpClient(conn);
      const host = [["Host", `localhost:${port}`], [
        "Origin",
        `${scheme}://localhost:${port}`,
      ]] as const;
      await client.send(headText(`GET ${path} HTTP/1.1`, host));
      assertEquals(
        await client.firstLine(),
        `HTTP/1.1 ${status} ${status === 200 ? "OK" : "Forbidden"}`,
      );
    }
  }
});

Deno.test("a TLS listener offers http/1.1 and nothing else", async () => {
  await using server = new TestServer(certificate);
  using conn = await connectTls(server, ["h2", "http/1.1"]);
  const { alpnProtocol } = await conn.handshake();
  assertEquals(alpnProtocol, "http/1.1");
  await assertRejects(async () => {
    using h2 = await connectTls(server, ["h2"]);
    await h2.handshake();
  });
  await waitFor(() => server.counters.tlsFailures === 1);
});

Deno.test("a peer over TLS sees a refusal, and the end behind it", async () => {
  await using server = new TestServer({ ...certificate, maxBodySize: 10 });
  using conn = await connectTls(server);
  const client = new HttpClient(conn);
  await client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n");
  const sent = client.send("a".repeat(50_000)).catch(() => {});
  assertEquals((await client.response()).status, 413);
  assertEquals(await client.rest(), "");
  await sent;
});

// Deno frees the descriptor of a TLS connection in its handshake only when the peer ends, also after
// `close`; so these tests look at what the server does, and not at what the peer sees.

Deno.test("hostile 13: a TLS peer that sends nothing is given up at the deadline", async () => {
  await using server = new TestServer({ ...certificate, handshakeTimeout: 100 });
  using _silent = await server.connect();
  await waitFor(() => server.counters.tlsFailures === 1 && server.size === 0);
  assertEquals([server.counters.timeouts, server.limits.size], [1, 0]);
});

Deno.test("hostile 34: plain HTTP on a TLS port closes that connection only", async () => {
  await using server = new TestServer(certificate);
  for (let round = 1; round <= 3; round++) {
    using conn = await server.connect();
    const client = new HttpClient(conn);
    await client.send(get);
    const text = await client.rest();
    assert(!text.includes("HTTP"), text);
    assertEquals(server.counters.tlsFailures, round);
  }
  using conn = await connectTls(server);
  assertEquals((await new HttpClient(conn).request(get)).status, 200);
  assertEquals([server.errors, server.counters.acceptErrors], [[], 0]);
});

Deno.test("hostile 35: a TLS hello that stalls or is huge ends at the deadline or before", async () => {
  await using server = new TestServer({ ...certificate, handshakeTimeout: 200 });
  // A record of 512 bytes that never comes; a hello that says it has 16 MiB.
  const hellos = ["\x16\x03\x01\x02\x00\x01\x00", "\x16\x03\x01\x00\x06\x01\xff\xff\xff\x03\x03"];
  const peers: Deno.TcpConn[] = [];
  for (const hello of hellos) {
    const peer = await server.connect();
    await new HttpClient(peer).send(hello);
    peers.push(peer);
  }
  await waitFor(() => server.counters.tlsFailures === 2 && server.size === 0);
  using conn = await connectTls(server);
  assertEquals((await new HttpClient(conn).request(get)).status, 200);
  for (const peer of peers) peer.close();
});

Deno.test("hostile 35: a stalled TLS hello does not keep others from being served", async () => {
  await using server = new TestServer(certificate);
  using stalled = await server.connect();
  await stalled.write(Uint8Array.of(0x16, 3, 1));
  using conn = await connectTls(server);
  assertEquals((await new HttpClient(conn).request(get)).status, 200);
});

Deno.test("hostile 36: the end of a TCP connection in the middle of TLS is swallowed and counted", async () => {
  await using server = new TestServer(certificate);
  for (const hello of ["", "\x16\x03\x01\x02\x00\x01\x00"]) {
    const conn = await server.connect();
    await new HttpClient(conn).send(hello);
    conn.close();
  }
  await waitFor(() => server.counters.tlsFailures === 2 && server.size === 0);
  assertEquals(server.errors, []);
});

Deno.test("hostile 37: TLS 1.0 and 1.1 are refused", async () => {
  await using server = new TestServer(certificate);
  for (
    const [version, accepted] of [["-tls1", false], ["-tls1_1", false], ["-tls1_2", true]] as const
  ) {
    const connect = `127.0.0.1:${server.port}`;
    // The lowest security level, so that it is the server that refuses and not this client.
    const args = ["s_client", "-connect", connect, version, "-cipher", "ALL:@SECLEVEL=0"];
    const command = new Deno.Command("openssl", {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
    const output = await command.output();
    const text = new TextDecoder().decode(output.stderr) + new TextDecoder().decode(output.stdout);
    assertEquals(/Cipher is (?!\(NONE\))/.test(text), accepted, text);
    if (!accepted) assertStringIncludes(text, "alert");
  }
});

Deno.test("hostile 92: over TLS a connection too many is closed without a word", async () => {
  await using server = new TestServer({ ...certificate, maxConnectionsPerAddress: 1 });
  using first = await connectTls(server);
  assertEquals((await new HttpClient(first).request(get)).status, 200);
  using second = await connectTls(server);
  assertEquals(await new HttpClient(second).rest().catch(() => ""), "");
  assertEquals([server.counters.refused, server.limits.size, server.size], [1, 1, 1]);
});

Deno.test("openPort() refuses a key that belongs to another certificate", async () => {
  const { key } = await makeCertificate();
  const { cert } = certificate;
  assertThrows(
    () => openPort({ hostname: "127.0.0.1", port: 0, cert, key, loadBalanced: false }),
    TypeError,
    "Cannot use cert and key",
  );
});

Deno.test("Server.setCertificate() serves new connections by it, and keeps the old ones", async () => {
  await using server = serve({ port: 0, hostname: "127.0.0.1", ...certificate }, () => {});
  const { port } = server.addr;
  const connectBy = async (caCert: string) => {
    const conn = await Deno.connectTls({ hostname: "localhost", port, caCerts: [caCert] });
    await conn.handshake();
    return conn;
  };
  using old = await connectBy(certificate.cert);
  const before = new HttpClient(old);
  const renewed = await makeCertificate();
  await server.setCertificate(renewed);
  assertEquals(server.addr.port, port);
  assertEquals((await before.request(get)).status, 426);
  using conn = await connectBy(renewed.cert);
  assertEquals((await new HttpClient(conn).request(get)).status, 426);
  await assertRejects(() => connectBy(certificate.cert));
});

Deno.test("Server.setCertificate() keeps the old one where the new cannot be used", async () => {
  await using server = serve({ port: 0, hostname: "127.0.0.1", ...certificate }, () => {});
  const other = await makeCertificate();
  const mixed = { cert: other.cert, key: certificate.key };
  for (
    const [wrong, message] of [[mixed, "cert and key"], [{ cert: "", key: "" }, "cert"]] as const
  ) {
    await assertRejects(() => server.setCertificate(wrong), TypeError, `Cannot use ${message}`);
    const { port } = server.addr;
    using conn = await Deno.connectTls({ hostname: "localhost", port, caCerts });
    assertEquals((await new HttpClient(conn).request(get)).status, 426);
  }
  await server.shutdown();
  await assertRejects(() => server.setCertificate(other), Error, "listener is closed");
});
