import { assertEquals } from "@std/assert";
import { parseCores, parseFileLimit, pinned } from "../../../../bench/peers/machine/machine.ts";

Deno.test("parseFileLimit() reads both limits", () => {
  const text = "Limit            Soft Limit  Hard Limit  Units\n" +
    "Max open files   1024        20000       files\n";
  assertEquals(parseFileLimit(text), { soft: 1024, hard: 20_000 });
});

Deno.test("parseFileLimit() takes no limit for infinity", () => {
  const text = "Max open files   1024        unlimited       files\n";
  assertEquals(parseFileLimit(text), { soft: 1024, hard: Infinity });
  assertEquals(parseFileLimit(""), { soft: Infinity, hard: Infinity });
});

Deno.test("parseCores() reads single cores and ranges", () => {
  assertEquals(parseCores("pid 12's current affinity list: 0,1\n"), [0, 1]);
  assertEquals(parseCores("pid 12's current affinity list: 2-4,7\n"), [2, 3, 4, 7]);
  assertEquals(parseCores("no such process"), []);
});

Deno.test("pinned() puts taskset in front where there is a core", () => {
  assertEquals(pinned(["deno", "run"], 1), ["taskset", "-c", "1", "deno", "run"]);
  assertEquals(pinned(["deno", "run"], undefined), ["deno", "run"]);
});
