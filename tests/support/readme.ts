/** The programs of a page: code blocks whose first line is a comment with a file's name. */

const root = new URL("../../", import.meta.url);

/** The blocks by their names, such as `server.ts`. */
export async function readmePrograms(page = "README.md"): Promise<ReadonlyMap<string, string>> {
  const readme = await Deno.readTextFile(new URL(page, root));
  const programs = new Map<string, string>();
  for (const [, code = ""] of readme.matchAll(/^```ts.*\n([^]*?)^```$/gm)) {
    const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    if (name === undefined) throw new Error(`${page} has a block without a name: ${code}`);
    programs.set(name, code);
  }
  return programs;
}

/**
 * An empty folder with the programs as they are pasted, but for the port: a free one, or that of a
 * server that listens.
 */
export class ReadmeFolder implements AsyncDisposable {
  readonly #path: string;
  /** Flags of `deno run` for its programs: types are checked. */
  readonly permissions: string[] = [
    "--check",
    `--config=${new URL("deno.json", root).pathname}`,
    "--allow-net",
  ];

  /** Use {@linkcode ReadmeFolder.make}. */
  private constructor(path: string) {
    this.#path = path;
  }

  /** Makes the folder, for the programs of a page. */
  static async make(page = "README.md"): Promise<ReadmeFolder> {
    const folder = new ReadmeFolder(await Deno.makeTempDir());
    for (const [name, code] of await readmePrograms(page)) {
      const listening = code.replace("port: 8080", 'port: 0, hostname: "127.0.0.1"');
      await Deno.writeTextFile(folder.file(name), listening);
    }
    return folder;
  }

  /** Path of a program. */
  file(name: string): string {
    return `${this.#path}/${name}`;
  }

  /** Lets a program speak with a server that listens, and end. */
  async aim(name: string, port: string, last = ""): Promise<void> {
    const code = await Deno.readTextFile(this.file(name));
    const aimed = code.replace("localhost:8080", `127.0.0.1:${port}`);
    await Deno.writeTextFile(this.file(name), `${aimed}\n${last}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#path, { recursive: true });
  }
}
