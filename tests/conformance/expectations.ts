/** The expected result of each Autobahn case, and the comparison. */

import expected from "./expected.json" with { type: "json" };

/** The side of ours that is tested. */
export type Role = keyof typeof expected.exceptions;

/** A case's result, in Autobahn's words. */
export interface Verdict {
  /** About the messages that were exchanged. */
  readonly behavior: string;
  /** About the closing handshake. */
  readonly behaviorClose: string;
}

/** Columns of the result table, from good to bad. */
export const columns = ["OK", "NON-STRICT", "INFORMATIONAL", "FAILED"] as const;
export type Column = typeof columns[number];

const byNumbers = new Intl.Collator("en", { numeric: true }).compare;
const ok: Verdict = { behavior: "OK", behaviorClose: "OK" };

/** The cases that fit any of the globs, all without one, with what is expected of them. */
export function expectedVerdicts(role: Role, globs: readonly string[] = []): Map<string, Verdict> {
  const patterns = globs.map(toPattern);
  const exceptions: Record<string, Verdict> = expected.exceptions[role];
  const ids = Object.entries(expected.cases).flatMap(([prefix, count]) =>
    Array.from({ length: count }, (_, index) => `${prefix}.${index + 1}`)
  );
  const chosen = ids.sort(byNumbers).filter((id) =>
    patterns.length === 0 || patterns.some((pattern) => pattern.test(id))
  );
  return new Map(chosen.map((id) => [id, exceptions[id] ?? ok]));
}

/** Case ids by their first number. */
export function groupCases(ids: Iterable<string>): Map<string, string[]> {
  return Map.groupBy(ids, (id) => id.split(".", 1)[0]!);
}

/** Names each difference, one line each. */
export function compareVerdicts(
  expected: ReadonlyMap<string, Verdict>,
  actual: ReadonlyMap<string, Verdict>,
): string[] {
  return [...new Set([...expected.keys(), ...actual.keys()])].flatMap((id) => {
    const [wanted, was] = [describe(expected.get(id)), describe(actual.get(id))];
    return wanted === was ? [] : [`${id}: expected ${wanted}, was ${was}`];
  });
}

/** The column that a case counts in: that of its worse half. */
export function columnOf({ behavior, behaviorClose }: Verdict): Column {
  const ranks = [behavior, behaviorClose].map((word) => columns.indexOf(word as Column));
  return ranks.includes(-1) ? "FAILED" : columns[Math.max(...ranks)]!;
}

function describe(verdict: Verdict | undefined): string {
  return verdict === undefined ? "no result" : `${verdict.behavior}, ${verdict.behaviorClose}`;
}

function toPattern(glob: string): RegExp {
  return new RegExp(`^${glob.split("*").map((text) => RegExp.escape(text)).join(".*")}$`);
}
