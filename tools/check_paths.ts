/**
 * Checks that the files and folders exist that the pages for people name in backticks. A path may
 * leave out where it begins: `net/turns.ts` is `server/net/turns.ts`. Usage: `check_paths.ts
 * [ROOT]`.
 */

import { listFiles } from "./source_files.ts";

/** The pages that are looked at. */
const pages = ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"];

/** Where the named files are. */
const places = [
  ...["bench", "client", "docs", "examples", "protocol", "server", "tests", "tools", "wire"],
  ...["mod.ts", "deno.json", "LICENSE", "CHANGELOG.md", ...pages],
];

/** Matches a path of the tree: a file with one of its endings, or a folder with a slash. */
const pattern = /`((?:[\w.-]+\/)*[\w.-]+\.(?:ts|js|json|md|html|css)|(?:[\w.-]+\/)+)`/g;

/** Names the paths that do not exist, one line each. */
export function checkPaths(root: string): string[] {
  const known = endsOf(listFiles(root, places, /./));
  return pages.flatMap((page) => {
    const text = readIfExists(`${root}/${page}`);
    // Blocks of code are programs, whose files are the reader's.
    const prose = text.replaceAll(/^( *)```[^]*?^\1```$/gm, "");
    const named = new Set(Array.from(prose.matchAll(pattern), ([, path = ""]) => path));
    return [...named].filter((path) => !known.has(path))
      .map((path) => `${page} names ${path}, which does not exist`);
  });
}

/** The files and the folders around them, by their whole path and by each end of it. */
function endsOf(files: readonly string[]): Set<string> {
  const ends = new Set<string>();
  for (const file of files) {
    const parts = file.split("/");
    for (let start = 0; start < parts.length; start++) {
      ends.add(parts.slice(start).join("/"));
      for (let end = start + 1; end < parts.length; end++) {
        ends.add(`${parts.slice(start, end).join("/")}/`);
      }
    }
  }
  return ends;
}

function readIfExists(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

if (import.meta.main) {
  const violations = checkPaths(Deno.args[0] ?? ".");
  for (const violation of violations) {
    // deno-lint-ignore no-console -- this is a program, and these lines are its result
    console.error(violation);
  }
  if (violations.length > 0) Deno.exit(1);
}
