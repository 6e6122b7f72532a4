/**
 * Checks that every source file has a test of its name, and every case of tests/hostile.md a test
 * that names it. Usage: `check_tests.ts [ROOT]`.
 */

import { listFiles, sourcePaths } from "./source_files.ts";

/** Why a source file needs no test of its own. */
const exemptions: readonly {
  readonly reason: string;
  applies(path: string, source: string): boolean;
}[] = [
  { reason: "only exports what others test", applies: (path) => /(^|\/)mod\.ts$/.test(path) },
  { reason: "holds only types", applies: (_path, source) => holdsOnlyTypes(source) },
  {
    reason: "is tested in a browser, by tests/browser",
    applies: (path) => path.startsWith("examples/chat/page/"),
  },
  {
    reason: "stands in for a package, tested by tests/tools/std_test.ts",
    applies: (path) => path.startsWith("tools/std/"),
  },
];

/** Names the source files without a test, one line each. */
export function checkMirror(root: string): string[] {
  const tests = new Set(listFiles(root, ["tests"], /_test\.ts$/));
  return listFiles(root, sourcePaths, /\.[jt]s$/).flatMap((path) => {
    const test = `tests/${path.replace(/\.[jt]s$/, "_test.ts")}`;
    if (tests.has(test)) return [];
    const source = Deno.readTextFileSync(`${root}/${path}`);
    if (exemptions.some(({ applies }) => applies(path, source))) return [];
    return [`${path} has no test: ${test} is missing`];
  });
}

/** Names the cases without a test, and the tests of cases that do not exist, one line each. */
export function checkHostileCases(root: string): string[] {
  const cases = numbers(Deno.readTextFileSync(`${root}/tests/hostile.md`), /^- (\d+): /gm);
  const tested = new Set<number>();
  const unknown: string[] = [];
  for (const path of listFiles(root, ["tests"], /_test\.ts$/)) {
    for (
      const number of numbers(Deno.readTextFileSync(`${root}/${path}`), /["`]hostile (\d+): /g)
    ) {
      tested.add(number);
      if (!cases.has(number)) unknown.push(`${path} tests hostile ${number}, which is no case`);
    }
  }
  const missing = [...cases].filter((number) => !tested.has(number));
  return [...unknown, ...missing.map((number) => `hostile ${number} has no test`)];
}

function numbers(text: string, pattern: RegExp): Set<number> {
  return new Set([...text.matchAll(pattern)].map((match) => Number(match[1])));
}

/**
 * Whether nothing is left at run time. In formatted code every statement begins in the first
 * column, and so do the lines that end one.
 */
function holdsOnlyTypes(source: string): boolean {
  const withoutComments = source.replaceAll(/^\/\*[^]*?\*\/$/gm, "").replaceAll(/^\/\/.*$/gm, "");
  const types =
    /^(import |(export )?(declare )?(type|interface) |export \{|export type |[\s})\]|&])/;
  return withoutComments.split("\n").every((line) => line === "" || types.test(line));
}

if (import.meta.main) {
  const root = Deno.args[0] ?? ".";
  const violations = [...checkMirror(root), ...checkHostileCases(root)];
  for (const violation of violations) {
    // deno-lint-ignore no-console -- this is a program, and these lines are its result
    console.error(violation);
  }
  if (violations.length > 0) Deno.exit(1);
}
