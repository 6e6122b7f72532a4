/** Tests of server/net/connection_log.ts. */

import { assert, assertEquals } from "@std/assert";
import { RequestParser } from "../../../protocol/http1.ts";
import { ConnectionLog, noticeOf, requestedBy } from "../../../server/net/connection_log.ts";
import type { LogRecord } from "../../../server/net/log_records.ts";
import { utf8 } from "../../support/bytes.ts";
import { headLimits } from "../../support/heads.ts";
import { MemoryConnection } from "../../support/memory_connection.ts";

const requested = { origin: "https://a.example", path: "/ws" };
const traffic = { messagesIn: 1, messagesOut: 2, bytesIn: 30, bytesOut: 40 };

function readHead(text: string) {
  const parser = new RequestParser(headLimits);
  parser.push(utf8(text));
  assert(parser.head !== undefined);
  return parser.head;
}

/** A log whose clock stands where a test puts it. */
class Fixture {
  time = 0;
  readonly records: LogRecord[] = [];
  readonly log = new ConnectionLog(
    (record) => void this.records.push(record),
    () => this.time,
  );

  /** The records without their times, which are the wall clock's. */
  get timeless(): object[] {
    return this.records.map(({ time: _time, ...record }) => record);
  }
}

Deno.test("ConnectionLog writes one record for an open and one for a close, with what has gone over it", () => {
  const fixture = new Fixture();
  const connection = new MemoryConnection();
  const { id } = connection;
  const before = Date.now();
  fixture.log.opened(connection, requested);
  fixture.log.closed(connection, { code: 1001, reason: "leaving", wasClean: true });
  fixture.log.ended(connection, traffic);
  fixture.log.ended(connection, traffic);
  const transport = "websocket";
  const whose = { id, address: "192.0.2.1", ...requested, transport, protocol: "" };
  const close = { code: 1001, reason: "leaving", wasClean: true };
  assertEquals(fixture.timeless, [
    { event: "open", ...whose },
    { event: "close", ...whose, ...close, duration: 0, ...traffic },
  ]);
  assert(fixture.records.every(({ time }) => time >= before && time <= Date.now()));
});

Deno.test("ConnectionLog.closed() measures from open to close, not to the socket's end", () => {
  const fixture = new Fixture();
  const connection = new MemoryConnection();
  fixture.time = 1_000;
  fixture.log.opened(connection, requested);
  fixture.time = 3_500.4;
  fixture.log.closed(connection, { code: 1006, reason: "", wasClean: false });
  fixture.time = 5_000;
  fixture.log.ended(connection, traffic);
  const [, record] = fixture.records;
  assert(record?.event === "close");
  assertEquals(record.duration, 2_500);
});

Deno.test("ConnectionLog.rejected() tells what is known of the request", () => {
  const fixture = new Fixture();
  const head = readHead("GET /ws?token=canary HTTP/1.1\r\nHost: a\r\nOrigin: http://evil\r\n\r\n");
  const rejection = { status: 403, reason: "Origin is not allowed", remoteAddress: "192.0.2.9" };
  const request = { head, url: "http://a/ws?token=canary" };
  fixture.log.rejected({ ...rejection, request });
  fixture.log.rejected({ ...rejection, status: 408, reason: "Late", request: undefined });
  assertEquals(fixture.timeless, [
    {
      event: "reject",
      address: "192.0.2.9",
      origin: "http://evil",
      path: "/ws",
      status: 403,
      reason: "Origin is not allowed",
    },
    { event: "reject", address: "192.0.2.9", status: 408, reason: "Late" },
  ]);
});

Deno.test("hostile 112: requestedBy() leaves out query, credentials, cookies and subprotocols", () => {
  const fields = [
    "Host: a",
    "Authorization: Bearer canary",
    "Cookie: token=canary",
    "Sec-WebSocket-Protocol: bearer.canary",
    "Referer: http://a/?token=canary",
  ].join("\r\n");
  for (const target of ["/ws?token=canary", "http://canary:canary@a/ws?x#canary"]) {
    const url = target.startsWith("/") ? `http://a${target}` : target;
    const head = readHead(`GET /ws HTTP/1.1\r\n${fields}\r\n\r\n`);
    assertEquals(requestedBy(head, url), { origin: undefined, path: "/ws" });
  }
});

Deno.test("hostile 190: noticeOf() names the origin or the host that was refused", () => {
  const head = readHead(
    "GET /ws?token=s3cr3t HTTP/1.1\r\nHost: a.example\r\nOrigin: https://b.example\r\n\r\n",
  );
  const request = { head, url: "http://a.example/ws?token=s3cr3t" };
  const rejection = { remoteAddress: "192.0.2.1", request };
  const about = { address: "192.0.2.1", path: "/ws" };
  assertEquals(noticeOf({ ...rejection, status: 403, reason: "Origin is not allowed" }), {
    code: "ORIGIN_REFUSED",
    subject: "https://b.example",
    message: 'Origin "https://b.example" may not connect: add it to allowedOrigins',
    origin: "https://b.example",
    ...about,
  });
  assertEquals(noticeOf({ ...rejection, status: 421, reason: "Host is not served here" }), {
    code: "HOST_REFUSED",
    subject: "a.example",
    message: 'Host "a.example" is not served: add it to allowedHosts',
    ...about,
  });
  assertEquals(noticeOf({ ...rejection, status: 400, reason: "Bad request" }), undefined);
  const reason = "Origin is not allowed";
  assertEquals(noticeOf({ ...rejection, request: undefined, status: 403, reason }), undefined);
});
