/** Tests of server/app/limits/recently_used.ts. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  RecentlyUsed,
  type RecentlyUsedOptions,
} from "../../../../server/app/limits/recently_used.ts";

interface Value {
  isSpare: boolean;
  isBusy: boolean;
}

function makeValues(options: Partial<RecentlyUsedOptions<Value>> = {}): RecentlyUsed<Value> {
  return new RecentlyUsed<Value>({
    limit: 3,
    make: () => ({ isSpare: false, isBusy: false }),
    isSpare: ({ isSpare }) => isSpare,
    isBusy: ({ isBusy }) => isBusy,
    ...options,
  });
}

Deno.test("RecentlyUsed.get() keeps the value of a key until it is the least recently used", () => {
  const values = makeValues();
  const first = values.get("a");
  for (const key of ["b", "c", "a"]) values.get(key);
  assertStrictEquals(values.get("a"), first);
  for (const key of ["d", "e", "f"]) values.get(key);
  assertEquals(values.size, 3);
  assert(values.get("a") !== first);
});

Deno.test("RecentlyUsed.get() forgets what is spare before the limit is reached", () => {
  const values = makeValues({ limit: 1_000 });
  for (const key of ["a", "b", "c"]) values.get(key).isSpare = true;
  values.get("d");
  assertEquals(values.size, 1);
});

Deno.test("RecentlyUsed.get() keeps what is busy, beyond the limit too", () => {
  const values = makeValues();
  const busy = ["a", "b", "c", "d", "e"].map((key) => values.get(key));
  for (const value of busy) value.isBusy = true;
  const kept = ["c", "d", "e"].map((key) => values.get(key));
  for (const value of kept) value.isBusy = true;
  for (let n = 0; n < 20; n++) values.get(`other ${n}`);
  for (const [at, key] of ["c", "d", "e"].entries()) {
    assertStrictEquals(values.get(key), kept[at]);
  }
});
