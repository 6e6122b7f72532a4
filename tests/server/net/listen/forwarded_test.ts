/** Tests of server/net/listen/forwarded.ts. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { HeaderFields } from "../../../../protocol/header_fields.ts";
import { ProxyTrust } from "../../../../server/net/listen/forwarded.ts";

const proxy = "10.0.0.1";
const networks = ["10.0.0.0/8", "fd00::/8"];

function forwarded(...values: string[]): HeaderFields {
  return new HeaderFields(values.map((value) => ["x-forwarded-for", value]));
}

Deno.test("hostile 39: ProxyTrust ignores X-Forwarded-For when no proxy is trusted", () => {
  for (const trust of [new ProxyTrust(0), new ProxyTrust([])]) {
    assertEquals(trust.report("192.0.2.1", forwarded("127.0.0.1")).address, "192.0.2.1");
    assert(!trust.isProxy("192.0.2.1"));
  }
});

Deno.test("hostile 39: ProxyTrust ignores X-Forwarded-For of a peer that is not the proxy", () => {
  const trust = new ProxyTrust(networks);
  assertEquals(trust.report("192.0.2.1", forwarded("127.0.0.1")).address, "192.0.2.1");
});

Deno.test("hostile 39: ProxyTrust takes the N-th address from the right for N hops", () => {
  const list = forwarded("forged, 203.0.113.1, 203.0.113.2", "203.0.113.3");
  assertEquals(new ProxyTrust(1).report(proxy, list).address, "203.0.113.3");
  assertEquals(new ProxyTrust(2).report(proxy, list).address, "203.0.113.2");
  assertEquals(new ProxyTrust(3).report(proxy, list).address, "203.0.113.1");
});

Deno.test("hostile 39: ProxyTrust stops at the first address that is not a trusted network's", () => {
  const trust = new ProxyTrust(networks);
  const list = forwarded("127.0.0.1, 203.0.113.1, 10.9.9.9, fd00::2");
  assertEquals(trust.report(proxy, list).address, "203.0.113.1");
  assertEquals(trust.report(`::ffff:${proxy}`, list).address, "203.0.113.1");
});

Deno.test("hostile 39: ProxyTrust goes no further than what is not an address", () => {
  const trust = new ProxyTrust(5);
  assertEquals(
    trust.report(proxy, forwarded("203.0.113.1, unknown, 10.0.0.2")).address,
    "10.0.0.2",
  );
  assertEquals(trust.report(proxy, forwarded("<script>")).address, proxy);
  assertEquals(trust.report(proxy, forwarded("")).address, proxy);
});

Deno.test("ProxyTrust.report() is the peer's without X-Forwarded-For", () => {
  assertEquals(new ProxyTrust(1).report(proxy, forwarded()).address, proxy);
});

Deno.test("ProxyTrust.report() is the leftmost when all are proxies", () => {
  const list = forwarded("10.1.1.1, 10.2.2.2");
  assertEquals(new ProxyTrust(networks).report(proxy, list).address, "10.1.1.1");
  assertEquals(new ProxyTrust(9).report(proxy, list).address, "10.1.1.1");
});

Deno.test("ProxyTrust.report() understands ports and brackets", () => {
  const trust = new ProxyTrust(1);
  assertEquals(trust.report(proxy, forwarded("203.0.113.1:4711")).address, "203.0.113.1");
  assertEquals(trust.report(proxy, forwarded("[2001:db8::1]:4711")).address, "2001:db8::1");
  assertEquals(trust.report(proxy, forwarded("[2001:db8::1]")).address, "2001:db8::1");
  assertEquals(trust.report(proxy, forwarded("2001:db8::1")).address, "2001:db8::1");
  assertEquals(trust.report(proxy, forwarded("::ffff:203.0.113.1")).address, "203.0.113.1");
});

Deno.test("ProxyTrust.report() is not moved by what a client puts in front", () => {
  const trust = new ProxyTrust(networks);
  const forged = fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: "grapheme-ascii" })));
  fc.assert(fc.property(forged, (items) => {
    const list = forwarded([...items, "203.0.113.1", "10.0.0.9"].join(","));
    assertEquals(trust.report(proxy, list).address, "203.0.113.1");
  }));
});

Deno.test("ProxyTrust refuses hops and networks that make no sense", () => {
  for (const hops of [-1, 1.5, NaN, Infinity]) {
    assertThrows(() => new ProxyTrust(hops), RangeError, "trustProxy");
  }
  assertThrows(() => new ProxyTrust(["10.0.0.0/8", "proxy"]), TypeError, '"proxy"');
});

// ----- Scheme and host -----

function fieldsOf(fields: Readonly<Record<string, string>>): HeaderFields {
  return new HeaderFields(Object.entries(fields));
}

const edge = {
  "x-forwarded-for": "203.0.113.1",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "example.com",
};

Deno.test("hostile 171: ProxyTrust believes scheme and host of trusted proxies only", () => {
  const nothing = { scheme: undefined, host: undefined };
  const fields = fieldsOf(edge);
  assertEquals(new ProxyTrust(0).report(proxy, fields), { address: proxy, ...nothing });
  const trust = new ProxyTrust(networks);
  assertEquals(trust.report("192.0.2.1", fields), { address: "192.0.2.1", ...nothing });
  const believed = { address: "203.0.113.1", scheme: "https", host: "example.com" } as const;
  assertEquals(trust.report(proxy, fields), believed);
  // The PROXY protocol has reported the client: its fields are its own.
  assertEquals(new ProxyTrust(1).report("203.0.113.1", fields, 1), {
    address: "203.0.113.1",
    ...nothing,
  });
});

Deno.test("hostile 171: ProxyTrust takes of lists what the proxy has added that saw the client", () => {
  const fields = fieldsOf({
    "x-forwarded-for": "127.0.0.1, 203.0.113.1, 10.0.0.2",
    "x-forwarded-proto": "https, http, https",
    "x-forwarded-host": "forged.example, example.com, inner.example",
  });
  for (const trust of [new ProxyTrust(networks), new ProxyTrust(2)]) {
    assertEquals(trust.report(proxy, fields), {
      address: "203.0.113.1",
      scheme: "http",
      host: "example.com",
    });
  }
  assertEquals(new ProxyTrust(1).report(proxy, fields).host, "inner.example");
});

Deno.test("ProxyTrust takes one value for the whole way, as most proxies set it anew", () => {
  const fields = fieldsOf({ ...edge, "x-forwarded-for": "203.0.113.1, 10.0.0.2" });
  const { scheme, host } = new ProxyTrust(networks).report(proxy, fields);
  assertEquals([scheme, host], ["https", "example.com"]);
  const alone = fieldsOf({ "x-forwarded-proto": "wss" });
  assertEquals(new ProxyTrust(1).report(proxy, alone), {
    address: proxy,
    scheme: "https",
    host: undefined,
  });
});

Deno.test("hostile 171: ProxyTrust ignores schemes and hosts that are none", () => {
  for (const scheme of ["", "ftp", "https://", "javascript"]) {
    const fields = fieldsOf({ ...edge, "x-forwarded-proto": scheme });
    assertEquals(new ProxyTrust(1).report(proxy, fields).scheme, undefined);
  }
  for (const host of ["", "a b", "a/b", "u@h", "a:b", "a,", "[::1"]) {
    const fields = fieldsOf({ ...edge, "x-forwarded-host": host });
    assertEquals(new ProxyTrust(1).report(proxy, fields).host, undefined, host);
  }
});

Deno.test("ProxyTrust reads Forwarded where the proxies set that", () => {
  const trust = new ProxyTrust(networks, "forwarded");
  const fields = fieldsOf({
    ...edge,
    forwarded: 'for=127.0.0.1;host=forged.example, for="[2001:db8::1]:4711";proto=https;' +
      'host="example.com:8443", for=10.0.0.2;proto=http',
  });
  assertEquals(trust.report(proxy, fields), {
    address: "2001:db8::1",
    scheme: "https",
    host: "example.com:8443",
  });
  const hidden = fieldsOf({ forwarded: "for=_secret;proto=https" });
  assertEquals(trust.report(proxy, hidden), { address: proxy, scheme: "https", host: undefined });
});

Deno.test("hostile 171: ProxyTrust reads only the fields that the proxies set", () => {
  const forwarded = fieldsOf({ forwarded: "for=198.51.100.1;proto=https;host=forged.example" });
  assertEquals(new ProxyTrust(1).report(proxy, forwarded).address, proxy);
  assertEquals(new ProxyTrust(1, "forwarded").report(proxy, fieldsOf(edge)).address, proxy);
});

Deno.test("hostile 171: ProxyTrust is not moved by what a client puts in front in Forwarded", () => {
  const trust = new ProxyTrust(networks, "forwarded");
  const text = fc.string({ unit: fc.constantFrom(...'for=proto;host,"\\ab.1:[]') });
  fc.assert(fc.property(text, (forged) => {
    const real = 'for="203.0.113.1:80";proto=https;host="a.example", for=10.0.0.9;by="a,b"';
    const fields = fieldsOf({ forwarded: `${forged}, ${real}` });
    const expected = { address: "203.0.113.1", scheme: "https", host: "a.example" } as const;
    assertEquals(trust.report(proxy, fields), expected);
  }));
});
