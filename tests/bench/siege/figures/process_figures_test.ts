import { assert, assertEquals } from "@std/assert";
import {
  parseCpu,
  parseMemory,
  readProcess,
} from "../../../../bench/siege/figures/process_figures.ts";

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
    // A process of its own: in this one other tests open and close files meanwhile.
    const child = new Deno.Command("sh", {
      args: ["-c", "echo started; read line; exec 9</dev/null; echo opened; read line"],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const input = child.stdin.getWriter();
    assertEquals((await said.read()).value, "started\n");
    const before = (await readProcess(child.pid))!;
    await input.write(new TextEncoder().encode("\n"));
    assertEquals((await said.read()).value, "opened\n");
    const after = (await readProcess(child.pid))!;
    await input.close();
    await child.status;
    await said.cancel();
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
