import { assertEquals, assertThrows } from "@std/assert";
import { InvalidRunError, parseSample } from "../../../../bench/peers/results/sample.ts";

const line = {
  conns: 64,
  open: 64,
  dead: 0,
  bad: 0,
  refused: 0,
  extension: "",
  msgs: 200_000,
  msgs_per_s: 100_000,
  p50_us: 410,
  p99_us: 900,
  rx_bytes: 6_800_000,
  self_cpu_s: 1,
  window_s: 2,
  server_cpu_s: 1.5,
  rss_before_kb: 65_536,
  rss_kb: 131_072,
};

const message = { unit: "us/message", compress: false } as const;

function parse(changes: Partial<typeof line>, expected = message) {
  return parseSample(JSON.stringify({ ...line, ...changes }), expected);
}

Deno.test("parseSample() divides the server's CPU time by the messages", () => {
  assertEquals(parse({}), {
    cost: 7.5,
    perSecond: 100_000,
    p50: 410,
    p99: 900,
    rss: 128,
    bytesBack: 34,
    generatorLoad: 0.5,
  });
});

Deno.test("parseSample() divides grown memory by the connections", () => {
  const text = JSON.stringify({ ...line, msgs: 0 });
  const { cost, bytesBack } = parseSample(text, { unit: "KB/connection", compress: false });
  assertEquals([cost, bytesBack], [1024, 0]);
});

Deno.test("parseSample() refuses a run that did not do what was asked", () => {
  for (
    const [changes, reason] of [
      [{ bad: 2 }, "2 answers were wrong"],
      [{ refused: 3 }, "3 connections were refused"],
      [{ dead: 1 }, "1 connections were lost"],
      [{ open: 60 }, "60 of 64 connections were open"],
      [{ msgs: 0 }, "Nothing came back"],
    ] as const
  ) {
    assertThrows(() => parse(changes), InvalidRunError, reason);
  }
});

Deno.test("parseSample() does not count open connections where they come and go", () => {
  const text = JSON.stringify({ ...line, open: 3 });
  assertEquals(parseSample(text, { unit: "us/connection", compress: false }).cost, 7.5);
});

Deno.test("parseSample() refuses a run without the compression that was asked for", () => {
  const compressed = { unit: "us/message", compress: true } as const;
  assertThrows(
    () => parseSample(JSON.stringify(line), compressed),
    InvalidRunError,
    "Compression was not agreed on",
  );
  const agreed = JSON.stringify({ ...line, extension: "permessage-deflate" });
  assertEquals(parseSample(agreed, compressed).bytesBack, 34);
});
