/** Tests of server/net/count_labels.ts. */

import { assert, assertEquals } from "@std/assert";
import {
  closeLabel,
  closeLabels,
  statusLabel,
  statusLabels,
  zeros,
} from "../../../server/net/count_labels.ts";

Deno.test("closeLabel() names known codes, and counts those of applications by range", () => {
  assertEquals([1000, 1005, 1006, 1012].map(closeLabel), ["1000", "1005", "1006", "1012"]);
  assertEquals([3000, 3999, 4000, 4401, 4999].map(closeLabel), [
    "3000-3999",
    "3000-3999",
    "4000-4999",
    "4000-4999",
    "4000-4999",
  ]);
});

Deno.test("statusLabel() names the statuses of refusals", () => {
  assertEquals([400, 403, 429, 505, 418].map(statusLabel), ["400", "403", "429", "505", "other"]);
});

Deno.test("hostile 118: closeLabel() and statusLabel() have few labels, whatever the number", () => {
  const closes = new Set(Array.from({ length: 70_000 }, (_, code) => closeLabel(code - 1_000)));
  assert([...closes].every((label) => closeLabels.includes(label)));
  const statuses = new Set(Array.from({ length: 1_000 }, (_, status) => statusLabel(status)));
  assert([...statuses].every((label) => statusLabels.includes(label)));
  assert(closeLabels.length + statusLabels.length < 50);
});

Deno.test("zeros() gives a new count of 0 for each label", () => {
  const counts = zeros(["a", "b"]);
  counts.a++;
  assertEquals([counts, zeros(["a", "b"])], [{ a: 1, b: 0 }, { a: 0, b: 0 }]);
});
