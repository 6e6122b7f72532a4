/** Judges the rows of a siege. */

import type { Figures } from "../siege.ts";

/** The bounds of a row. */
export interface Standard {
  /** The best p99 of the servers that ours is compared with, under the same flood. */
  readonly bestOther: number | undefined;
  /** The most memory that the documented formula allows, in bytes. */
  readonly memory: number;
}

/** A p99 that is no reproach, in milliseconds. */
export const goodLatency = 100;

/** Milliseconds within which a newcomer must be in. */
export const newcomerLimit = 1_000;

/** By how much memory may have grown at the last look. */
export const memoryGrowth = 1.2;

/** Descriptors that a runtime may have opened for itself meanwhile. */
const spareDescriptors = 2;

/**
 * Judges a row.
 *
 * @param figures The figures of the flood.
 * @param standard The limits that the figures must keep.
 * @returns The faults, each in a few words; none where the row passes.
 */
export function judge(figures: Figures, { bestOther = 0, memory }: Standard): string[] {
  const { loaded, lost, before, peak, after } = figures;
  if (after === undefined) return ["the server has ended"];
  const faults: string[] = [];
  if (lost > 0) faults.push(`${lost} honest clients lost`);
  const { p99 } = loaded.latencies;
  if (p99 > Math.max(goodLatency, bestOther)) faults.push(`p99 ${Math.round(p99)} ms`);
  if (loaded.newcomer > newcomerLimit) {
    const time = loaded.newcomer === Infinity
      ? `refused: ${loaded.refusal ?? "?"}`
      : `in after ${(loaded.newcomer / 1_000).toFixed(1)} s`;
    faults.push(`newcomer ${time}`);
  }
  if (peak > memory) faults.push(`peak ${mebibytes(peak)} over ${mebibytes(memory)} MiB`);
  if (after.resident > memoryGrowth * before.resident) {
    const percent = Math.round(100 * (after.resident / before.resident - 1));
    faults.push(`memory ${percent} % up after`);
  }
  if (after.descriptors > before.descriptors + spareDescriptors) {
    faults.push(`${after.descriptors - before.descriptors} descriptors more`);
  }
  return faults;
}

/** Bytes as whole mebibytes. */
export function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
