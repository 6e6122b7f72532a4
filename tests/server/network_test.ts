/** Addresses, as far as they tell one peer from another. */

import { assertEquals } from "@std/assert";
import { isLoopback, networkOf } from "../../server/network.ts";

Deno.test("networkOf() keeps an IPv4 address", () => {
  for (const address of ["192.0.2.1", "10.0.0.255", ""]) assertEquals(networkOf(address), address);
});

Deno.test("networkOf() takes the first 64 bits of an IPv6 address, in one form", () => {
  const same = [
    "2001:db8:0:1::1",
    "2001:DB8:0:1:ffff::",
    "2001:0db8:0000:0001:0:0:0:2",
    "2001:db8::1:0:0:0:9",
    "2001:db8:0:1::1%eth0",
  ];
  for (const address of same) assertEquals(networkOf(address), "2001:db8:0:1", address);
  assertEquals(networkOf("2001:db8:0:2::1"), "2001:db8:0:2");
  assertEquals(networkOf("::1"), "0:0:0:0");
});

Deno.test("isLoopback() tells the addresses of this machine", () => {
  for (const address of ["127.0.0.1", "127.8.9.1", "::1"]) assertEquals(isLoopback(address), true);
  for (const address of ["10.0.0.1", "128.0.0.1", "::", "::2", ""]) {
    assertEquals(isLoopback(address), false);
  }
});
