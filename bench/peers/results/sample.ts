/** One run of the generator: from the line it prints to the figures that are compared. */

import type { Unit } from "../loads.ts";

/** The figures of one run. */
export interface Sample {
  /** Of the server, in the load's unit. */
  readonly cost: number;
  /** Messages, deliveries or connections in a second. */
  readonly perSecond: number;
  /** Half of them took no longer, in microseconds. */
  readonly p50: number;
  /** 99 of 100 took no longer, in microseconds. */
  readonly p99: number;
  /** Resident memory of the server at the end, in MB. */
  readonly rss: number;
  /** Bytes for one message from the server. */
  readonly bytesBack: number;
  /** Share of a core that the generator took; near 1 it was the bottleneck. */
  readonly generatorLoad: number;
}

/** The fields that are read from the generator's line. */
interface GeneratorLine {
  readonly conns: number;
  readonly open: number;
  readonly dead: number;
  readonly bad: number;
  readonly refused: number;
  readonly extension: string;
  readonly msgs: number;
  readonly msgs_per_s: number;
  readonly p50_us: number;
  readonly p99_us: number;
  readonly rx_bytes: number;
  readonly self_cpu_s: number;
  readonly window_s: number;
  readonly server_cpu_s: number;
  readonly rss_before_kb: number;
  readonly rss_kb: number;
}

/** A run does not count: the server or the machine did not do what the load asks for. */
export class InvalidRunError extends Error {
  override readonly name = "InvalidRunError";
}

/** The expectations of a run. */
export interface Expectation {
  /** The unit of the cost. */
  readonly unit: Unit;
  /** Whether messages had to be compressed. */
  readonly compress: boolean;
}

/**
 * Reads the line that the generator prints.
 *
 * @param line A JSON text.
 * @param expected The expectations of the run.
 * @returns The figures.
 * @throws {InvalidRunError} Connections were lost, an answer was wrong, or nothing was counted.
 */
export function parseSample(line: string, { unit, compress }: Expectation): Sample {
  const run: GeneratorLine = JSON.parse(line);
  check(run, unit, compress);
  return {
    cost: costOf(run, unit),
    perSecond: run.msgs_per_s,
    p50: run.p50_us,
    p99: run.p99_us,
    rss: run.rss_kb / 1024,
    bytesBack: run.msgs === 0 ? 0 : run.rx_bytes / run.msgs,
    generatorLoad: run.self_cpu_s / run.window_s,
  };
}

function check(run: GeneratorLine, unit: Unit, compress: boolean): void {
  if (run.bad > 0) throw new InvalidRunError(`${run.bad} answers were wrong`);
  if (run.refused > 0) throw new InvalidRunError(`${run.refused} connections were refused`);
  if (run.dead > 0) throw new InvalidRunError(`${run.dead} connections were lost`);
  // Connections that come and go are never open all at once.
  if (unit !== "us/connection" && run.open < run.conns) {
    throw new InvalidRunError(`${run.open} of ${run.conns} connections were open`);
  }
  if (unit !== "KB/connection" && run.msgs === 0) throw new InvalidRunError("Nothing came back");
  if (compress && !run.extension.includes("permessage-deflate")) {
    throw new InvalidRunError("Compression was not agreed on");
  }
}

function costOf(run: GeneratorLine, unit: Unit): number {
  return unit === "KB/connection"
    ? (run.rss_kb - run.rss_before_kb) / run.open
    : run.server_cpu_s * 1e6 / run.msgs;
}
