/**
 * The mark of the process that wrote a database last. It stands in the file and beside it, and is
 * new at each opening: where the two differ, the file is another one than was written last, for
 * instance an older one from a backup.
 */

/** Name of the file that stands beside a database. */
export function markPath(path: string): string {
  return `${path}-writer`;
}

/**
 * Reads the marks beside a database: one, or two where an opening was cut off.
 *
 * @param path The database.
 * @returns The marks; none where there is no such file.
 */
export function readMarks(path: string): string[] {
  try {
    return Deno.readTextFileSync(markPath(path)).split("\n").filter((mark) => mark !== "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Writes the marks beside a database. */
export function writeMarks(path: string, marks: readonly string[]): void {
  Deno.writeTextFileSync(markPath(path), marks.map((mark) => `${mark}\n`).join(""));
}
