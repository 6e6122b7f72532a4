/** Tests of server/net/listen/connection_limits.ts. */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ConnectionLimits } from "../../../../server/net/listen/connection_limits.ts";

function makeLimits(maxConnections: number, maxConnectionsPerAddress: number): ConnectionLimits {
  const options = { maxConnections, maxConnectionsPerAddress };
  return new ConnectionLimits(options, (address) => address === "proxy");
}

Deno.test("ConnectionLimits.enter() refuses with 503 when there are too many in all", () => {
  const limits = makeLimits(2, 0);
  assertEquals([limits.enter("a"), limits.enter("b"), limits.enter("c")], [
    undefined,
    undefined,
    503,
  ]);
  limits.leave("a");
  assertEquals(limits.enter("c"), undefined);
  assertEquals(limits.size, 2);
});

Deno.test("hostile 92: ConnectionLimits.enter() refuses with 429 when there are too many of one", () => {
  const limits = makeLimits(0, 2);
  assertEquals([limits.enter("a"), limits.enter("a"), limits.enter("a"), limits.enter("b")], [
    undefined,
    undefined,
    429,
    undefined,
  ]);
  limits.leave("a");
  assertEquals(limits.enter("a"), undefined);
});

Deno.test("ConnectionLimits.enter() does not limit one address that is exempt", () => {
  const limits = makeLimits(3, 1);
  assertEquals([1, 2, 3, 4].map(() => limits.enter("proxy")), [
    undefined,
    undefined,
    undefined,
    503,
  ]);
});

Deno.test("ConnectionLimits limits nothing at 0", () => {
  const limits = makeLimits(0, 0);
  for (let i = 0; i < 1000; i++) assertEquals(limits.enter("a"), undefined);
  assertEquals(limits.size, 1000);
});

Deno.test("ConnectionLimits.leave() keeps exact counts and forgets addresses", () => {
  const moves = fc.array(fc.tuple(fc.boolean(), fc.constantFrom("a", "b", "c")));
  fc.assert(fc.property(moves, (steps) => {
    const limits = makeLimits(4, 2);
    const inside: string[] = [];
    for (const [enters, address] of steps) {
      if (enters && limits.enter(address) === undefined) inside.push(address);
      if (!enters) limits.leave(address);
      if (!enters && inside.includes(address)) inside.splice(inside.indexOf(address), 1);
      assertEquals(limits.size, inside.length);
      assertEquals(limits.addresses, new Set(inside).size);
    }
  }));
});

Deno.test("hostile 161: ConnectionLimits counts an IPv6 network of 64 bits as one address", () => {
  const limits = makeLimits(0, 2);
  const statuses = ["2001:db8::1", "2001:db8:0:0:9::", "2001:db8::2", "2001:db8:0:1::1"]
    .map((address) => limits.enter(address));
  assertEquals(statuses, [undefined, undefined, 429, undefined]);
  assertEquals(limits.addresses, 2);
  limits.leave("2001:db8::1");
  assertEquals(limits.claim("2001:db8::ffff") === undefined, false);
  assertEquals(limits.claim("2001:db8::fffe"), undefined);
});

Deno.test("hostile 161: ConnectionLimits.claim() counts the client of a proxy, besides the proxy", () => {
  const limits = makeLimits(0, 2);
  for (let i = 0; i < 3; i++) assertEquals(limits.enter("proxy"), undefined);
  const claims = ["a", "a", "b"].map((address) => limits.claim(address));
  assertEquals(claims.includes(undefined), false);
  assertEquals([limits.claim("a"), limits.enter("a"), limits.size], [undefined, 429, 3]);
  for (const release of claims) release?.();
  assertEquals([limits.enter("a"), limits.addresses], [undefined, 2]);
});

Deno.test("ConnectionLimits.claim() counts nobody where there is no limit", () => {
  const limits = makeLimits(1, 0);
  for (let i = 0; i < 100; i++) assertEquals(limits.claim("a") === undefined, false);
  assertEquals(limits.addresses, 0);
});
