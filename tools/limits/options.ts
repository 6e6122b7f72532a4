/** Reads the options that bound something from what the package exports. */

import { readDenoJson } from "../deno_json.ts";
import { findDefault } from "./defaults.ts";
import { parseNumber } from "./numbers.ts";
import { notListed, type Owner, owners } from "./owners.ts";

/** An option. */
export interface LimitOption {
  /** Its name, below that of the option that holds it. */
  readonly name: string;
  /** The function that takes it. */
  readonly owner: string;
  /** Its default as the code has it, or as its documentation says where that is no number. */
  readonly default: string;
  /** Its documentation. */
  readonly text: string;
}

/** The part of `deno doc --json` that is read here. */
interface DocInfo {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly SymbolInfo[] }>>;
}

interface SymbolInfo {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

interface Declaration {
  readonly kind: string;
  readonly location: { readonly filename: string };
  readonly def?: { readonly properties?: readonly Property[] };
}

interface Property {
  readonly name: string;
  readonly tsType?: TsType;
  readonly jsDoc?: {
    readonly doc?: string;
    readonly tags?: readonly {
      readonly kind: string;
      readonly doc?: string;
      readonly value?: string;
    }[];
  };
}

interface TsType {
  readonly kind: string;
  readonly repr?: string;
}

/**
 * Reads all options.
 *
 * @param root The folder of the package.
 * @returns Options in the order of the table of owners and of their interfaces, and what is wrong.
 */
export async function readOptions(
  root: string,
): Promise<{ options: readonly LimitOption[]; faults: readonly string[] }> {
  const folder = await Deno.realPath(root);
  const options: LimitOption[] = [];
  const faults: string[] = [];
  for (const [entry, table] of Object.entries(owners)) {
    const { nodes } = await readDenoJson<DocInfo>(folder, "doc", entry);
    const symbols = Object.values(nodes).flatMap((module) => module.symbols);
    for (const symbol of symbols) {
      if (/(Options|Limits)$/.test(symbol.name) && table[symbol.name] === undefined) {
        faults.push(...unowned(entry, symbol));
      }
    }
    for (const [name, owner] of Object.entries(table)) {
      if (owner === notListed) continue;
      const symbol = symbols.find((each) => each.name === name);
      if (symbol === undefined) faults.push(`${entry} has no ${name}: see tools/limits/owners.ts`);
      else readInterface(folder, symbol, owner, options, faults);
    }
  }
  return { options, faults };
}

/** Interfaces that nobody has told the owner of. */
function unowned(entry: string, { name, declarations }: SymbolInfo): string[] {
  const properties = declarations.flatMap(({ def }) => def?.properties ?? []);
  return properties.some(({ tsType }) => isNumber(tsType))
    ? [`${entry}: whose option is ${name}? Say it in tools/limits/owners.ts`]
    : [];
}

function readInterface(
  folder: string,
  { name, declarations }: SymbolInfo,
  owner: Owner,
  options: LimitOption[],
  faults: string[],
): void {
  for (const { location, def } of declarations) {
    const declaredIn = location.filename.replace(`file://${folder}/`, "");
    const paths = owner.defaultsIn ?? [declaredIn];
    const sources = paths.map((path) => Deno.readTextFileSync(`${folder}/${path}`));
    for (const property of def?.properties ?? []) {
      if (!isListed(property, owner)) continue;
      const { text, documented } = readDocs(property);
      const found = defaultOf(property, documented, sources);
      if (found.fault !== undefined) {
        faults.push(`${name}.${property.name} ${found.fault} in ${paths}`);
      }
      options.push({
        name: `${owner.prefix ?? ""}${property.name}`,
        owner: owner.name,
        default: found.value ?? "none",
        text,
      });
    }
  }
}

/** The default of an option, and what is wrong with what the documentation says of it. */
function defaultOf(
  { name, tsType }: Property,
  documented: string | undefined,
  sources: readonly string[],
): { readonly value: string | undefined; readonly fault?: string | undefined } {
  // An option that may stay undefined is resolved later: a value in the code is not its default.
  if (documented === "undefined") return { value: undefined };
  if (!isNumber(tsType)) return { value: documented };
  const coded = sources.map((source) => findDefault(name, source))
    .find((found) => found !== undefined);
  return { value: coded ?? documented, fault: compare(documented, coded) };
}

function isListed({ name, tsType }: Property, { also = [], except = [] }: Owner): boolean {
  return also.includes(name) || isNumber(tsType) && !except.includes(name);
}

function isNumber(type: TsType | undefined): boolean {
  return type?.kind === "keyword" && type.repr === "number";
}

/** The first paragraph, and the default, which stands in a line of its own or behind the text. */
function readDocs({ jsDoc }: Property): { text: string; documented: string | undefined } {
  const doc = (jsDoc?.doc ?? "").replaceAll(/\{@linkcode\s+(\S+?)\}/g, "`$1`");
  const [, before = "", inline] = /^([^]*?)(?:@default\s+(.*))?$/.exec(doc) ?? [];
  // Braces around the whole are taken for a type, and come as a value.
  const tag = jsDoc?.tags?.find(({ kind }) => kind === "default");
  const [first = ""] = before.trim().split("\n\n");
  return {
    text: first.replaceAll(/\s+/g, " "),
    documented: (tag?.value ?? tag?.doc ?? inline)?.trim().replace(/^\{(.*)\}$/, "$1"),
  };
}

/** @returns The error in the documented default. */
function compare(
  documented: string | undefined,
  coded: string | undefined,
): string | undefined {
  if (documented === undefined && coded === undefined) return undefined;
  if (documented === undefined) return `does not say its default, which is ${coded},`;
  if (coded === undefined) return `says that its default is ${documented}, which does not stand`;
  const [said, is] = [parseNumber(documented), parseNumber(coded)];
  const isSame = said === undefined ? documented === coded : said === is;
  return isSame ? undefined : `says that its default is ${documented}, and it is ${coded}`;
}
