/**
 * Writes the package as JSR gets it: its files, and a deno.json that names nothing else. The
 * repository's own has tasks, `links` and packages for tests besides. Usage: `package.ts DIR`, or
 * `package.ts --check` to say only what is wrong.
 */

import { dirname } from "node:path";
import { readImports } from "./check_imports.ts";
import { listFiles } from "./source_files.ts";

/** The part of a deno.json that is read here. */
export interface Config {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports?: Readonly<Record<string, string>>;
  readonly compilerOptions?: unknown;
  readonly publish: { readonly include: readonly string[] };
}

/** A package, ready to be written or complained about. */
export interface Package {
  readonly config: Omit<Config, "publish">;
  /** Paths relative to the root, besides the deno.json. */
  readonly files: readonly string[];
  /** Its errors, one line each. */
  readonly problems: readonly string[];
}

/**
 * Puts a package together.
 *
 * @param root The repository.
 * @throws {Error} There is no deno.json, or it cannot be read.
 */
export async function makePackage(root: string): Promise<Package> {
  const given: Config = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const files = given.publish.include.flatMap((path) => filesOf(root, path));
  const used = await packagesOf(root, files);
  const { name, version, license, exports, imports = {}, compilerOptions } = given;
  const kept = Object.entries(imports).filter(([each]) => used.has(each));
  return {
    config: {
      name,
      version,
      ...(license !== undefined && { license }),
      exports,
      imports: Object.fromEntries(kept),
      ...(compilerOptions !== undefined && { compilerOptions }),
    },
    files,
    problems: [
      ...Object.values(exports).filter((path) => !files.includes(path.replace(/^\.\//, "")))
        .map((path) => `${path} is exported and not in the package`),
      ...[...used].filter((each) => !(each in imports))
        .map((each) => `${each} is imported and not in the imports of deno.json`),
    ],
  };
}

/** The files of one entry of `publish.include`; stand-ins for packages stay at home. */
function filesOf(root: string, path: string): string[] {
  if (path === "deno.json" || path.startsWith("tools/")) return [];
  if (path.startsWith("*")) return listFiles(root, ["."], /^\.\/[^/]+\.md$/).map(withoutDot);
  return listFiles(root, [path.replace(/\/$/, "")], /./);
}

function withoutDot(path: string): string {
  return path.slice("./".length);
}

/** The packages that the files import, as the keys of `imports` name them. */
async function packagesOf(root: string, files: readonly string[]): Promise<Set<string>> {
  const imports = await readImports(root, files.filter((file) => /\.[jt]s$/.test(file)));
  return new Set(
    imports.map(({ to }) => to)
      .filter((to) => !files.includes(to) && !to.startsWith("node:") && !to.startsWith("@hawser/"))
      .map((to) => to.split("/").slice(0, to.startsWith("@") ? 2 : 1).join("/")),
  );
}

/** Writes the package into a folder, which is emptied first. */
async function writePackage(root: string, folder: string, made: Package): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  for (const file of made.files) {
    await Deno.mkdir(`${folder}/${dirname(file)}`, { recursive: true });
    await Deno.copyFile(`${root}/${file}`, `${folder}/${file}`);
  }
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(made.config, null, 2) + "\n");
}

if (import.meta.main) {
  const made = await makePackage(".");
  // deno-lint-ignore no-console -- this is a program, and these lines are its result
  for (const problem of made.problems) console.error(problem);
  if (made.problems.length > 0) Deno.exit(1);
  const [folder = "dist/package"] = Deno.args;
  if (folder !== "--check") await writePackage(".", folder, made);
}
