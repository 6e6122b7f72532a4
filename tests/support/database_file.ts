/** Files for databases, in a folder of their own. */

/** A path for a database; the file is not there yet. */
export interface DatabaseFile extends AsyncDisposable {
  readonly path: string;
  /** The files that are there now, by their names. */
  list(): string[];
}

/** Makes a folder for a database, which goes with all that is in it. */
export async function makeDatabaseFile(): Promise<DatabaseFile> {
  const folder = await Deno.makeTempDir({ prefix: "hawser_" });
  return {
    path: `${folder}/history.db`,
    list: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
