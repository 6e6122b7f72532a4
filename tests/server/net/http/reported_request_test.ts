/** Tests of server/net/http/reported_request.ts over a connection in memory. */

import { assertEquals } from "@std/assert";
import { ProxyTrust } from "../../../../server/net/listen/forwarded.ts";
import { HttpDriver } from "../../../support/http_driver.ts";

const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

Deno.test("hostile 39: ReportedRequest believes X-Forwarded-For of a trusted proxy only", async () => {
  const request = get.replace("\r\n\r\n", "\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n");
  for (const [trust, expected] of [[0, "192.0.2.1"], [1, "203.0.113.9"]] as const) {
    const driver = new HttpDriver({
      trust: new ProxyTrust(trust),
      fetch: (_request, info) => new Response(info.remoteAddress),
    });
    assertEquals((await driver.client.request(request)).body, expected);
    await driver.hangUp();
  }
});

Deno.test("ReportedRequest gives a request of HTTP/1.0 a URL, without Host too", async () => {
  const driver = new HttpDriver({ fetch: (request) => new Response(request.url) });
  const { body } = await driver.client.request("GET /a HTTP/1.0\r\n\r\n");
  assertEquals(body, "http://localhost/a");
  await driver.hangUp();
});

Deno.test("hostile 171: ReportedRequest believes of a trusted proxy for which URL it asks", async () => {
  const fields = "X-Forwarded-Proto: https\r\nX-Forwarded-Host: a.example:8443\r\n";
  const request = get.replace("\r\n\r\n", `\r\n${fields}\r\n`);
  const options = { allowedHosts: ["a.example"] };
  for (const [hops, status] of [[0, 421], [1, 200]] as const) {
    const driver = new HttpDriver({
      options,
      trust: new ProxyTrust(hops),
      fetch: (request) => new Response(request.url),
    });
    const response = await driver.client.request(request);
    assertEquals(response.status, status);
    if (hops > 0) assertEquals(response.body, "https://a.example:8443/a");
    await driver.hangUp();
  }
  const driver = new HttpDriver({ options, trust: new ProxyTrust(1) });
  const absolute = request.replace("/a", "http://other.example/a");
  assertEquals((await driver.client.request(absolute)).status, 421);
  await driver.hangUp();
});
