import { assert, assertThrows } from "@std/assert";
import { checkClose, isRateClose, mayReconnect, unauthorized } from "../../client/close_code.ts";

Deno.test("mayReconnect() does so after a 1008 for rate", () => {
  for (const reason of ["Rate limit exceeded", "Too many events waiting"]) {
    assert(mayReconnect(1008, reason));
    assert(isRateClose(1008, reason));
  }
  assert(!mayReconnect(1008, "Authentication failed"));
  assert(!isRateClose(1012, "Rate limit exceeded"));
});

Deno.test("checkClose() refuses what RFC 6455 does not leave to applications", () => {
  for (const code of [1000, 3000, 4999]) checkClose(code, "ü".repeat(61));
  for (const code of [999, 1001, 1006, 2999, 5000, 3000.5, NaN]) {
    assertThrows(() => checkClose(code, ""), RangeError, "close code");
  }
  assertThrows(() => checkClose(1000, "ü".repeat(62)), RangeError, "current size is 124");
});

Deno.test("mayReconnect() does so after restarts and losses, not after refusals", () => {
  for (const code of [1001, 1005, 1006, 1011, 1012, 1013, 4000, 4429]) assert(mayReconnect(code));
  for (const code of [1000, 1002, 1007, 1008, unauthorized, 4403]) assert(!mayReconnect(code));
});
