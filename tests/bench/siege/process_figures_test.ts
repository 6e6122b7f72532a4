import { assert, assertEquals } from "@std/assert";
import { parseCpu, parseMemory, readProcess } from "../../../bench/siege/process_figures.ts";

Deno.test("parseCpu() adds user and system time, whatever the program is called", () => {
  const stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0 9";
  assertEquals(parseCpu(stat), 1.75);
});

Deno.test("parseMemory() reads resident memory and its peak", () => {
  const status = "Name:\tdeno\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t3\n";
  assertEquals(parseMemory(status), { resident: 2 ** 20, peak: 2 ** 21 });
});

Deno.test("parseMemory() of a process that is ending is 0", () => {
  assertEquals(parseMemory("Name:\tdeno\nState:\tZ (zombie)\n"), { resident: 0, peak: 0 });
});

Deno.test({
  name: "readProcess() sees a file that is opened",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const before = (await readProcess(Deno.pid))!;
    using _file = await Deno.open("deno.json");
    const after = (await readProcess(Deno.pid))!;
    assertEquals(after.descriptors, before.descriptors + 1);
    assert(after.cpu >= before.cpu);
    assert(after.peak >= after.resident / 2);
  },
});

Deno.test({
  name: "readProcess() tells that a process has ended",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const child = new Deno.Command("true").spawn();
    await child.status;
    assertEquals(await readProcess(child.pid), undefined);
  },
});
