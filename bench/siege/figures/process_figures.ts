/** Figures of a process on Linux: its CPU time, memory and descriptors. */

/** A look at a process. */
export interface ProcessFigures {
  /** CPU time so far, user and system, in seconds. */
  readonly cpu: number;
  /** Resident memory, in bytes. */
  readonly resident: number;
  /** The most resident memory since {@linkcode resetPeak}, in bytes. */
  readonly peak: number;
  /** Open file descriptors. */
  readonly descriptors: number;
}

/** Ticks of the CPU clock in a second: `USER_HZ`, which is 100 on every architecture of Linux. */
const ticksPerSecond = 100;

/**
 * Looks at a process.
 *
 * @param pid The process.
 * @returns Its figures, or `undefined` where it has ended.
 */
export async function readProcess(pid: number): Promise<ProcessFigures | undefined> {
  try {
    const [stat, status] = await Promise.all([
      Deno.readTextFile(`/proc/${pid}/stat`),
      Deno.readTextFile(`/proc/${pid}/status`),
    ]);
    // Afterwards: where the process is our own, the two files were open until now.
    const descriptors = await countEntries(`/proc/${pid}/fd`);
    return { cpu: parseCpu(stat), ...parseMemory(status), descriptors };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Starts the peak of a process's memory anew, where the kernel lets us. */
export async function resetPeak(pid: number): Promise<void> {
  await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5").catch(() => {});
}

/**
 * Reads the CPU time from `/proc/PID/stat`.
 *
 * @param stat The text; the program's name in it may hold spaces and parentheses.
 * @returns Seconds.
 */
export function parseCpu(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // The fields 14 and 15 of proc(5), counted from 1; the first of ours is the third.
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/**
 * Reads resident memory from `/proc/PID/status`.
 *
 * @param status The text; a process that is ending has no such lines.
 * @returns Bytes.
 */
export function parseMemory(status: string): { resident: number; peak: number } {
  const bytes = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
  return { resident: bytes("VmRSS"), peak: bytes("VmHWM") };
}

async function countEntries(folder: string): Promise<number> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.length;
}
