/**
 * Checks that what the package exports is documented, and each value and each method of a class
 * with an example. `deno test --doc` runs those. Usage: `check_docs.ts [ROOT]`.
 */

import { readDenoJson } from "./deno_json.ts";

/** The part of `deno doc --json` that is read here. */
interface DocInfo {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly SymbolInfo[] }>>;
}

interface SymbolInfo {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

interface Declaration {
  readonly location: { readonly filename: string; readonly line: number };
  readonly kind: string;
  readonly jsDoc?: JsDoc;
  readonly def?: { readonly methods?: readonly Method[] };
}

interface Method {
  readonly name: string;
  readonly kind: "method" | "getter" | "setter";
  readonly accessibility?: string;
  readonly location: Declaration["location"];
  readonly jsDoc?: JsDoc;
}

interface JsDoc {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string }[];
}

/** Kinds of declarations that need no example: those that use them show them. */
const typeKinds: ReadonlySet<string> = new Set(["interface", "typeAlias"]);

/** Names what is exported without a description or an example, one line each. */
export async function checkDocs(root: string): Promise<string[]> {
  const folder = await Deno.realPath(root);
  const { exports } = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
  const lines: string[] = [];
  for (const entry of Object.values<string>(exports)) {
    const { nodes } = await readDenoJson<DocInfo>(folder, "doc", entry);
    const symbols = Object.values(nodes).flatMap((module) => module.symbols);
    lines.push(...symbols.flatMap((symbol) => checkSymbol(symbol, folder)));
  }
  return [...new Set(lines)];
}

/**
 * Looks at all declarations together: an overload or a type beside a value may hold the example.
 */
function checkSymbol({ name, declarations }: SymbolInfo, root: string): string[] {
  const methods = declarations.filter(({ kind }) => kind === "class")
    .flatMap(({ def }) => def?.methods ?? [])
    .filter((method) => method.kind === "method" && method.accessibility !== "private")
    // Methods that are named by a symbol are called by the language: `await using` needs no example.
    .filter((method) => !method.name.startsWith("["));
  const lines = checkExample(name, declarations, root);
  for (const [method, overloads] of Map.groupBy(methods, (each) => each.name)) {
    lines.push(...checkExample(`${name}.${method}()`, overloads, root));
  }
  return lines;
}

function checkExample(
  name: string,
  declarations: readonly (Pick<Declaration, "location" | "jsDoc"> & { readonly kind?: string })[],
  root: string,
): string[] {
  const [first] = declarations;
  if (first === undefined) return [];
  const path = first.location.filename.replace(`file://${root}/`, "");
  const place = `${path}:${first.location.line + 1} ${name}`;
  const docs = declarations.flatMap(({ jsDoc }) => jsDoc ?? []);
  if (!docs.some(({ doc }) => doc !== undefined)) {
    return [`${place} is not documented`];
  }
  const isType = declarations.every(({ kind = "method" }) => typeKinds.has(kind));
  const shown = isType || docs.some(({ tags }) => tags?.some(({ kind }) => kind === "example"));
  return shown ? [] : [`${place} has no example`];
}

if (import.meta.main) {
  const violations = await checkDocs(Deno.args[0] ?? ".");
  for (const violation of violations) {
    // deno-lint-ignore no-console -- this is a program, and these lines are its result
    console.error(violation);
  }
  if (violations.length > 0) Deno.exit(1);
}
