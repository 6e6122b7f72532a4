/** Tests of server/net/forwarded.ts. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HeaderFields } from "../../../protocol/header_fields.ts";
import { ProxyTrust } from "../../../server/net/forwarded.ts";

const proxy = "10.0.0.1";
const networks = ["10.0.0.0/8", "fd00::/8"];

function forwarded(...values: string[]): HeaderFields {
  return new HeaderFields(values.map((value) => ["x-forwarded-for", value]));
}

Deno.test("hostile 39: ProxyTrust ignores X-Forwarded-For when no proxy is trusted", () => {
  for (const trust of [new ProxyTrust(0), new ProxyTrust([])]) {
    assertEquals(trust.clientAddress("192.0.2.1", forwarded("127.0.0.1")), "192.0.2.1");
    assert(!trust.isProxy("192.0.2.1"));
  }
});

Deno.test("hostile 39: ProxyTrust ignores X-Forwarded-For of a peer that is not the proxy", () => {
  const trust = new ProxyTrust(networks);
  assertEquals(trust.clientAddress("192.0.2.1", forwarded("127.0.0.1")), "192.0.2.1");
});

Deno.test("hostile 39: ProxyTrust takes the N-th address from the right for N hops", () => {
  const list = forwarded("forged, 203.0.113.1, 203.0.113.2", "203.0.113.3");
  assertEquals(new ProxyTrust(1).clientAddress(proxy, list), "203.0.113.3");
  assertEquals(new ProxyTrust(2).clientAddress(proxy, list), "203.0.113.2");
  assertEquals(new ProxyTrust(3).clientAddress(proxy, list), "203.0.113.1");
});

Deno.test("hostile 39: ProxyTrust stops at the first address that is not a trusted network's", () => {
  const trust = new ProxyTrust(networks);
  const list = forwarded("127.0.0.1, 203.0.113.1, 10.9.9.9, fd00::2");
  assertEquals(trust.clientAddress(proxy, list), "203.0.113.1");
  assertEquals(trust.clientAddress(`::ffff:${proxy}`, list), "203.0.113.1");
});

Deno.test("hostile 39: ProxyTrust goes no further than what is not an address", () => {
  const trust = new ProxyTrust(5);
  assertEquals(trust.clientAddress(proxy, forwarded("203.0.113.1, unknown, 10.0.0.2")), "10.0.0.2");
  assertEquals(trust.clientAddress(proxy, forwarded("<script>")), proxy);
  assertEquals(trust.clientAddress(proxy, forwarded("")), proxy);
});

Deno.test("ProxyTrust.clientAddress() is the peer's without X-Forwarded-For", () => {
  assertEquals(new ProxyTrust(1).clientAddress(proxy, forwarded()), proxy);
});

Deno.test("ProxyTrust.clientAddress() is the leftmost when all are proxies", () => {
  const list = forwarded("10.1.1.1, 10.2.2.2");
  assertEquals(new ProxyTrust(networks).clientAddress(proxy, list), "10.1.1.1");
  assertEquals(new ProxyTrust(9).clientAddress(proxy, list), "10.1.1.1");
});

Deno.test("ProxyTrust.clientAddress() understands ports and brackets", () => {
  const trust = new ProxyTrust(1);
  assertEquals(trust.clientAddress(proxy, forwarded("203.0.113.1:4711")), "203.0.113.1");
  assertEquals(trust.clientAddress(proxy, forwarded("[2001:db8::1]:4711")), "2001:db8::1");
  assertEquals(trust.clientAddress(proxy, forwarded("[2001:db8::1]")), "2001:db8::1");
  assertEquals(trust.clientAddress(proxy, forwarded("2001:db8::1")), "2001:db8::1");
  assertEquals(trust.clientAddress(proxy, forwarded("::ffff:203.0.113.1")), "203.0.113.1");
});

Deno.test("ProxyTrust.clientAddress() is not moved by what a client puts in front", () => {
  const trust = new ProxyTrust(networks);
  const forged = fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: "grapheme-ascii" })));
  fc.assert(fc.property(forged, (items) => {
    const list = forwarded([...items, "203.0.113.1", "10.0.0.9"].join(","));
    assertEquals(trust.clientAddress(proxy, list), "203.0.113.1");
  }));
});

Deno.test("ProxyTrust refuses hops and networks that make no sense", () => {
  for (const hops of [-1, 1.5, NaN, Infinity]) {
    assertThrows(() => new ProxyTrust(hops), RangeError, "trustProxy");
  }
  assertThrows(() => new ProxyTrust(["10.0.0.0/8", "proxy"]), TypeError, '"proxy"');
});
