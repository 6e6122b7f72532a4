/** One run of the generator: from the line it prints to the figures that are compared. */

import { InvalidRunError } from "../peers/results/sample.ts";

/** The figures of one run. */
export interface Sample {
  /** Messages to the room in a second, each of which all members have got. */
  readonly perSecond: number;
  /** CPU time of the nodes and of Redis for a delivery to one member, in microseconds. */
  readonly cost: number;
  /** Redis's part of it. */
  readonly redisCost: number;
  /** Share of the places in the members' lists at which not all have the same message. */
  readonly differing: number;
  /** How many places there are. */
  readonly places: number;
  /** Half of the deliveries took no longer, in microseconds. */
  readonly p50: number;
  /** 99 of 100 took no longer, in microseconds. */
  readonly p99: number;
  /** Share of a core that the generator took. */
  readonly generatorLoad: number;
}

/** The fields that are read from the generator's line; of the processes, Redis comes last. */
interface GeneratorLine {
  readonly window_s: number;
  readonly deliveries: number;
  readonly places: number;
  readonly differ: number;
  readonly lost: number;
  readonly doubled: number;
  readonly p50_us: number;
  readonly p99_us: number;
  readonly self_cpu_s: number;
  readonly cpu_s: readonly number[];
}

/**
 * Reads the line that the generator prints.
 *
 * @param line A JSON text.
 * @param members Members on all nodes.
 * @returns The figures.
 * @throws {InvalidRunError} Messages were lost or doubled, or none has come.
 */
export function parseSample(line: string, members: number): Sample {
  const run: GeneratorLine = JSON.parse(line);
  if (run.lost > 0 || run.doubled > 0) {
    throw new InvalidRunError(`${run.lost} deliveries were lost, ${run.doubled} doubled`);
  }
  if (run.deliveries === 0) throw new InvalidRunError("Nothing came back");
  const cost = (seconds: number) => seconds * 1e6 / run.deliveries;
  return {
    perSecond: run.deliveries / members / run.window_s,
    cost: cost(run.cpu_s.reduce((sum, each) => sum + each, 0)),
    redisCost: cost(run.cpu_s.at(-1) ?? 0),
    differing: run.differ / run.places,
    places: run.places,
    p50: run.p50_us,
    p99: run.p99_us,
    generatorLoad: run.self_cpu_s / run.window_s,
  };
}
