/** Tests of server/net/http/upgrade_exchange.ts over a connection in memory, with a clock by hand. */

import { assertEquals } from "@std/assert";
import { HandshakeError } from "../../../../protocol/errors.ts";
import { decodeLatin1 } from "../../../../protocol/latin1.ts";
import type { UpgradeAttempt } from "../../../../server/net/http/http_context.ts";
import { headText, upgradeFields } from "../../../support/heads.ts";
import { HttpDriver } from "../../../support/http_driver.ts";

const get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const upgrade = headText("GET /ws HTTP/1.1", upgradeFields);

Deno.test("answerUpgrade() hands the socket over with what came behind the head", async () => {
  const attempts: UpgradeAttempt[] = [];
  const driver = new HttpDriver({
    upgrade(attempt) {
      attempts.push(attempt);
      return Promise.resolve(undefined);
    },
  });
  await driver.client.send(`${upgrade}\x81\x80abcd`);
  await driver.ended;
  const [attempt] = attempts;
  assertEquals(attempt!.head.target, "/ws");
  assertEquals(attempt!.url, "http://example.com/ws");
  assertEquals(decodeLatin1(attempt!.rest), "\x81\x80abcd");
  assertEquals(attempt!.remoteAddress, "192.0.2.1");
  assertEquals(driver.socket.isClosed, false);
  assertEquals(driver.deadlines.size, 0);
});

Deno.test("answerUpgrade() upgrades after a plain request, too", async () => {
  const driver = new HttpDriver({ upgrade: () => Promise.resolve(undefined) });
  assertEquals((await driver.client.request(get)).status, 200);
  await driver.client.send(upgrade);
  await driver.ended;
  assertEquals(driver.socket.isClosed, false);
});

Deno.test("hostile 19: answerUpgrade() handles nothing behind an upgrade that failed", async () => {
  const refusals: (() => Promise<Response>)[] = [
    () => Promise.resolve(new Response("no", { status: 403 })),
    () => Promise.reject(new HandshakeError(403, "no")),
  ];
  for (const refuse of refusals) {
    const driver = new HttpDriver({ upgrade: refuse, fetch: () => new Response("smuggled") });
    await driver.client.send(upgrade + get);
    const response = await driver.client.response();
    assertEquals([response.status, response.headers.get("connection")], [403, "close"]);
    assertEquals(await driver.client.rest(), "");
    await driver.hangUp();
    assertEquals([driver.counters.requests, driver.counters.rejected], [1, 1]);
  }
});

Deno.test("answerUpgrade() answers 500 when the upgrade handler fails, without detail", async () => {
  const driver = new HttpDriver({ upgrade: () => Promise.reject(new Error("secret")) });
  const response = await driver.client.request(upgrade);
  assertEquals([response.status, response.body], [500, "Internal Server Error\n"]);
  await driver.hangUp();
  assertEquals(driver.errors.map(String), ["Error: secret"]);
  assertEquals(driver.counters.handlerErrors, 1);
});

Deno.test("answerUpgrade() sends the fields of a HandshakeError", async () => {
  const error = new HandshakeError(426, "Use 13", { "sec-websocket-version": "13" });
  const driver = new HttpDriver({ upgrade: () => Promise.reject(error) });
  const response = await driver.client.request(upgrade);
  assertEquals(response.headers.get("sec-websocket-version"), "13");
  assertEquals(response.body, "Use 13\n");
  await driver.hangUp();
});

Deno.test("answerUpgrade() closes the socket when an upgrade handler takes too long", async () => {
  const answer = Promise.withResolvers<undefined>();
  const driver = new HttpDriver({ upgrade: () => answer.promise });
  await driver.client.send(upgrade);
  await driver.settle();
  driver.advance(10_000);
  driver.advance(10_000);
  assertEquals(await driver.client.rest(), "");
  answer.resolve(undefined);
  await driver.ended;
  assertEquals([driver.counters.timeouts, driver.deadlines.size], [1, 0]);
});
