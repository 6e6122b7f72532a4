/** The machine: what it is, and what its programs are allowed. */

import { runProgram } from "./program.ts";

/** Soft and hard limit of open files. */
export interface FileLimit {
  readonly soft: number;
  readonly hard: number;
}

/** Describes the machine in one line. */
export async function describeMachine(): Promise<string> {
  const info = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  const model = /^model name\s*: (.*)$/m.exec(info)?.[1] ?? Deno.build.arch;
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const cores = navigator.hardwareConcurrency;
  return `${model}, ${cores} cores, ${memory} GiB, ${Deno.build.os} ${Deno.osRelease()}`;
}

/** Reads the limit of open files of this process, and so of those that it starts. */
export async function readFileLimit(): Promise<FileLimit> {
  return parseFileLimit(await Deno.readTextFile("/proc/self/limits"));
}

/**
 * Reads the limit of open files from the text of `/proc/self/limits`.
 *
 * @param text The text.
 * @returns The limits; `Infinity` where there is none.
 */
export function parseFileLimit(text: string): FileLimit {
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
  return { soft: toLimit(soft), hard: toLimit(hard) };
}

function toLimit(text: string | undefined): number {
  return text === undefined || text === "unlimited" ? Infinity : Number(text);
}

/** Puts a program on one core, where the machine has `taskset` and a core to spare. */
export function pinned(command: readonly string[], core: number | undefined): string[] {
  return core === undefined ? [...command] : ["taskset", "-c", String(core), ...command];
}

/**
 * Finds a core for the server and one for the generator.
 *
 * @returns The cores, or `undefined` where programs cannot be kept apart.
 */
export async function findCores(): Promise<{ server: number; generator: number } | undefined> {
  const end = await runProgram(["taskset", "-cp", String(Deno.pid)]);
  const [server, generator] = parseCores(end?.stdout ?? "");
  return server === undefined || generator === undefined ? undefined : { server, generator };
}

/**
 * Reads what `taskset -cp` prints: `pid 12's current affinity list: 0-2,5`.
 *
 * @param text The line.
 * @returns The numbers of the cores.
 */
export function parseCores(text: string): number[] {
  const list = /: ([\d,-]+)\s*$/.exec(text)?.[1] ?? "";
  return list.split(",").filter((range) => range !== "").flatMap((range) => {
    const [first = NaN, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
