/** The report of all rounds; written as JSON, read by the tables and the chart. */

import type { Load, Unit } from "../loads.ts";
import type { Sample } from "./sample.ts";
import { medianSample } from "./statistics.ts";

/** The whole result. */
export interface Report {
  /** When it began, as an ISO 8601 date and time. */
  readonly date: string;
  /** How to run it again. */
  readonly command: string;
  /** Where it ran. */
  readonly machine: string;
  /** Rounds per load and seconds per round. */
  readonly rounds: number;
  /** Seconds that were counted in each round. */
  readonly seconds: number;
  /** The servers, ours first. */
  readonly servers: readonly ServerEntry[];
  /** The loads. */
  readonly loads: readonly LoadResult[];
  /** The servers and loads that were left out, and why. */
  readonly remarks: readonly string[];
}

/** A server that took part. */
export interface ServerEntry {
  /** Its key in the results. */
  readonly name: string;
  /** Its name in tables. */
  readonly label: string;
  /** Its version and that of its runtime. */
  readonly version: string;
}

/** The result of a load. */
export interface LoadResult {
  /** Name of the load. */
  readonly name: string;
  /** Its name in tables. */
  readonly title: string;
  /** The unit of the costs. */
  readonly unit: Unit;
  /** Whether bytes on the wire are of interest. */
  readonly compress: boolean;
  /** By name of the server; those that cannot do it, or failed, are missing. */
  readonly results: Readonly<Record<string, Result>>;
}

/** The result of a server under a load. */
export interface Result {
  /** Medians of all rounds. */
  readonly median: Sample;
  /** The rounds. */
  readonly rounds: readonly Sample[];
}

/**
 * Sums up the rounds of a load.
 *
 * @param load The load.
 * @param samples The rounds of each server.
 * @returns Medians beside the rounds.
 */
export function summarize(load: Load, samples: ReadonlyMap<string, readonly Sample[]>): LoadResult {
  const results = [...samples].filter(([, rounds]) => rounds.length > 0)
    .map(([server, rounds]) => [server, { median: medianSample(rounds), rounds }] as const);
  return {
    name: load.name,
    title: load.title,
    unit: load.unit,
    compress: load.compress === true,
    results: Object.fromEntries(results),
  };
}

/**
 * Compares a server with ours.
 *
 * @param load A load's results.
 * @param server The other server.
 * @param ours Ours.
 * @returns Its cost by ours, or `undefined` where one of them is missing or costs nothing.
 */
export function ratio(load: LoadResult, server: string, ours: string): number | undefined {
  const cost = load.results[server]?.median.cost;
  const base = load.results[ours]?.median.cost;
  return cost === undefined || base === undefined || base <= 0 ? undefined : cost / base;
}
