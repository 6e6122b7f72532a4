/**
 * Checks every import of the source against the table of import_rules.ts, and that no files import
 * each other in a circle. Usage: `check_imports.ts [ROOT]`.
 */

import { readDenoJson } from "./deno_json.ts";
import { type ImportRule, importRules } from "./import_rules.ts";
import { listFiles, sourcePaths } from "./source_files.ts";

/** One import of a source file. */
export interface Import {
  /** The file that imports, relative to the root. */
  readonly from: string;
  /** A file relative to the root, or a package as the import names it. */
  readonly to: string;
  /** Whether it is an `import type`, which is gone at run time. */
  readonly isType: boolean;
}

/** The part of `deno info --json` that is read here. */
interface GraphInfo {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly DependencyInfo[];
  }[];
}

interface DependencyInfo {
  readonly specifier: string;
  readonly code?: { readonly specifier?: string };
  readonly type?: { readonly specifier?: string };
}

/** Reads the imports of the given files, or of every source file below `root`. */
export async function readImports(
  root: string,
  files: readonly string[] = listFiles(root, sourcePaths, /\.[jt]s$/),
): Promise<Import[]> {
  const folder = await Deno.realPath(root);
  const imports: Import[] = [];
  for (const file of files) imports.push(...await readImportsOf(folder, file));
  return imports;
}

/** Says what is wrong with the imports, one line each. */
export function checkImports(
  imports: readonly Import[],
  rules: readonly ImportRule[] = importRules,
): string[] {
  const refusals = imports.flatMap((each) => checkImport(each, rules) ?? []);
  return [...refusals, ...findCycles(imports)];
}

async function readImportsOf(root: string, file: string): Promise<Import[]> {
  const graph = await readDenoJson<GraphInfo>(root, "info", file);
  const module = graph.modules.find(({ specifier }) => relative(root, specifier) === file);
  return (module?.dependencies ?? []).map((dependency) => ({
    from: file,
    to: target(root, dependency),
    isType: dependency.code === undefined,
  }));
}

/** A file where the import names one; otherwise the package that it names, wherever that leads. */
function target(root: string, { specifier, code, type }: DependencyInfo): string {
  const resolved = code?.specifier ?? type?.specifier;
  const isFile = /^(\.|\/|file:)/.test(specifier) && resolved !== undefined;
  return isFile ? relative(root, resolved) : specifier;
}

function relative(root: string, specifier: string): string {
  if (!specifier.startsWith("file:")) return specifier;
  const path = decodeURIComponent(new URL(specifier).pathname);
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

function checkImport(each: Import, rules: readonly ImportRule[]): string | undefined {
  const rule = rules.find(({ folder }) => includes(folder, each.from));
  if (rule === undefined) return `${each.from} is in no folder of tools/import_rules.ts`;
  const { imports, types = [] } = rule;
  if (imports.some((entry) => includes(entry, each.to))) return undefined;
  if (each.isType && types.some((entry) => includes(entry, each.to))) return undefined;
  const allowed = [...imports, ...types.map((entry) => `types of ${entry}`)].join(", ");
  return `${each.from} imports ${each.to}, but ${rule.folder} may import ${allowed || "nothing"}`;
}

/** Whether a file or a package is, or belongs to, what an entry of the table names. */
function includes(entry: string, name: string): boolean {
  return name === entry || name.startsWith(/[/:]$/.test(entry) ? entry : `${entry}/`);
}

/** Finds circles of imports, those of types too: they hide who is built on whom. */
function findCycles(imports: readonly Import[]): string[] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const finished = new Set<string>();
  const path: string[] = [];
  const cycles: string[] = [];
  function visit(file: string): void {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push(`Circle: ${[...path.slice(start), file].join(" -> ")}`);
    if (start >= 0 || finished.has(file)) return;
    path.push(file);
    for (const { to } of targets.get(file) ?? []) visit(to);
    path.pop();
    finished.add(file);
  }
  for (const file of targets.keys()) visit(file);
  return cycles;
}

if (import.meta.main) {
  const violations = checkImports(await readImports(Deno.args[0] ?? "."));
  for (const violation of violations) {
    // deno-lint-ignore no-console -- this is a program, and these lines are its result
    console.error(violation);
  }
  if (violations.length > 0) Deno.exit(1);
}
