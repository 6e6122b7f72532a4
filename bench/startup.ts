/**
 * How long programs take until they listen: `deno run -A bench/startup.ts [RUNS]`, by turns, beside
 * `Deno.serve` alone. Linux only, as the CPU time of a process is read from `/proc`.
 */

// deno-lint-ignore-file no-console -- a program for the terminal

const runs = Number(Deno.args[0] ?? 20);
const alone = 'Deno.serve({ port: 0, onListen: () => console.log("Listening on x") }, () => {})';
const programs: Record<string, string[]> = {
  "Deno.serve": [`data:text/javascript,${encodeURIComponent(alone)}`],
  "examples/echo.ts": ["examples/echo.ts", "--port", "0"],
  "examples/chat/main.ts": ["examples/chat/main.ts", "--port", "0"],
};
const [walls, cpus] = [new Map<string, number[]>(), new Map<string, number[]>()];

for (let i = 0; i < runs; i++) {
  for (const [name, args] of Object.entries(programs)) {
    const { wall, cpu } = await start(args);
    walls.set(name, [...walls.get(name) ?? [], wall]);
    cpus.set(name, [...cpus.get(name) ?? [], cpu]);
  }
}
console.log("Milliseconds until it listens, the best and the median");
for (const name of Object.keys(programs)) {
  const [wall, cpu] = [summary(walls.get(name)!), summary(cpus.get(name)!)];
  console.log(`${name.padEnd(24)} ${wall} by the clock, ${cpu} of CPU time`);
}

async function start(args: string[]): Promise<{ wall: number; cpu: number }> {
  const began = performance.now();
  await using child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", ...args],
    cwd: new URL("..", import.meta.url),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let said = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if ((said += text).includes("Listening on")) break;
  }
  const wall = performance.now() - began;
  const cpu = cpuTime(child.pid);
  child.kill("SIGKILL");
  return { wall, cpu };
}

/** The CPU time of all threads that live, in milliseconds. */
function cpuTime(pid: number): number {
  let nanoseconds = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const [ran] = Deno.readTextFileSync(`/proc/${pid}/task/${name}/schedstat`).split(" ");
    nanoseconds += Number(ran);
  }
  return nanoseconds / 1e6;
}

function summary(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  return `${sorted[0]!.toFixed(0)} and ${sorted[sorted.length >> 1]!.toFixed(0)}`;
}
