/** Tests of server/operations/exposition.ts. */

import { assertEquals } from "@std/assert";
import { encodeMetrics } from "../../../server/operations/exposition.ts";

Deno.test("encodeMetrics() writes help, type and one line per value", () => {
  const text = encodeMetrics([
    { name: "open", help: "Open now.", type: "gauge", samples: [{ value: 3 }] },
    {
      name: "closes_total",
      help: "Closed.",
      type: "counter",
      samples: [{ labels: { code: "1000", side: "a" }, value: 1.5 }],
    },
  ]);
  assertEquals(text.split("\n"), [
    "# HELP open Open now.",
    "# TYPE open gauge",
    "open 3",
    "# HELP closes_total Closed.",
    "# TYPE closes_total counter",
    'closes_total{code="1000",side="a"} 1.5',
    "",
  ]);
});

Deno.test("encodeMetrics() adds up the buckets of a histogram", () => {
  const buckets = [{ seconds: 0.1, count: 2 }, { seconds: 1, count: 3 }];
  const sample = { labels: { of: "x" }, buckets, count: 6, sum: 12.5 };
  const text = encodeMetrics([
    { name: "time_seconds", help: "Time.", type: "histogram", samples: [sample] },
  ]);
  assertEquals(text.split("\n").slice(2), [
    'time_seconds_bucket{of="x",le="0.1"} 2',
    'time_seconds_bucket{of="x",le="1"} 5',
    'time_seconds_bucket{of="x",le="+Inf"} 6',
    'time_seconds_sum{of="x"} 12.5',
    'time_seconds_count{of="x"} 6',
    "",
  ]);
});

Deno.test("encodeMetrics() leaves out metrics without values", () => {
  assertEquals(encodeMetrics([{ name: "none", help: "None.", type: "gauge", samples: [] }]), "");
});

Deno.test("encodeMetrics() escapes the values of labels", () => {
  const labels = { name: 'a"b\\c\nd' };
  const samples = [{ labels, value: 1 }];
  const text = encodeMetrics([{ name: "m", help: "M.", type: "counter", samples }]);
  assertEquals(text.split("\n")[2], String.raw`m{name="a\"b\\c\nd"} 1`);
});
